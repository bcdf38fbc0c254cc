"""A local server that speaks Anthropic's API, for the real SDK to talk to: Messages, streams, batches, token counts, caching,
errors.

It is the strict side: whatever the real API would refuse is refused here, because the SDK checks little itself. Who answers is a
`model`, a function from the parameters of a request to a `Said`; faults are queued with `fault`. `ledger` holds what was billed,
by this file's own arithmetic. Only what this product uses is here, and no more of the rest than a refusal.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import socket
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-4-5")
CACHE_MINIMUM = 1024
FIELDS = {
    "model", "max_tokens", "messages", "system", "output_config", "cache_control", "metadata", "stop_sequences", "stream",
    "thinking",
    "tools", "tool_choice", "service_tier",
}  # fmt: skip


class Said(NamedTuple):
    """What the model answers. `usage` overrides what it is billed for; `model` the name that it answers under."""

    text: str
    stop: str = "end_turn"
    usage: dict[str, int] | None = None
    model: str | None = None


Model = Callable[[dict[str, Any]], Said]


class Refused(Exception):
    """An error as the API words it."""

    def __init__(
        self, status: int, kind: str, message: str, headers: dict[str, str] | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.headers, self.code = status, kind, message, headers or {}, code

    def response(self) -> Response:
        error: dict[str, Any] = {"type": self.kind, "message": self.message}
        if self.code:
            error["details"] = {"error_code": self.code}
        body = {"type": "error", "error": error, "request_id": f"req_{uuid.uuid4().hex[:12]}"}
        return JSONResponse(body, self.status, {**self.headers, "request-id": body["request_id"]})


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
class Bill:
    """What one answer was billed for."""

    model: str
    usage: dict[str, int]
    batch: bool
    usd: float


@dataclass
class Batch:
    id: str
    requests: list[dict[str, Any]]
    created: datetime
    ended: bool = False
    results: list[dict[str, Any]] = field(default_factory=list)


# Dollars per million tokens, from the published list and not from the product: input, output, 5 minute write, 1 hour write, read.
_PRICES = {
    "claude-haiku-5-5": (0.10, 0.50, 0.125, 0.20, 0.01),
    "claude-sonnet-5-5": (2, 10, 2.5, 4, 0.10),
    "claude-opus-5-5": (4, 20, 5, 8, 0.20),
    "claude-haiku-4-5": (1, 5, 1.25, 2, 0.10),
}


def price(model: str, usage: dict[str, int], *, batch: bool) -> float:
    """What an answer costs."""
    factor = 0.5 if batch else 1.0
    prompt = usage["input_tokens"] + usage["cache_creation_input_tokens"] + usage["cache_read_input_tokens"]
    if model == "claude-haiku-5-5" and prompt > 100_000:
        factor *= 5
    rates = _PRICES.get(model, (0, 0, 0, 0, 0))
    amounts = (
        usage["input_tokens"],
        usage["output_tokens"],
        usage["cache_creation_input_tokens"],
        0,
        usage["cache_read_input_tokens"],
    )
    return factor * sum(a * r for a, r in zip(amounts, rates, strict=True)) / 1e6


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
        self._cache: dict[str, float] = {}
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
        usage = {**self._cached(body), "output_tokens": max(1, len(said.text.encode()) // 4), **(said.usage or {})}
        model = said.model or body["model"]
        self.ledger.append(Bill(model, usage, batch, price(model, usage, batch=batch)))
        return {
            "id": f"msg_{uuid.uuid4().hex[:16]}", "type": "message", "role": "assistant", "model": model,
            "content": [{"type": "text", "text": said.text}], "stop_reason": stop, "stop_sequence": None,
            "usage": {**usage, "service_tier": "batch" if batch else "standard"},
        }  # fmt: skip

    def _cached(self, body: dict[str, Any]) -> dict[str, int]:
        """Prompt tokens, split by a prefix cache that works as the real one does (five minutes)."""
        total = tokens(body)
        prefix = json.dumps([body["model"], body.get("system"), body.get("output_config")], sort_keys=True)
        written = read = 0
        for message in body["messages"]:
            for block in message["content"] if isinstance(message["content"], list) else []:
                prefix += block.get("text", "")
                size = len(prefix.encode()) // 4
                if "cache_control" in block and size >= CACHE_MINIMUM:
                    key = hashlib.sha256(prefix.encode()).hexdigest()
                    if self._cache.get(key, 0) > time.monotonic():
                        read, written = size, 0
                    else:
                        written = size - read
                    self._cache[key] = time.monotonic() + 300
        return {
            "input_tokens": max(total - read - written, 0),
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
        }

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


class Broken(Response):
    """Promises a body and breaks the connection in the middle of it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(self.body) + 1000).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})
        raise ConnectionAbortedError


