"""The engine's child process: `python -m yi_local.engine.worker`."""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from queue import Queue
from typing import NoReturn, TextIO

from yi_local import language
from yi_local.engine import protocol
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.types import Json, LoadOptions


def main() -> None:
    writer = LineWriter(_private_stdout())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    language.use(os.environ.get(language.VARIABLE))  # that of the parent
    try:
        _serve(writer.emit)
    except YiLocalError as error:
        writer.emit(protocol.error_line(error))
    except Exception as error:  # the worker's own catcher: a bug must reach the log and the parent
        traceback.print_exc()
        failure = YiLocalError(tr("The engine failed: {error}.", error=repr(error)))
        writer.emit(protocol.error_line(failure))
    sys.stderr.flush()
    os._exit(1)  # llama.cpp's destructors have nothing to save, and can crash


def _serve(emit: Callable[[Json], None]) -> None:
    """The first request decides: a process that loads a model, or one that is asked about loads."""
    reader = RequestReader(sys.stdin)
    reader.start()
    request = reader.inbox.get()
    if request["op"] == "load":
        _serve_model(request, reader, emit)
    from yi_local.engine.worker.asked import Asked

    asked = Asked(emit)
    while True:
        asked.serve(request)
        request = reader.inbox.get()


def _serve_model(request: Json, reader: "RequestReader", emit: Callable[[Json], None]) -> NoReturn:
    shown = -1

    def on_progress(fraction: float) -> None:
        nonlocal shown
        if int(fraction * 100) > shown:
            shown = int(fraction * 100)
            emit({"event": "load_progress", "fraction": fraction})

    options = protocol.load_options_from(request["options"])
    if options.vocab_only:
        _render_forever(options, reader, emit)
    if options.embedding:
        _embed_forever(options, request["cpu_repack"], reader, emit, on_progress)
    from yi_local.engine.worker.loading import load  # llama.cpp comes in here, after stdout is safe
    from yi_local.engine.worker.worker import Worker

    loaded = load(options, request["cpu_repack"], on_progress)
    worker = Worker(loaded, reader.inbox, emit)
    reader.on_cancel = worker.cancel
    emit(protocol.loaded_line(loaded.info))
    while True:
        worker.run_once()


def _embed_forever(
    options: LoadOptions,
    cpu_repack: bool,
    reader: "RequestReader",
    emit: Callable[[Json], None],
    on_progress: Callable[[float], None],
) -> NoReturn:
    from yi_local.engine.worker.embedding.loading import load
    from yi_local.engine.worker.embedding.worker import EmbeddingWorker

    embedder, info = load(options, cpu_repack, on_progress)
    worker = EmbeddingWorker(embedder, reader.inbox, emit)
    emit(protocol.loaded_line(info))
    while True:
        worker.run_once()


def _render_forever(
    options: LoadOptions, reader: "RequestReader", emit: Callable[[Json], None]
) -> NoReturn:
    from yi_local.engine.worker.vocabulary import VocabularyWorker, load

    prompts, info = load(options)
    worker = VocabularyWorker(prompts, reader.inbox, emit)
    emit(protocol.loaded_line(info))
    while True:
        worker.run_once()


class LineWriter:
    """Sends lines to the parent, texts of a fast model a few at a time.

    Every write wakes the parent on a core that llama.cpp is computing on. Nobody reads faster than
    25 ms; a slower model's tokens, like all other events, leave at once.
    """

    _TEXT_S = 0.025

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._held: list[str] = []
        self._sent_at = 0.0

    def emit(self, line: Json) -> None:
        self._held.append(protocol.encode(line))
        now = time.monotonic()
        if line["event"] != "text" or now - self._sent_at >= self._TEXT_S:
            self._stream.write("".join(self._held))
            self._stream.flush()
            self._held.clear()
            self._sent_at = now


class RequestReader(threading.Thread):
    """Takes the parent's lines while the main thread computes; its end is the process's end."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self.inbox: Queue[Json] = Queue()
        self.on_cancel: Callable[[int], None] | None = None

    def run(self) -> None:
        for line in self._stream:
            request = protocol.decode(line)
            if request["op"] == "cancel" and self.on_cancel is not None:
                self.on_cancel(request["id"])  # at once; then in its turn, behind what it cancels
            self.inbox.put(request)
        os._exit(0)  # the parent is gone: leave no orphan that holds 20 GB


def _private_stdout() -> TextIO:
    """Keeps the pipe for the protocol; whatever else is printed goes where stderr goes: the log."""
    protocol_fd = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(protocol_fd, "w", encoding="ascii", newline="\n")


if __name__ == "__main__":
    main()
