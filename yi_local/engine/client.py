"""The engine as its callers see it: load a model, ask it, lose it without falling with it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import Self

from yi_local.engine import protocol
from yi_local.engine.process import WORKER_COMMAND, WorkerProcess
from yi_local.engine.repack import RepackMark
from yi_local.errors import CannotLoad, EngineDied, YiLocalError
from yi_local.language import tr
from yi_local.types import (
    Done,
    Embedding,
    Event,
    Json,
    LoadOptions,
    LoadProgress,
    Message,
    ModelInfo,
    Prompt,
    SamplingOptions,
)

HANG_S = 600.0  # the slowest honest silence: 512 tokens of prefill at 1 token/s
CANCEL_S = 10.0  # after this long a worker that ignores a cancel is ended


class Engine:
    """One child process with one loaded model. Not started before `load`.

    Requests may come from several threads; they run side by side in the child. When the child
    dies, every request in flight raises EngineDied, `model` is None, and `load` works again.
    """

    def __init__(
        self, *, log_dir: Path, command: Sequence[str] | None = None, hang_s: float = HANG_S
    ) -> None:
        self._log_dir = log_dir
        self._command = tuple(command or WORKER_COMMAND)
        self._hang_s = hang_s
        self._process: WorkerProcess | None = None
        self._model: ModelInfo | None = None
        self.cpu_repack = True  # whether the last load let llama.cpp rearrange weights for the CPU

    @property
    def model(self) -> ModelInfo | None:
        """None: nothing is loaded, or the child has died."""
        return self._model if self._process is not None and self._process.alive else None

    @property
    def process_id(self) -> int | None:
        return self._process.process_id if self._process is not None else None

    def load(self, options: LoadOptions) -> Iterator[LoadProgress]:
        """Loads in a fresh child; exhausted means loaded, closed early means given up.

        A first load whose CPU kernels crash is tried again without weight repacking.
        """
        mark = RepackMark(self._log_dir)
        repack = mark.allowed
        try:
            yield from self._load(options, repack)
        except EngineDied as error:
            if not repack or not error.crashed or error.for_memory:
                raise
            yield from self._load(options, cpu_repack=False)
            mark.forbid()

    def chat(
        self,
        messages: Sequence[Message],
        sampling: SamplingOptions | None = None,
        tools: Sequence[Json] | None = None,
        continues: str = "",
    ) -> "Generation":
        """Answers the conversation, through the model's chat template.

        The answer goes on after `continues`, which is not given out again. Raises UsageError,
        as its first event, where a grammar is to hold for an answer that has begun without it.
        """
        return self._ask(
            {"op": "chat", **_conversation(messages, tools, continues)},
            sampling or SamplingOptions(),
        )

    def complete(self, prompt: str, sampling: SamplingOptions | None = None) -> "Generation":
        """Goes on with the text as it is, without a template."""
        return self._ask({"op": "complete", "prompt": prompt}, sampling or SamplingOptions())

    @property
    def ready(self) -> bool:
        return self.model is not None

    def prompt_tokens(self, messages: Sequence[Message], continues: str = "") -> int:
        return len(self.render(messages, continues=continues).token_ids)

    def text_tokens(self, text: str) -> int:
        return len(self.tokenize(text).token_ids)

    def render(
        self,
        messages: Sequence[Message],
        tools: Sequence[Json] | None = None,
        continues: str = "",
    ) -> Prompt:
        """The prompt of `chat`, exactly as the model would see it."""
        return self._rendered({"op": "render", **_conversation(messages, tools, continues)})

    def tokenize(self, text: str) -> Prompt:
        """The text's own tokens, with special tokens off."""
        return self._rendered({"op": "tokenize", "text": text})

    def embed(self, texts: Sequence[str]) -> tuple[Embedding, ...]:
        """One for each text, of a model that was loaded with `embedding`.

        Raises UsageError where it was not, PromptTooLong, with nothing computed, for a text of
        more than `n_ctx` tokens.
        """
        return tuple(self.embeddings(texts))

    def embeddings(self, texts: Sequence[str]) -> Iterator[Embedding]:
        """The same, each as soon as it is computed; closed early, the others never are."""
        process, left = self._living(), len(texts)
        if not left:
            return
        number = process.new_id()
        request: Json = {"op": "embed", "texts": list(texts)}
        try:
            for line in process.stream(number, request, self._hang_s):
                left -= 1
                yield protocol.embedding_from(line)
                if not left:
                    return
        finally:
            if left:
                process.send({"op": "cancel", "id": number})

    def close(self) -> None:
        """Ends the child at once; requests in flight raise EngineDied."""
        if self._process is not None:
            self._process.kill()
            self._process = None
        self._model = None

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

    def _load(self, options: LoadOptions, cpu_repack: bool) -> Iterator[LoadProgress]:
        self.close()
        self.cpu_repack = cpu_repack
        process = WorkerProcess(self._command, self._log_dir)
        self._process = process
        request: Json = {"op": "load", "options": asdict(options), "cpu_repack": cpu_repack}
        try:
            for line in process.stream(None, request, self._hang_s):
                if line["event"] == "load_progress":
                    yield LoadProgress(line["fraction"])
                elif line["event"] == "loaded":
                    self._model = protocol.model_info_from(line["model"])
                    return
        finally:
            if self._model is None:
                self.close()

    def _living(self) -> WorkerProcess:
        if self._process is None or self._model is None:
            raise CannotLoad(tr("No model is loaded."), tr("Load one first."))
        return self._process

    def _ask(self, request: Json, sampling: SamplingOptions) -> "Generation":
        request["sampling"] = protocol.sampling_line(sampling)
        return Generation(self._living(), request, self._hang_s)

    def _rendered(self, request: Json) -> Prompt:
        process = self._living()
        for line in process.stream(process.new_id(), request, self._hang_s):
            return Prompt(line["text"], tuple(line["token_ids"]))
        raise EngineDied(tr("The engine gave no answer."))


