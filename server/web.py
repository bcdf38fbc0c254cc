"""The HTTP doors: streamable HTTP and SSE behind checks of Host, Origin and token, with `/health` beside them.

On loopback the Host and Origin headers are checked, so that no web page can reach the server through a rebound name. Any
other bind needs a token. What is served is `server/mcp.py`; starting and ending the process is `server/app.py`.
"""

from __future__ import annotations

import hmac
import socket
from typing import TYPE_CHECKING, Any, Literal

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

from store.errors import BadCall

if TYPE_CHECKING:
    import uvicorn
    from mcp.server import MCPServer
    from starlette.types import ASGIApp, Receive, Scope, Send

Web = Literal["sse", "http"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Door:
    """ASGI: lets a request in if its Host and Origin are ours and its token is right; every route is behind it."""

    def __init__(self, inside: ASGIApp, host: str, token: str | None) -> None:
        if host not in LOOPBACK and not token:
            raise BadCall(
                f"Serving on {host} needs a token: set FORETHOUGHT_TOKEN or give --token-file. Nothing was started."
            )
        self._inside = inside
        self._loopback = host in LOOPBACK
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(Headers(scope=scope), scope["path"]) if scope["type"] == "http" else None
        if refusal is not None:
            await refusal(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == "/health":
            await JSONResponse({"status": "ok"})(scope, receive, send)
        else:
            await self._inside(scope, receive, send)

    def _refusal(self, headers: Headers, path: str) -> Response | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if self._loopback and _name(host) not in LOOPBACK:
            return Response("This Host is not served here.", status_code=421)
        if origin is not None and _name(origin.partition("://")[2]) not in (*LOOPBACK, _name(host)):
            return Response("This Origin is not served here.", status_code=403)
        if self._token and path != "/health" and not self._knows(headers.get("authorization", "")):
            return Response(
                "A bearer token is needed.", status_code=401, headers={"www-authenticate": 'Bearer realm="forethought"'}
            )
        return None

    def _knows(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        expected = (self._token or "").encode()
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), expected)


def _name(authority: str) -> str:
    """The host of "host:port"; IPv6 without its brackets."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0].lower()


def web_server(server: MCPServer[Any], kind: Web, host: str, token: str | None) -> uvicorn.Server:
    """A uvicorn server that is not started yet. Raises BadCall for a bind that needs a token and has none."""
    import uvicorn
    from mcp.server.transport_security import TransportSecuritySettings

    # The door checks every route, /health included; the SDK's own check covers its routes only.
    checked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    if kind == "sse":
        inside = server.sse_app(host=host, transport_security=checked)
    else:
        inside = server.streamable_http_app(host=host, transport_security=checked)
    config = uvicorn.Config(Door(inside, host, token), log_level="warning", timeout_graceful_shutdown=1, ws="none")
    return uvicorn.Server(config)


def listening(host: str, port: int) -> socket.socket:
    """A socket that takes connections from now on, before anybody is told the address. Port 0: any that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(128)
    except OSError as problem:
        taken.close()
        reason = problem.strerror or problem
        raise BadCall(f"Cannot serve on {host}:{port}: {reason}. Nothing was started. Try --port.") from problem
    taken.setblocking(False)
    return taken
