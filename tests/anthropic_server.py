"""A local server that speaks Anthropic's API, for the real SDK to talk to: Messages, streams, batches, token counts, caching,
errors.

It is the strict side: whatever the real API would refuse is refused here (`anthropic_rules.py`). Who answers is a `model`, a
function from the parameters of a request to a `Said`; faults are queued with `fault`. `ledger` holds what was billed
(`anthropic_bills.py`). How an answer travels: `anthropic_stream.py`.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.anthropic_bills import Bill, PromptCache, price, tokens
from tests.anthropic_rules import Refused, check, check_batch
from tests.anthropic_stream import Broken, events

__all__ = ["AnthropicServer", "Bill", "Broken", "Model", "Refused", "Said", "check", "price", "tokens"]


class Said(NamedTuple):
    """What the model answers. `usage` overrides what it is billed for; `model` the name that it answers under."""

    text: str
    stop: str = "end_turn"
    usage: dict[str, int] | None = None
    model: str | None = None


Model = Callable[[dict[str, Any]], Said]


@dataclass
class Fault:
    """Something that goes wrong: with the next `times` requests that match."""

    kind: str
    path: str = ".*"
    method: str = ".*"
    times: int = 1
    status: int = 500
    error: str = "api_error"
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None


@dataclass
class Batch:
    id: str
    requests: list[dict[str, Any]]
    created: datetime
    ended: bool = False
    results: list[dict[str, Any]] = field(default_factory=list)


class AnthropicServer:
    """`with AnthropicServer(model) as server:` runs it in a thread; `server.url` is where.

    `compat=True` makes it behave as Ollama does: no token counts, no batches; schemas and documents are dropped in silence.
    """

    def __init__(self, model: Model, *, compat: bool = False) -> None:
        self.model = model
        self.compat = compat
        self.requests: list[tuple[str, str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.ledger: list[Bill] = []
        self.batches: dict[str, Batch] = {}
        self.end_batches = True
        self.outcomes: dict[str, str] = {}
        self.seen: Callable[[str], None] = lambda when: None
        self._faults: list[Fault] = []
        self._cache = PromptCache()
        routes = [
            Route("/v1/messages", self._messages, methods=["POST"]),
            Route("/v1/messages/count_tokens", self._count, methods=["POST"]),
            Route("/v1/messages/batches", self._batches, methods=["GET", "POST"]),
            Route("/v1/messages/batches/{id}", self._batch, methods=["GET"]),
            Route("/v1/messages/batches/{id}/results", self._results, methods=["GET"]),
        ]
        self.app = Starlette(routes=routes)

    # -- running -----------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        # IPPROTO_TCP by name: otherwise asyncio does not switch Nagle off, and each request costs 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(self.app, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: self._server.run(sockets=[self._socket]), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def fault(self, kind: str, **options: Any) -> None:
        """Queue a fault: status, html, bad_json, missing_usage, lost_answer, sse_error, sse_cut, jsonl_cut."""
        self._faults.append(Fault(kind, **options))

    @property
    def usd(self) -> float:
        """All that was billed."""
        return sum(bill.usd for bill in self.ledger)

    def sent(self, path: str = "/v1/messages") -> list[Any]:
        """The bodies that arrived at a path."""
        return [body for _, at, body in self.requests if at == path and body is not None]

    # -- routes ------------------------------------------------------------------------------------------------------------

    async def _messages(self, request: Request) -> Response:
        try:
            body = await self._received(request)
            fault = self._fault(request)
            if fault and fault.kind == "status":
                raise Refused(fault.status, fault.error, "a fault that was asked for", fault.headers, fault.code)
            if fault and fault.kind == "html":
                return HTMLResponse("<html><body>Please log in to the hotel's network</body></html>")
            if not self.compat:
                check(body)
            said = self.model(body)
            message = self._message(body, said, batch=False)
            self.seen("worked")
            return self._told(message, fault, stream=bool(body.get("stream")))
        except Refused as refused:
            return refused.response()

    def _told(self, message: dict[str, Any], fault: Fault | None, *, stream: bool) -> Response:
        kind = fault.kind if fault else ""
        if kind == "bad_json":
            return Response('{"id": "msg_1", "type": "mess', media_type="application/json")
        if kind == "lost_answer":
            return Broken(json.dumps(message).encode())
        if kind == "missing_usage":
            del message["usage"]
        headers = {"request-id": f"req_{uuid.uuid4().hex[:12]}"}
        if stream:
            return StreamingResponse(events(message, kind), media_type="text/event-stream", headers=headers)
        return JSONResponse(message, headers=headers)

    async def _count(self, request: Request) -> Response:
        if self.compat:
            return PlainTextResponse("404 page not found", 404)
        try:
            body = await self._received(request)
            return JSONResponse({"input_tokens": tokens(body)})
        except Refused as refused:
            return refused.response()

    async def _batches(self, request: Request) -> Response:
        try:
            body = await self._received(request)
            if request.method == "GET":
                data = [
                    self._batch_json(b) for b in sorted(self.batches.values(), key=lambda b: b.created, reverse=True)
                ]
                return JSONResponse({"data": data, "has_more": False, "first_id": None, "last_id": None})
            fault = self._fault(request)
            if fault and fault.kind == "status":
                raise Refused(fault.status, fault.error, "a fault that was asked for", fault.headers, fault.code)
            check_batch(body)
            batch = Batch(f"msgbatch_{uuid.uuid4().hex[:16]}", body["requests"], datetime.now(UTC))
            self.batches[batch.id] = batch
            self.seen("batched")
            if fault and fault.kind == "lost_answer":
                return Broken(b"{}")
            return JSONResponse(self._batch_json(batch))
        except Refused as refused:
            return refused.response()

    async def _batch(self, request: Request) -> Response:
        try:
            await self._received(request)
            batch = self.batches.get(request.path_params["id"])
            if batch is None:
                raise Refused(404, "not_found_error", "no such batch")
            if self.end_batches:
                self._finish(batch)
            return JSONResponse(self._batch_json(batch))
        except Refused as refused:
            return refused.response()

    async def _results(self, request: Request) -> Response:
        await self._received(request)
        fault = self._fault(request)
        lines = [json.dumps(r, ensure_ascii=False) for r in reversed(self.batches[request.path_params["id"]].results)]
        text = "\n".join(lines) + "\n"
        if fault and fault.kind == "jsonl_cut":
            text = text[: len(text) * 2 // 3]
        if fault and fault.kind == "jsonl_short":
            text = lines[0] + "\n"
        return Response(text, media_type="application/x-jsonl")

    async def _received(self, request: Request) -> Any:
        raw = await request.body()
        body = json.loads(raw) if raw else None
        self.requests.append((request.method, request.url.path, body))
        self.headers.append(dict(request.headers))
        self.seen("received")
        if not self.compat:
            if not (request.headers.get("authorization") or request.headers.get("x-api-key")):
                raise Refused(401, "authentication_error", "no credentials")
            if "anthropic-version" not in request.headers:
                raise Refused(400, "invalid_request_error", "anthropic-version: header is required")
        return body

    def _fault(self, request: Request) -> Fault | None:
        for fault in self._faults:
            if (
                fault.times > 0
                and re.fullmatch(fault.path, request.url.path)
                and re.fullmatch(fault.method, request.method)
            ):
                fault.times -= 1
                return fault
        return None

    # -- answering ---------------------------------------------------------------------------------------------------------

    def _message(self, body: dict[str, Any], said: Said, *, batch: bool) -> dict[str, Any]:
        stop = said.stop
        if len(said.text.encode()) // 4 > body["max_tokens"]:
            stop, said = "max_tokens", said._replace(text=said.text[: body["max_tokens"] * 4])
        usage = {**self._cache.usage(body), "output_tokens": max(1, len(said.text.encode()) // 4), **(said.usage or {})}
        model = said.model or body["model"]
        self.ledger.append(Bill(model, usage, batch, price(model, usage, batch=batch)))
        return {
            "id": f"msg_{uuid.uuid4().hex[:16]}", "type": "message", "role": "assistant", "model": model,
            "content": [{"type": "text", "text": said.text}], "stop_reason": stop, "stop_sequence": None,
            "usage": {**usage, "service_tier": "batch" if batch else "standard"},
        }  # fmt: skip

    def _finish(self, batch: Batch) -> None:
        if batch.ended:
            return
        batch.ended = True
        for one in batch.requests:
            outcome = self.outcomes.get(one["custom_id"], "succeeded")
            if outcome == "missing":
                continue
            batch.results.append({"custom_id": one["custom_id"], "result": self._outcome(outcome, one["params"])})

    def _outcome(self, outcome: str, params: dict[str, Any]) -> dict[str, Any]:
        if outcome == "succeeded":
            try:
                check(params)
            except Refused as refused:
                error = {"type": refused.kind, "message": refused.message}
                return {"type": "errored", "error": {"type": "error", "error": error, "request_id": None}}
            return {"type": "succeeded", "message": self._message(params, self.model(params), batch=True)}
        if outcome.startswith("errored"):
            kind = outcome.partition(":")[2] or "api_error"
            return {
                "type": "errored",
                "error": {"type": "error", "error": {"type": kind, "message": "failed"}, "request_id": None},
            }
        return {"type": outcome}

    def _batch_json(self, batch: Batch) -> dict[str, Any]:
        kinds = [r["result"]["type"] for r in batch.results]
        counts = {k: kinds.count(k) for k in ("succeeded", "errored", "canceled", "expired")}
        counts["processing"] = 0 if batch.ended else len(batch.requests)
        return {
            "id": batch.id, "type": "message_batch", "processing_status": "ended" if batch.ended else "in_progress",
            "request_counts": counts, "created_at": batch.created.isoformat(),
            "expires_at": (batch.created + timedelta(days=1)).isoformat(),
            "ended_at": datetime.now(UTC).isoformat() if batch.ended else None, "archived_at": None, "cancel_initiated_at": None,
            "results_url": f"{self.url}/v1/messages/batches/{batch.id}/results" if batch.ended else None,
        }  # fmt: skip
