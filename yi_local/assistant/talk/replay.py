"""An answer made again with all that its receipt says, and how it differs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from yi_local.assistant.loading.loader import NextPlan
from yi_local.assistant.loading.open_model import Models, OpenModel
from yi_local.assistant.loading.origin import FileFacts, file_facts
from yi_local.assistant.models.library import open_library
from yi_local.assistant.talk.prompt import messages_of
from yi_local.assistant.talk.stop_sign import StopSign
from yi_local.assistant.talk.word_diff import unified, word_diff
from yi_local.engine.client import Generation
from yi_local.errors import CannotLoad, ModelNotFound, UsageError
from yi_local.language import mark, tr
from yi_local.planner.plan import Wish
from yi_local.store.conversations import Store
from yi_local.store.records import Node, Receipt
from yi_local.types import Event, LoadProgress, Message, ModelInfo, TextDelta

_UNKNOWN = mark("unknown")
_OWN_ENDS = ("stop", "length")  # any other comes from outside: a person, an accident


@dataclass(frozen=True, slots=True)
class Unlike:
    """What is not as it was, told before anything is generated; empty where all is the same."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """The last event: `lines` of a word diff, [-before-] and {+now+}; none where it is the same."""

    same: bool
    lines: tuple[str, ...]


ReplayEvent = LoadProgress | NextPlan | Unlike | Event | Difference


class Replay:
    """One answer of the store, which is not changed. Iterate `events` once.

    `name`: by this model instead of its own, loaded as suits it.
    Raises UsageError, when it is made, for what is no answer with a receipt.
    """

    def __init__(
        self, store: Store, answer_id: int, models: Models, name: str | None = None
    ) -> None:
        self._answer = store.node(answer_id)
        if self._answer.message.role != "assistant":
            raise UsageError(tr("Message {number} is not an answer.", number=answer_id))
        if self._answer.receipt is None:
            raise UsageError(
                tr("Answer {number} has no receipt, so that it cannot be replayed.",
                   number=answer_id)
            )  # fmt: skip
        self._receipt: Receipt = self._answer.receipt
        if self._receipt.server is not None and name is None:
            raise UsageError(
                tr("This answer came from another server, {server}: it cannot be replayed, for "
                   "nobody knows with what it was made there.", server=self._receipt.server),
                tr("A model that is here can be asked the same: yi replay m{number} --model NAME",
                   number=answer_id),
            )  # fmt: skip
        self._path = store.path_to(answer_id)[:-1]
        self._models = models
        self._name = name
        self._stop = StopSign()

    def cancel(self) -> None:
        """From any thread; the difference is that of what came."""
        self._stop.raise_it()

    @property
    def is_cancelled(self) -> bool:
        return self._stop.is_up()

    def events(self) -> Iterator[ReplayEvent]:
        if self._name is not None:
            model = self._models.open_here(self._name)
        else:
            model = _opened(self._receipt, self._models)
        is_warm = model.loaded
        with model.in_use():
            yield from model.load(self._stop.is_up)
            info = model.engine.model
            if info is None:
                raise CannotLoad(tr("The model was unloaded as soon as it was loaded."))
            yield Unlike(
                (*_unlike(self._receipt, model, info), *_unlike_memory(self._receipt, is_warm))
            )
            before = self._answer.message.content
            begun = before[: self._receipt.continued_chars]
            generation = model.engine.chat(
                _messages(self._receipt, self._path), self._receipt.sampling, continues=begun
            )
            parts = [begun]
            with self._stop.over(generation):
                for event in self._as_far(generation, len(before) - len(begun)):
                    if isinstance(event, TextDelta):
                        parts.append(event.text)
                    yield event
        pieces = word_diff(before, "".join(parts))
        same = all(kind == "same" for kind, _ in pieces)
        yield Difference(same, () if same else unified(pieces))

    def _as_far(self, generation: Generation, n_chars: int) -> Iterator[Event]:
        """What did not come to its end then is made again as far as it came."""
        if self._name is not None or self._answer.finish_reason in _OWN_ENDS:
            yield from generation
            return
        for event in generation:
            if isinstance(event, TextDelta):
                event = replace(event, text=event.text[:n_chars])
                n_chars -= len(event.text)
                if not n_chars:
                    generation.cancel()
                if not event.text:
                    continue
            yield event


def replay(store: Store, answer_id: int, models: Models) -> Iterator[ReplayEvent]:
    return Replay(store, answer_id, models).events()


def _messages(receipt: Receipt, path: tuple[Node, ...]) -> tuple[Message, ...]:
    """As the model has seen them: without what was left out then."""
    return messages_of(receipt.system, [node for node in path if node.id not in receipt.left_out])


def _opened(receipt: Receipt, models: Models) -> OpenModel:
    """By the name it was called, or the same file under another one; loaded as it was, if it fits.

    One that is loaded so already comes first: it may still have the conversation in its memory.
    Raises ModelNotFound where there is none.
    """
    for model in reversed(models.opened()):
        info = model.engine.model
        if (
            info is not None
            and model.name == receipt.model
            and not [*_unlike(receipt, model, info)]
        ):
            return model
    asked = Wish(
        n_ctx=receipt.load.get("n_ctx"),
        n_gpu_layers=receipt.load.get("n_gpu_layers"),
        kv_type=receipt.load.get("type_k"),
    )
    for wish in (asked, replace(asked, n_gpu_layers=None), Wish()):
        try:
            return _named(receipt, models, wish)
        except CannotLoad:
            continue
    return _named(receipt, models, Wish())


def _named(receipt: Receipt, models: Models, wish: Wish) -> OpenModel:
    try:
        return models.open_here(receipt.model, wish)
    except (ModelNotFound, UsageError) as error:
        for entry in open_library().entries:
            is_same = receipt.sha256 is not None and receipt.sha256 in entry.sha256s
            if is_same or entry.path.name == receipt.filename:
                return models.open_file(entry.path, receipt.model, wish)
        raise ModelNotFound(
            tr("The model of this answer, {name}, is not here.", name=receipt.model),
            tr("It was in {filename}.", filename=receipt.filename or tr(_UNKNOWN)),
        ) from error


def _unlike(receipt: Receipt, model: OpenModel, info: ModelInfo) -> Iterator[str]:
    file = file_facts(model.path)
    if not _is_same_file(receipt, file):
        yield tr("The model's file is another one, or was changed since.")
    if receipt.llama_cpp != info.llama_cpp:
        yield _changed(mark("llama-cpp-python was {before}, now {now}."),
                       receipt.llama_cpp, info.llama_cpp)  # fmt: skip
    if receipt.template_sha256 != info.template_sha256:
        yield tr("The chat template is another one.")
    now: dict[str, Any] = {
        "n_ctx": info.n_ctx,
        "n_gpu_layers": info.n_gpu_layers,
        "n_threads": info.n_threads,
        "type_k": model.plan.options.type_k,
        "type_v": model.plan.options.type_v,
        "flash_attention": model.plan.options.flash_attention,
        "n_ubatch": model.plan.options.n_ubatch,
    }
    for name, value in now.items():
        if name in receipt.load and receipt.load[name] != value:
            sentence = mark("{name} was {before}, now {now}.")
            yield _changed(sentence, receipt.load[name], value, name=name)


def _unlike_memory(receipt: Receipt, is_warm: bool) -> Iterator[str]:
    """The same tokens computed in other batches give slightly other numbers."""
    cached_tokens = receipt.usage.cached_tokens if receipt.usage is not None else 0
    if cached_tokens and not is_warm:
        yield tr(
            "{tokens} tokens of the prompt were in the engine's memory then and are computed anew "
            "now, by which the text may change.",
            tokens=f"{cached_tokens:,}",
        )


def _is_same_file(receipt: Receipt, file: FileFacts) -> bool:
    """By its sha256 where both are known, else by size and time."""
    if receipt.sha256 is not None and file.sha256 is not None:
        return receipt.sha256 == file.sha256
    return (receipt.size_bytes, receipt.mtime_ns) == (file.size_bytes, file.mtime_ns)


def _changed(sentence: str, before: object, now: object, **values: str) -> str:
    shown = {"before": before, "now": now}
    words = {key: tr(_UNKNOWN) if value is None else value for key, value in shown.items()}
    return tr(sentence, **words, **values)