def _conversation(
    messages: Sequence[Message], tools: Sequence[Json] | None, continues: str
) -> Json:
    fields = [protocol.message_line(message) for message in messages]
    return {"messages": fields, "tools": tools, "continues": continues}


class Generation(Iterator[Event]):
    """The events of one answer, the last of them Done. Closing it early cancels the request."""

    def __init__(self, process: WorkerProcess, request: Json, hang_s: float) -> None:
        self._process = process
        self._id = process.new_id()
        self._hang_s = hang_s
        self._finished = False
        self._cancelled_at: float | None = None
        self._lines: Queue[Json | YiLocalError] = process.open(self._id)
        process.send(request | {"id": self._id})

    def __next__(self) -> Event:
        if self._finished:
            raise StopIteration
        event = protocol.event_from(self._next_line())
        if isinstance(event, Done):
            self._end()
        return event

    def cancel(self) -> None:
        """Stops the answer soon, from any thread; what came is kept, the last event is Done."""
        if not self._finished and self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            self._process.send({"op": "cancel", "id": self._id})

    def close(self) -> None:
        """Cancels what is unfinished, without waiting for it."""
        self.cancel()
        self._end()

    def _end(self) -> None:
        self._finished = True
        self._process.forget(self._id)

    def _next_line(self) -> Json:
        """Waits in slices: a cancel from another thread shortens the time a hang may take."""
        begun = time.monotonic()
        while True:
            limit = CANCEL_S if self._cancelled_at is not None else self._hang_s
            since = self._cancelled_at or begun
            left = since + limit - time.monotonic()
            if left <= 0:
                self._end()
                raise self._process.hung(limit)
            try:
                line = self._lines.get(timeout=min(left, CANCEL_S))
            except Empty:
                continue
            if isinstance(line, YiLocalError):
                self._end()
                raise line
            return line
