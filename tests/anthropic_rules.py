"""What Anthropic's real API refuses, and how it words an error: checked here because the SDK checks little itself.

The server that refuses so is `anthropic_server.py`. Only what this product uses is known here, and no more of the rest than a
refusal.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from starlette.responses import JSONResponse, Response

MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-4-5")
FIELDS = {
    "model", "max_tokens", "messages", "system", "output_config", "cache_control", "metadata", "stop_sequences", "stream",
    "thinking",
    "tools", "tool_choice", "service_tier",
}  # fmt: skip


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
