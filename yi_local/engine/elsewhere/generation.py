"""One answer of another server, read in a thread: it can be given up at any moment."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from queue import Empty, SimpleQueue

import httpx2

from yi_local.engine.elsewhere import trouble
from yi_local.engine.elsewhere.connection import Connection, Hangup, json_or_none, read_whole
from yi_local.engine.elsewhere.reply import Reply
from yi_local.engine.elsewhere.request import plainer
from yi_local.engine.elsewhere.sse import EventReader
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.types import AnyEvent, Done, Json, Remark

_SLICE_S = 0.5
_REFUSAL_S = 10.0  # for reading why a request was refused
_WHOLE_S = 600.0  # for an answer that comes in one piece, from its headers on


class RemoteGeneration(Iterator[AnyEvent]):
    """The events of one answer, the last of them Done. Closing it early gives the answer up."""

    def __init__(self, connection: Connection, url: str, body: Json, continues: str) -> None:
        self._connection = connection
        self._url = url
        self._body = body
        self._hangup = Hangup()
        self._finished = False
        self._told: SimpleQueue[AnyEvent | YiLocalError | None] = SimpleQueue()  # None: over
        self._reply = Reply(connection.address, continues, time.monotonic, connection.broken_stream)
        threading.Thread(target=self._run, daemon=True, name="answer-from-elsewhere").start()

    def __next__(self) -> AnyEvent:
        if self._finished:
            raise StopIteration
        told = self._next()
        if told is None:
            told = trouble.broken_off(self._connection.address)
        if isinstance(told, YiLocalError) and self._hangup.is_up:  # we have broken it off
            told = self._reply.done("cancelled")
        if isinstance(told, Done | YiLocalError):
            self._finished = True
        if isinstance(told, YiLocalError):
            raise told
        return told

    def cancel(self) -> None:
        """Stops the answer soon, from any thread; what came is kept, the last event is Done."""
        if not self._hangup.is_up:
            self._hangup.hang_up()
            self._told.put(None)

    def close(self) -> None:
        """Cancels what is unfinished, without waiting for it."""
        self.cancel()
        self._finished = True

    def _next(self) -> AnyEvent | YiLocalError | None:
        """In slices: on Windows, Ctrl-C is not heard by who waits without end."""
        while True:
            with suppress(Empty):
                return self._told.get(timeout=_SLICE_S)

    # -- in the thread

    def _run(self) -> None:
        try:
            with closing(self._asked()) as events:
                for event in events:
                    if self._hangup.is_up:
                        return
                    self._told.put(event)
        except YiLocalError as error:
            self._told.put(error)
        except trouble.RAISED as error:
            self._told.put(self._in_words(error))
        finally:
            self._told.put(None)  # nobody waits for what never comes

    def _in_words(self, error: Exception) -> YiLocalError:
        if self._reply.has_begun and isinstance(error, httpx2.NetworkError | httpx2.ProtocolError):
            return trouble.broken_off(self._connection.address)
        return trouble.of_transport(error, self._connection.address)

    def _asked(self) -> Generator[AnyEvent]:
        """Once more where a strict server may have stumbled over fields that few know."""
        with self._connection.stream(self._url, self._body, self._hangup) as response:
            if response.status_code == 200:
                yield from self._answered(response)
                return
            refusal = self._refusal(response)
        simpler = None
        if refusal.status in (400, 422) and not trouble.is_too_long(refusal):
            simpler = plainer(self._body, refusal.status, refusal.words)
        if simpler is None:
            raise self._connection.refused(refusal)
        body, dropped = simpler
        with self._connection.stream(self._url, body, self._hangup) as response:
            if response.status_code != 200:
                raise self._connection.refused(self._refusal(response))
            if dropped:
                yield Remark(_without(self._connection, dropped))
            yield from self._answered(response)

    def _refusal(self, response: httpx2.Response) -> trouble.Refusal:
        value = json_or_none(read_whole(response, _REFUSAL_S))
        return self._connection.refusal(response.status_code, response.headers, value)

    def _answered(self, response: httpx2.Response) -> Iterator[AnyEvent]:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind == "text/html":
            raise trouble.no_api(self._connection.address)
        if kind == "application/json":  # a server that does not stream
            whole = read_whole(response, _WHOLE_S).decode("utf-8", "replace")
            yield from self._reply.read(whole)
            yield from self._reply.end()
            return
        reader = EventReader()
        for block in response.iter_bytes():
            for data in reader.feed(block):
                yield from self._reply.read(data)
                if self._reply.is_over:
                    yield from self._reply.end()
                    return
        for data in reader.end():
            yield from self._reply.read(data)
        yield from self._reply.end()


def _without(connection: Connection, names: tuple[str, ...]) -> str:
    return tr(
        "{host} does not know {names}: the answer is made without",
        host=connection.address.host,
        names=", ".join(names),
    )