async def events(message: dict[str, Any], fault: str) -> AsyncIterator[bytes]:
    """The message as server-sent events, cut or failing where that was asked for."""
    text = message["content"][0]["text"]
    usage = message.get("usage")
    start = {
        **message,
        "content": [],
        "stop_reason": None,
        **({"usage": {**usage, "output_tokens": 1}} if usage else {}),
    }
    yield event({"type": "message_start", "message": start})
    yield event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    for n in range(0, len(text), 400):
        if n >= 400 and fault == "sse_error":
            yield event({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
            return
        if n >= 400 and fault == "sse_cut":
            return
        yield event(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text[n : n + 400]}}
        )
        await asyncio.sleep(0)
    yield event({"type": "content_block_stop", "index": 0})
    delta = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    output = {"output_tokens": usage["output_tokens"]} if usage else {"output_tokens": 0}
    yield event({"type": "message_delta", "delta": delta, "usage": output})
    yield event({"type": "message_stop"})


def event(data: dict[str, Any]) -> bytes:
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()


def tokens(body: dict[str, Any]) -> int:
    """A tokenizer that is always the same: four bytes to a token."""
    parts = [body.get("system") or "", json.dumps(body.get("output_config") or {})]
    for message in body["messages"]:
        content = message["content"]
        parts += [content] if isinstance(content, str) else [b.get("text", "") for b in content]
    return max(1, sum(len(str(p).encode()) for p in parts) // 4)


# -- what the real API refuses -----------------------------------------------------------------------------------------------


def check(body: dict[str, Any]) -> None:
    """Raises Refused for what the real API answers with 400 or 404."""
    bad = next((name for name in body if name not in FIELDS), None)
    if bad:
        raise _invalid(f"{bad}: Extra inputs are not permitted")
    if body.get("model") not in MODELS:
        raise Refused(404, "not_found_error", f"model: {body.get('model')}")
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        raise _invalid("max_tokens: Field required")
    if body.get("tool_choice", {}).get("type") in ("any", "tool"):
        raise _invalid("tool_choice: not supported with this model")
    if body.get("thinking", {}).get("type") == "enabled":
        raise _invalid("thinking: manual thinking is not supported with this model")
    _check_messages(body.get("messages"))
    config = body.get("output_config", {})
    if set(config) - {"effort", "format"}:
        raise _invalid("output_config: Extra inputs are not permitted")
    if config.get("effort", "low") not in ("low", "medium", "high", "xhigh", "max"):
        raise _invalid("output_config.effort: not a level")
    if "format" in config:
        if config["format"].get("type") != "json_schema":
            raise _invalid("output_config.format.type")
        _check_schema(config["format"]["schema"])


def _check_messages(messages: Any) -> None:
    if not isinstance(messages, list) or not messages or messages[0].get("role") != "user":
        raise _invalid("messages: at least one message is required, and the first must be the user's")
    if messages[-1]["role"] == "assistant":
        raise _invalid("messages: prefilling is not supported with this model")
    breakpoints = 0
    for message in messages:
        for block in message["content"] if isinstance(message["content"], list) else []:
            if block.get("type") != "text" or not block.get("text", "").strip():
                raise _invalid("messages.content: text content blocks must be non-empty")
            if set(block) - {"type", "text", "cache_control"}:
                raise _invalid("messages.content.text: Extra inputs are not permitted")
            breakpoints += "cache_control" in block
    if breakpoints > 4:
        raise _invalid("A maximum of 4 blocks with cache_control may be provided")


def _check_schema(schema: dict[str, Any]) -> None:
    for name in ("minLength", "maxLength", "pattern", "minimum", "maximum", "maxItems", "default", "$ref", "$defs"):
        if name in schema:
            raise _invalid(f"output_config.format.schema: {name} is not supported")
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            raise _invalid("output_config.format.schema: additionalProperties must be false")
        for inner in schema["properties"].values():
            _check_schema(inner)
    elif schema.get("type") == "array":
        _check_schema(schema["items"])
    elif schema.get("type") not in ("string", "integer", "number", "boolean", "null"):
        raise _invalid("output_config.format.schema: type")


def check_batch(body: dict[str, Any]) -> None:
    """What is checked at once when a batch is created; parameters are checked when each request runs."""
    ids = [one.get("custom_id") for one in body.get("requests", [])]
    if not ids or len(set(ids)) != len(ids):
        raise _invalid("requests: custom_id must be unique")
    if any(not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", i or "") for i in ids):
        raise _invalid("requests.custom_id: does not match the pattern")
    if any(one["params"].get("stream") for one in body["requests"]):
        raise _invalid("requests.params.stream: not supported")


def _invalid(message: str) -> Refused:
    return Refused(400, "invalid_request_error", message)
