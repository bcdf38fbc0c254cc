"""An answer on its way over the wire as the local Anthropic server sends it: in events, or broken off in the middle.

The server: `anthropic_server.py`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response


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
