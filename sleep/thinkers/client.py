"""The client that all sending thinkers use: the Anthropic SDK, held short, and what its many failures mean for the money.

No retries of its own (it would sleep for an hour, or send twice), no environment but its credentials, and a last pass over every
request on its way out: secrets are replaced once more, and nothing billable leaves without a reservation. The package is imported
here alone, in the child process alone, inside functions. What is sent is `dialect.py`.
"""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from store.errors import BadCall
from store.secrets import redact

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

ATTEMPTS = 4
LONGEST_WAIT_S = 60.0
"""Told to wait longer than this, we stop for the night instead."""

TIMEOUT_S = 600.0

_reserved: ContextVar[bool] = ContextVar("reserved", default=False)


class Trouble(NamedTuple):
    """What a failure means.

    again: certainly not billed, and worth another try after `wait_s`; skip: not billed, and this ask will never do; stop: not
    billed, and no ask will do tonight; lost: nobody knows whether it was billed.
    """

    kind: Literal["again", "skip", "stop", "lost"]
    note: str
    wait_s: float = 0.0


class NotReserved(RuntimeError):
    """A billable request was about to leave without a reservation. It did not."""


@contextlib.contextmanager
def reserved() -> Iterator[None]:
    """Within this block a billable request may leave: its worst case has been set aside."""
    token = _reserved.set(True)
    try:
        yield
    finally:
        _reserved.reset(token)


@contextlib.asynccontextmanager
async def connected(
    base_url: str | None, *, token: str | None = None, http: Any = None
) -> AsyncIterator[AsyncAnthropic]:
    """A client, closed at the end. Without `base_url` it is Anthropic's own API and the user's own credentials.

    With `token` the user's credentials are not used at all: they are not for other people's servers.
    """
    try:
        from anthropic import AsyncAnthropic
    except ImportError as missing:
        raise BadCall(
            "This thinker needs the anthropic package. Nothing was sent. Install forethought[llm], or let the connected agent"
            " think (serve --agent-sleep)."
        ) from missing
    if base_url:
        check_url(base_url)
    options: dict[str, Any] = {"auth_token": token} if token is not None else {}
    try:
        client = AsyncAnthropic(
            base_url=base_url or "https://api.anthropic.com", max_retries=0, timeout=TIMEOUT_S, open_telemetry=False,
            middleware=[_last_look], http_client=http, **options,
        )  # fmt: skip
    except Exception as refused:
        raise BadCall(f"The Anthropic client cannot be made: {refused}. Nothing was sent.") from refused
    if token is not None:
        client.api_key = None
    async with client:
        yield client


def check_url(base_url: str) -> None:
    """Raises BadCall for an address that would send source over the network in the clear."""
    parts = urlsplit(base_url)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise BadCall(
            f"{base_url!r} is not used: source text goes over https only, or to this machine. Nothing was sent."
        )


async def _last_look(request: Any, call_next: Callable[[Any], Awaitable[Any]]) -> Any:
    """The client's middleware, run for each HTTP attempt."""
    billable = request.method.upper() == "POST" and not request.url.partition("?")[0].endswith(
        ("count_tokens", "cancel")
    )
    if billable and not _reserved.get():
        raise NotReserved("a request without a reservation was stopped")
    if request.json is not None:
        clean = without_secrets(request.json)
        if clean != request.json:
            request = request.copy(body=clean)
    return await call_next(request)


def without_secrets(value: Any) -> Any:
    """The same data with every secret in every string replaced."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {k: without_secrets(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(v) for v in value]
    return value


def trouble(error: Exception, attempt: int) -> Trouble:
    """What an exception of the SDK means. `attempt` counts from 0."""
    import anthropic
    import httpx2

    if isinstance(error, anthropic.APIStatusError) and error.status_code >= 400:
        return _refused(error, attempt)
    if isinstance(error, anthropic.APIConnectionError) and isinstance(
        error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout
    ):
        return Trouble("again", "no connection", _backoff(attempt))
    if isinstance(error, anthropic.APIError | httpx2.HTTPError | json.JSONDecodeError):
        return Trouble("lost", f"the answer was lost: {_short(error)}")
    if isinstance(error, TypeError) and "authentication" in str(error):
        return Trouble("stop", "there are no credentials: set ANTHROPIC_API_KEY")
    if isinstance(error, anthropic.AnthropicError | NotReserved):
        return Trouble("stop", _short(error))
    return Trouble("lost", f"the answer could not be read: {_short(error)}")


def _refused(error: Any, attempt: int) -> Trouble:
    code, kind = error.status_code, getattr(error, "type", None) or ""
    if getattr(error, "error_code", None) == "enforced_spend_limit_reached":
        return Trouble("stop", "the spend limit of the account is reached")
    if code in (408, 409, 429) or code >= 500:
        wait = _retry_after(error) or _backoff(attempt)
        if wait > LONGEST_WAIT_S:
            return Trouble("stop", f"told to wait {wait:.0f} s ({code} {kind})")
        return Trouble("again", f"{code} {kind}", wait)
    if code in (400, 413, 422):
        return Trouble("skip", f"refused: {_short(error)}")
    return Trouble("stop", f"{code} {kind}: {_short(error)}")


def _retry_after(error: Any) -> float:
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(float(headers[name]) / unit, 0.0)
        except (KeyError, ValueError):
            continue
    return 0.0


def _backoff(attempt: int) -> float:
    return min(0.5 * float(2**attempt), 8.0) * random.uniform(0.75, 1.0)


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
