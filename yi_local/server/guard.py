"""What stands before every request: where it may come from, with which key, and how large."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yi_local.language import tr
from yi_local.server.bodies import MAX_BODIES_BYTES, MAX_BODY_BYTES, Bodies
from yi_local.server.openai.write.errors import problem
from yi_local.server.origins import is_our_host, is_our_origin
from yi_local.server.replies import JsonReply

_HEADERS = (  # where an answer has none of its own
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
_METHODS = "GET, POST, OPTIONS"
_WITH_BODY = ("POST", "PUT", "PATCH")  # what has one, be it empty
_HEADER_NAMES = re.compile(r"[\w-]+(?: *, *[\w-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Door:
    """Who may come in. Without a key everybody who reaches this address under its own name may."""

    keys: tuple[str, ...] = ()
    host_names: frozenset[str] = frozenset()  # beside loopback and the bound address; lower case
    origins: frozenset[str] = frozenset()  # "https://example.org", exactly
    open_paths: frozenset[str] = frozenset({"/health"})  # which need no key
    open_folders: tuple[str, ...] = ()  # "/a/": what lies directly in it needs none either
    own_folders: tuple[str, ...] = ()  # "/a/": for pages of this server alone, not for `origins`
    own_keys: tuple[str, ...] = ()  # which own folders demand; none: those of everything else
    max_body_bytes: int = MAX_BODY_BYTES
    max_bodies_bytes: int = MAX_BODIES_BYTES  # of all requests that are being answered

    def is_open(self, path: str) -> bool:
        folder = path[: path.rfind("/") + 1]
        return path in self.open_paths or folder in self.open_folders

    def keys_for(self, path: str) -> tuple[str, ...]:
        """Who may ask for answers need not be the one whose conversations these are."""
        is_own = bool(self.own_keys) and path.startswith(self.own_folders)
        return self.own_keys if is_own else self.keys

    def origins_for(self, path: str) -> frozenset[str]:
        """A site that may ask for answers may not read what others were told."""
        return frozenset() if path.startswith(self.own_folders) else self.origins


class Guard:
    """Answers what may not pass, so that the app never sees it."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door
        self._bodies = Bodies(door.max_body_bytes, door.max_bodies_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        allowed = self._door.origins_for(scope["path"])
        refused = self._refused(scope, headers, allowed)
        is_foreign = refused is None and origin in allowed
        safe_send = _with_headers(send, _cors(str(origin)) if is_foreign else ())
        if refused is None and is_foreign and _is_preflight(scope, headers):
            refused = _preflight(headers)
        refused = refused or self._unfit(scope, headers)
        if refused is not None:
            await refused(scope, receive, safe_send)
            return
        with self._bodies.limited(receive, headers) as limited:
            await self._app(scope, limited, safe_send)

    def _refused(self, scope: Scope, headers: Headers, allowed: frozenset[str]) -> Response | None:
        """By where it comes from."""
        hosts = headers.getlist("host")
        server = scope.get("server")
        bound = server[0].removeprefix("::ffff:") if server else None  # IPv4 that came in over IPv6
        if len(hosts) != 1 or not is_our_host(hosts[0], bound, self._door.host_names):
            return _refusal(
                403, tr("This server does not answer to the name in the Host header."), "wrong_host"
            )
        origins = headers.getlist("origin")
        ours = (is_our_origin(o, scope["scheme"], hosts[0], allowed) for o in origins)
        if not all(ours) or (not origins and _is_from_a_site(headers)):
            return _refusal(403, tr("Requests of other web sites are refused."), "wrong_origin")
        return None

    def _unfit(self, scope: Scope, headers: Headers) -> Response | None:
        """By its key and its form."""
        if not self._door.is_open(scope["path"]) and not self._has_key(scope, headers):
            reply = _refusal(
                401, tr("This server wants a key: no valid one came."), "invalid_api_key"
            )
            reply.headers["www-authenticate"] = "Bearer"
            return reply
        if scope["method"] in _WITH_BODY or _has_body(headers):
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                return _refusal(415, tr("Content-Type must be application/json."), "not_json")
        return None

    def _has_key(self, scope: Scope, headers: Headers) -> bool:
        keys = self._door.keys_for(scope["path"])
        if not keys:
            return True
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        equal = [secrets.compare_digest(given.encode(), key.encode()) for key in keys]
        return any(equal)


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _is_from_a_site(headers: Headers) -> bool:
    """Browsers send no Origin with images and the like; following a link is no danger."""
    site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
    return site in ("cross-site", "same-site") and mode != "navigate"


def _is_preflight(scope: Scope, headers: Headers) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in headers


def _preflight(headers: Headers) -> Response:
    reply = Response(status_code=204)
    wanted = headers.get("access-control-request-headers", "").strip()
    if _HEADER_NAMES.fullmatch(wanted):
        reply.headers["access-control-allow-headers"] = wanted
    reply.headers["access-control-allow-methods"] = _METHODS
    reply.headers["access-control-max-age"] = "600"
    return reply


def _cors(origin: str) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"vary", b"origin"),
    )


def _refusal(status: int, message: str, code: str) -> Response:
    """The body of the request is not read, hence the end of the connection."""
    return JsonReply(problem(status, message, code), status, {"connection": "close"})


def _with_headers(send: Send, more: Iterable[tuple[bytes, bytes]]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            there = {name.lower() for name, _ in headers}
            for name, value in (*more, *_HEADERS):
                if name not in there:
                    headers.append((name, value))
                    there.add(name)
            message = {**message, "headers": headers}
        await send(message)

    return sending
