"""Asking another program of this person, once it has proven to be that one."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from hmac import compare_digest
from http.client import HTTPConnection, HTTPException, HTTPResponse
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from yi_local.assistant.warm.programs import ROOT, Program, proof, withdraw
from yi_local.types import Json

_CONNECT_S = 1.0
_HELLO_S = 1.0  # so long a busy program may take to say who it is
_ANSWER_S = 20.0
_SILENCE_S = 60.0  # in a stream, which gives a sign of life more often
_NONCE_BYTES = 16


class NotThere(Exception):
    """Nobody answers as that program would."""


class Refused(Exception):
    """The program answers, but does not do this."""

    def __init__(self, status: int, message: str, code: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Call:
    """One connection. What has only taken the program's address learns neither token nor text."""

    def __init__(self, program: Program) -> None:
        """Raises NotThere, and forgets a program that is not there any more."""
        self.program = program
        self._response: HTTPResponse | None = None
        try:
            address = urlsplit(program.url)
            self._connection = HTTPConnection(str(address.hostname), address.port or 80)
            self._connection.timeout = _CONNECT_S
            self._connection.connect()
            self._connection.auto_open = 0  # another connection might lead to somebody else
        except ConnectionRefusedError:
            withdraw(program)
            raise NotThere from None
        except (OSError, ValueError):
            raise NotThere from None
        try:
            self._demand_proof()
        except NotThere:
            self.close()
            raise

    def get(self, name: str) -> Json:
        """Raises NotThere, Refused."""
        return self._json(self._sent("GET", name, None, _ANSWER_S))

    def post(self, name: str, body: Json) -> Json:
        """Raises NotThere, Refused."""
        return self._json(self._sent("POST", name, body, _ANSWER_S))

    def stream(self, name: str, body: Json) -> Iterator[Json]:
        """The events of the answer; nothing else can be asked afterwards.

        Raises NotThere, also where they break off, Refused.
        """
        response = self._sent("POST", name, body, _SILENCE_S)
        if response.status != 200:
            raise _refused(response)
        try:
            while line := response.readline():
                if line.startswith(b"data: "):
                    yield _object(line.removeprefix(b"data: "))
        except (OSError, HTTPException, ValueError):
            raise NotThere from None

    def break_off(self) -> None:
        """From any thread: whoever waits for an answer gets NotThere."""
        if self._connection.sock is not None:
            with suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)
        elif self._response is not None:
            self._response.close()

    def close(self) -> None:
        if self._response is not None:
            self._response.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    # -- inside

    def _demand_proof(self) -> None:
        nonce = os.urandom(_NONCE_BYTES).hex()
        try:
            told = self._json(self._sent("GET", f"hello?nonce={nonce}", None, _HELLO_S, key=False))
        except Refused:
            told = {}
        expected = proof(self.program.token, nonce)
        if not compare_digest(str(told.get("proof")).encode(), expected.encode()):
            withdraw(self.program)
            raise NotThere

    def _sent(
        self, method: str, name: str, body: Json | None, patience_s: float, *, key: bool = True
    ) -> HTTPResponse:
        headers = {"Authorization": f"Bearer {self.program.token}"} if key else {}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            if self._connection.sock is not None:
                self._connection.sock.settimeout(patience_s)
            self._connection.request(method, ROOT + name, data, headers)
            self._response = self._connection.getresponse()
        except (OSError, HTTPException):
            raise NotThere from None
        return self._response

    def _json(self, response: HTTPResponse) -> Json:
        if response.status != 200:
            raise _refused(response)
        try:
            return _object(response.read())
        except (OSError, HTTPException, ValueError):
            raise NotThere from None


def _object(data: bytes) -> Json:
    value = json.loads(data)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _refused(response: HTTPResponse) -> Refused:
    error: Any = {}
    with suppress(OSError, HTTPException, ValueError):
        error = _object(response.read()).get("error")
    told = error if isinstance(error, dict) else {}
    return Refused(response.status, str(told.get("message", "")), told.get("code"))
