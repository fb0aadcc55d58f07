"""How large requests may be: each one, then all that are in memory at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from yi_local.language import tr

MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_BODIES_BYTES = 4 * MAX_BODY_BYTES
_RETRY_S = 5


class Bodies:
    """Of one event loop."""

    def __init__(self, most_bytes: int, most_bytes_together: int) -> None:
        self._most = most_bytes
        self._most_together = most_bytes_together
        self._held = 0

    @contextmanager
    def limited(self, receive: Receive, headers: Headers) -> Iterator[Receive]:
        """While this lasts, what was received counts.

        What is given raises HTTPException for a body that is too large, as soon as that is known.
        One that is not much too large is heard to its end first: many clients read no answer
        before.
        """
        length = headers.get("content-length", "")
        declared = int(length) if length.isdecimal() else 0
        seen = 0

        async def heard() -> Message:
            nonlocal seen
            message = await receive()
            size = len(message.get("body", b""))
            seen += size
            self._held += size
            return message

        async def receiving() -> Message:
            if declared > 2 * self._most:
                raise _too_large(self._most)
            message = await heard()
            if max(seen, declared) <= self._most:
                if self._held > self._most_together:
                    raise _too_many()
                return message
            while message["type"] == "http.request" and message.get("more_body"):
                if seen > 2 * self._most or self._held > self._most_together:
                    break
                message = await heard()
            raise _too_large(self._most)

        try:
            yield receiving
        finally:
            self._held -= seen


def _too_large(most: int) -> HTTPException:
    sentence = tr("The request is larger than {n} bytes.", n=f"{most:,}")
    return HTTPException(413, sentence, {"connection": "close"})


def _too_many() -> HTTPException:
    sentence = tr("The requests that are being answered take too much memory already.")
    return HTTPException(503, sentence, {"connection": "close", "retry-after": str(_RETRY_S)})
