"""What stands before the private routes, behind the guard of all: only the token opens them."""

import secrets

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from yi_local.assistant.warm.programs import ROOT
from yi_local.language import tr
from yi_local.server.openai.write.errors import problem
from yi_local.server.origins import is_loopback
from yi_local.server.replies import JsonReply

HELLO = f"{ROOT}hello"
_OF_BROWSERS = ("origin", "sec-fetch-site", "sec-fetch-mode")


class Gate:
    """`token` None: there are no private routes. API keys count for nothing here."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_private = scope["type"] == "http" and scope["path"].startswith(ROOT)
        refused = self._refused(scope) if is_private else None
        if refused is not None:
            await refused(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refused(self, scope: Scope) -> JsonReply | None:
        headers = Headers(scope=scope)
        if self._token is None:
            return _refusal(404, tr("There is nothing at this path."), None)
        if any(name in headers for name in _OF_BROWSERS) or not _is_from_here(scope):
            message = tr("Only programs of this machine may ask this.")
            return _refusal(403, message, "not_from_here")
        if scope["path"] == HELLO:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        is_right = secrets.compare_digest(given.strip().encode(), self._token.encode())
        if scheme.lower() != "bearer" or not is_right:
            return _refusal(401, tr("Only this program's own token opens this."), "invalid_token")
        return None


def _is_from_here(scope: Scope) -> bool:
    client, server = _address(scope.get("client")), _address(scope.get("server"))
    return client is not None and (is_loopback(client) or client == server)


def _address(place: tuple[str, int] | None) -> str | None:
    return place[0].removeprefix("::ffff:") if place else None  # IPv4 that came in over IPv6


def _refusal(status: int, message: str, code: str | None) -> JsonReply:
    return JsonReply(problem(status, message, code), status, {"connection": "close"})
