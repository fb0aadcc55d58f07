"""The engine's loop: take requests, decode one batch for all of them, emit, repeat."""

import time
import traceback
from collections.abc import Callable
from queue import Empty, Queue

from yi_local.engine import protocol
from yi_local.engine.worker.context import Decoded
from yi_local.engine.worker.generation import Generation
from yi_local.engine.worker.loading import LoadedModel
from yi_local.engine.worker.logprobs import logprob_line
from yi_local.engine.worker.sampling import Sampler
from yi_local.engine.worker.scheduler import Scheduler
from yi_local.engine.worker.step import Operation, Step
from yi_local.errors import PromptTooLong, UsageError, YiLocalError
from yi_local.language import tr
from yi_local.types import FinishReason, Json, SamplingOptions

STALL_S = 0.2  # how long others' prefill may hold up a running stream, at most one chunk
_FIRST_CHUNK = 128  # tokens of such a chunk before this machine's speed is known
_SMALLEST_CHUNK = 32


class Worker:
    """Serves requests on one loaded model. Owns the KV cache through its scheduler."""

    def __init__(self, loaded: LoadedModel, inbox: Queue[Json], emit: Callable[[Json], None]):
        self._loaded = loaded
        self._model, self._context = loaded.model, loaded.context
        self._inbox, self._emit = inbox, emit
        self._scheduler = Scheduler(
            self._context.n_ctx,
            loaded.n_seq_max,
            self._context.n_batch,
            self._model.can_cut,
            loaded.reuse_prefixes,
        )
        self._generations: dict[int, Generation] = {}
        self._cancelled: set[int] = set()
        self._prefill_tps: float | None = None

    def cancel(self, request_id: int) -> None:
        """Called from the reading thread, at any moment."""
        self._cancelled.add(request_id)
        if self._model.can_cut or len(self._generations) <= 1:
            self._context.abort.set()  # else the step ends first: others would lose their memory

    def run_once(self) -> None:
        """Takes what has arrived (waiting for it when there is nothing else to do), then a step."""
        serve_all(self._inbox, self._serve, self._emit, wait=not self._scheduler.busy)
        self._drop_cancelled()
        if self._scheduler.busy:
            self._step(self._scheduler.plan(self._prefill_limit()))

    # -- requests

    def _serve(self, request: Json) -> None:
        match request["op"]:
            case "chat":
                _refuse_late_grammar(request)
                self._begin(request, self._rendered(request)[1])
            case "complete":
                self._begin(request, self._loaded.prompts.plain(request["prompt"]))
            case "render":
                self._emit_prompt(request["id"], *self._rendered(request))
            case "tokenize":
                ids = self._model.tokenize(request["text"], parse_special=False)
                self._emit_prompt(request["id"], request["text"], ids)
            case "cancel" if request["id"] in self._generations:
                self._cancelled.add(request["id"])  # else it had come before what it cancels
            case "embed":
                raise UsageError(
                    tr("This model is loaded to chat, not to embed texts."),
                    tr("Load it, or better an embedding model, for embeddings."),
                )

    def _rendered(self, request: Json) -> tuple[str, list[int]]:
        return self._loaded.prompts.chat(
            request["messages"], request["tools"], request["continues"]
        )

    def _emit_prompt(self, request_id: int, text: str, token_ids: list[int]) -> None:
        self._emit({"event": "rendered", "id": request_id, "text": text, "token_ids": token_ids})

    def _begin(self, request: Json, prompt: list[int]) -> None:
        options = protocol.sampling_from(request["sampling"])
        request_id: int = request["id"]
        self._check_length(len(prompt))
        sampler = Sampler(self._context, options, prompt)
        self._generations[request_id] = Generation(request_id, sampler, options, len(prompt))
        self._scheduler.submit(request_id, prompt, repeatable=_repeatable(options))

    def _check_length(self, prompt_tokens: int) -> None:
        n_ctx = self._context.n_ctx
        if prompt_tokens == 0:
            raise YiLocalError(
                tr("The prompt is empty."), tr("Write something for the model to go on.")
            )
        if prompt_tokens >= n_ctx:
            raise PromptTooLong(
                tr(
                    "The prompt has {tokens} tokens; the context holds {n_ctx}, "
                    "one of them for the answer.",
                    tokens=prompt_tokens,
                    n_ctx=n_ctx,
                ),
                tr(
                    "Shorten it by {excess} tokens, or load with a larger --ctx.",
                    excess=prompt_tokens - n_ctx + 1,
                ),
            )

    def _drop_cancelled(self) -> None:
        self._context.abort.clear()
        while self._cancelled:
            request_id = self._cancelled.pop()
            generation = self._generations.get(request_id)
            if generation is not None:
                self._emit_text(request_id, generation.give_up())
                self._finish(request_id, "cancelled")

    # -- steps

    def _prefill_limit(self) -> int:
        if self._prefill_tps is None:
            return _FIRST_CHUNK
        return max(_SMALLEST_CHUNK, int(self._prefill_tps * STALL_S))

    def _step(self, step: Step) -> None:
        if not self._apply(step.operations):
            return
        begun = time.monotonic()
        status, rows = self._context.decode(step)
        if status is Decoded.OK:
            self._scheduler.commit(step)
            self._time(step, time.monotonic() - begun)
            self._tell_prefill(step)
            for request_id, row in rows.items():
                self._advance(request_id, row)
            return
        self._apply(self._scheduler.roll_back(step))
        if status is Decoded.FULL and not self._apply(self._scheduler.shrink()):
            for piece in step.pieces[-1:]:
                self._finish(piece.job_id, "length")

    def _apply(self, operations: tuple[Operation, ...]) -> bool:
        """Whether there was something to do or nothing was lost by it."""
        lost = self._context.apply(operations)
        for seq in lost:
            self._scheduler.lost(seq)
        return not lost

    def _time(self, step: Step, seconds: float) -> None:
        if step.n_tokens > _SMALLEST_CHUNK and seconds > 0:
            measured = step.n_tokens / seconds
            known = self._prefill_tps
            self._prefill_tps = measured if known is None else 0.7 * known + 0.3 * measured

    def _tell_prefill(self, step: Step) -> None:
        for piece in step.pieces:
            job = self._scheduler.job(piece.job_id)
            if piece.start < job.prompt_tokens and len(piece.tokens) > 1:
                done = min(piece.start + len(piece.tokens), job.prompt_tokens)
                self._emit(
                    {
                        "event": "prefill",
                        "id": job.id,
                        "done_tokens": done,
                        "total_tokens": job.prompt_tokens,
                    }
                )

    def _advance(self, request_id: int, row: int) -> None:
        generation = self._generations[request_id]
        token = generation.sampler.sample(row)
        self._scheduler.push(request_id, token)
        ends = self._loaded.ends(token)
        full = len(self._scheduler.job(request_id).tokens) >= self._context.n_ctx
        piece = b"" if ends else self._model.piece(token)
        top, logprob = generation.top_logprobs, None
        if top is not None and not ends:
            logprob = logprob_line(self._context, row, token, top)
        text, reason = generation.accept(piece, ends, full, logprob)
        self._emit_text(request_id, text)
        if reason is not None:
            self._finish(request_id, reason)

    def _emit_text(self, request_id: int, text: str) -> None:
        if text:
            logprobs = self._generations[request_id].logprobs(text)
            line: Json = {"event": "text", "id": request_id, "text": text}
            self._emit(line | {"logprobs": logprobs} if logprobs else line)

    def _finish(self, request_id: int, reason: FinishReason) -> None:
        generation = self._generations.pop(request_id)
        cached = self._scheduler.job(request_id).cached_tokens or 0
        self._scheduler.release(request_id)
        generation.sampler.close()
        usage = generation.usage(cached)
        self._emit(protocol.done_line(request_id, reason, usage, generation.sampler.seed))


