"""One other server over HTTP: what it answers, or in words why it does not."""

import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx2

from yi_local import __version__
from yi_local.engine.elsewhere import trouble
from yi_local.engine.elsewhere.access import Access
from yi_local.engine.elsewhere.address import Address
from yi_local.engine.elsewhere.chunk import error_of
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.types import Json

CONNECT_S = 10.0
HANG_S = 600.0  # as in engine/client.py: a long prompt is read in silence, a model loaded first
_MAX_BYTES = 1 << 24  # of an answer that is read whole; the longest list of models has 1 MB
_CA_FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the first one that is set


@dataclass(frozen=True, slots=True)
class Answer:
    """`value`: its JSON; None where it is none."""

    status: int
    headers: Mapping[str, str]
    value: Any


class Hangup:
    """Ends a request from another thread, whatever it is waiting for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stream: Any = None
        self.is_up = False

    def hang_up(self) -> None:
        with self._lock:
            self.is_up = True
            stream = self._stream
        _cut(stream)

    def trace(self, name: str, info: Mapping[str, Any]) -> None:
        """httpx2 tells each step of a request; the connection is what some of them return."""
        stream = info.get("return_value")
        if not hasattr(stream, "get_extra_info"):
            return
        with self._lock:
            self._stream = stream
            is_up = self.is_up
        if is_up:
            _cut(stream)


class Connection:
    """From any thread. Raises YiLocalErrors only; a key goes to the address's own host alone."""

    def __init__(
        self, address: Address, access: Access, environ: Mapping[str, str] = os.environ
    ) -> None:
        self.address = address
        self._access = access
        key = access.key_for(address)
        self._key = key
        headers = {"User-Agent": f"yi_local/{__version__}"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        try:
            self._client = httpx2.Client(
                headers=headers,
                verify=_trusted(environ) if address.is_encrypted else False,  # nothing to verify
                trust_env=not address.is_here,  # no proxy leads to this computer
                follow_redirects=False,  # the key and the conversation are for this host only
                timeout=httpx2.Timeout(CONNECT_S, read=HANG_S),
                # A fresh connection each time: only of those the socket is told (see Hangup).
                limits=httpx2.Limits(max_keepalive_connections=0),
            )
        except trouble.RAISED as error:  # a proxy of a kind or with a name that cannot be used
            raise trouble.of_transport(error, address) from error

    @property
    def has_key(self) -> bool:
        return self._key is not None

    def get(self, url: str, timeout_s: float) -> Answer:
        self._access.demand(self.address)
        try:
            request = self._client.build_request("GET", url, timeout=timeout_s)
            response = self._client.send(request, stream=True)
            try:
                data = read_whole(response, timeout_s)
            finally:
                response.close()
        except trouble.RAISED as error:
            raise trouble.of_transport(error, self.address) from error
        return Answer(response.status_code, response.headers, json_or_none(data))

    @contextmanager
    def stream(self, url: str, body: Json, hangup: Hangup) -> Iterator[httpx2.Response]:
        """Raises what httpx2 raises, `trouble.RAISED`, and UsageError while offline."""
        self._access.demand(self.address)
        request = self._client.build_request("POST", url, **_json(body))
        request.extensions["trace"] = hangup.trace
        response = self._client.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()

    def refusal(self, status: int, headers: Mapping[str, str], value: Any) -> trouble.Refusal:
        error = error_of(value) if isinstance(value, dict) else {}
        return trouble.refusal_of(status, headers, error, self._key)

    def refused(self, refusal: trouble.Refusal) -> YiLocalError:
        return trouble.of_refusal(refusal, self.address, self.has_key)

    def broken_stream(self, error: Json) -> YiLocalError:
        return trouble.of_stream(error, self.address, self._key)

    def close(self) -> None:
        self._client.close()


def read_whole(response: httpx2.Response, timeout_s: float) -> bytes:
    """Bounded in time and size, whoever answers."""
    began, blocks, size = time.monotonic(), [], 0
    for block in response.iter_bytes():
        blocks.append(block)
        size += len(block)
        if size > _MAX_BYTES:
            raise httpx2.DecodingError("the answer is absurdly long")
        if time.monotonic() - began > timeout_s:
            raise httpx2.ReadTimeout("the answer does not end")
    return b"".join(blocks)


def json_or_none(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _json(body: Json) -> dict[str, Any]:
    """Only ASCII, so that half a surrogate pair breaks nothing."""
    return {
        "content": json.dumps(body).encode("ascii"),
        "headers": {"Content-Type": "application/json"},
    }


def _cut(stream: Any) -> None:
    """Wakes whoever reads from it. The plain way: a TLS socket's own would unwrap it under them."""
    if stream is None:
        return
    with suppress(OSError):
        socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)


def _trusted(environ: Mapping[str, str]) -> ssl.SSLContext | bool:
    """Companies set one of several variables; True: the system's certificates."""
    for name in _CA_FILES:
        path = environ.get(name)
        if not path:
            continue
        try:
            if os.path.isdir(path):
                return ssl.create_default_context(capath=path)
            return ssl.create_default_context(cafile=path)
        except OSError:  # also what is no certificate, as ssl.SSLError
            raise trouble.ServerTrouble(
                tr("The certificates that {name} names cannot be read: {path}",
                   name=name, path=path),
                tr("Correct the path, or unset {name}.", name=name),
            ) from None  # fmt: skip
    return True
