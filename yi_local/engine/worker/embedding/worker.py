"""The loop of an engine that embeds: take requests, compute a step of their texts, emit, repeat."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Queue

from yi_local.engine import protocol
from yi_local.engine.worker.embedding.embedder import Embedder
from yi_local.engine.worker.worker import serve_all
from yi_local.errors import PromptTooLong, UsageError, YiLocalError
from yi_local.language import tr
from yi_local.types import Json


@dataclass(slots=True)
class _Request:
    id: int
    texts: deque[list[int]]  # token ids of those still to be embedded


class EmbeddingWorker:
    """Requests take turns, so that a short one never waits for the whole of a long one."""

    def __init__(self, embedder: Embedder, inbox: Queue[Json], emit: Callable[[Json], None]):
        self._embedder, self._inbox, self._emit = embedder, inbox, emit
        self._requests: deque[_Request] = deque()

    def run_once(self) -> None:
        """Takes what has arrived (waiting for it when there is nothing else to do), then a step."""
        serve_all(self._inbox, self._serve, self._emit, wait=not self._requests)
        chosen = self._choose()
        if chosen:
            self._step(chosen)

    def _serve(self, request: Json) -> None:
        match request["op"]:
            case "embed":
                texts = [self._embedder.token_ids(text) for text in request["texts"]]
                self._check_lengths(texts)
                self._requests.append(_Request(request["id"], deque(texts)))
            case "tokenize":
                ids = self._embedder.token_ids(request["text"])
                self._emit(
                    {
                        "event": "rendered",
                        "id": request["id"],
                        "text": request["text"],
                        "token_ids": ids,
                    }
                )
            case "cancel":
                self._drop({request["id"]})
            case _:
                raise UsageError(
                    tr("This model is loaded to embed texts, not to chat."),
                    tr("Load a text-generation model to chat."),
                )

    def _check_lengths(self, texts: Sequence[Sequence[int]]) -> None:
        n_ctx = self._embedder.n_ctx
        for number, tokens in enumerate(texts, 1):
            if not tokens:
                raise UsageError(tr("Text {number} is empty.", number=number), tr("Leave it out."))
            if len(tokens) > n_ctx:
                raise PromptTooLong(
                    tr(
                        "Text {number} has {tokens} tokens; this model, as it is loaded, embeds "
                        "at most {n_ctx} at once.",
                        number=number,
                        tokens=len(tokens),
                        n_ctx=n_ctx,
                    ),
                    tr("Split it into shorter ones, or load with a larger --ctx.")
                    if self._embedder.could_be_longer
                    else tr("Split it into shorter ones."),
                )

    def _drop(self, ids: set[int]) -> None:
        self._requests = deque(each for each in self._requests if each.id not in ids)

    def _choose(self) -> list[tuple[int, list[int]]]:
        """The texts of the next step, each with its request; the first one may be a long one."""
        chosen: list[tuple[int, list[int]]] = []
        room = self._embedder.step_tokens
        for request in self._requests:
            while request.texts and len(chosen) < self._embedder.n_seq_max:
                if chosen and len(request.texts[0]) > room:
                    break
                tokens = request.texts.popleft()
                room -= len(tokens)
                chosen.append((request.id, tokens))
        self._requests.rotate(-1)
        return chosen

    def _step(self, chosen: Sequence[tuple[int, list[int]]]) -> None:
        try:
            vectors = self._embedder.embed([tokens for _, tokens in chosen])
        except YiLocalError as error:
            failed = {request_id for request_id, _ in chosen}
            self._drop(failed)
            for request_id in failed:
                self._emit(protocol.error_line(error, request_id))
            return
        for (request_id, tokens), vector in zip(chosen, vectors, strict=True):
            self._emit(protocol.embedding_line(request_id, vector, len(tokens)))
        self._requests = deque(each for each in self._requests if each.texts)