def serve_all(
    inbox: Queue[Json], serve: Callable[[Json], None], emit: Callable[[Json], None], wait: bool
) -> None:
    """Everything that has arrived, or, to `wait`, the next that arrives.

    A request that cannot be served is answered by an error.
    """
    while True:
        try:
            request = inbox.get(block=wait)
        except Empty:
            return
        wait = False
        try:
            serve(request)
        except YiLocalError as error:
            emit(protocol.error_line(error, request["id"]))
        except Exception as error:  # one request's bug must not end the others' answers
            traceback.print_exc()
            bug = YiLocalError(
                tr("The engine could not do this: {error}.", error=repr(error)),
                tr("Its log says more."),
            )
            emit(protocol.error_line(bug, request["id"]))


def _repeatable(options: SamplingOptions) -> bool:
    """Who fixes the seed, or leaves nothing to chance, wants the same text again."""
    return options.seed is not None or options.temperature == 0


def _refuse_late_grammar(request: Json) -> None:
    """A grammar reads from an answer's first character: it cannot join in the middle."""
    sampling = request["sampling"]
    if request["continues"] and (sampling["grammar"] or sampling["json_schema"]):
        raise UsageError(
            tr("An answer that must follow a grammar cannot be continued."),
            tr("Ask for it again."),
        )
