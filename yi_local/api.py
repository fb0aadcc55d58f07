"""The public Python API: open a model, ask it, close it.

    import yi_local

    with yi_local.open("demo", system="Be brief.") as chat:
        print(chat.ask("Name the capital of France."))
        for piece in chat.stream("And its river?", temperature=0.3):
            print(piece, end="", flush=True)
        person = chat.ask("Invent a person.", schema={"type": "object", "required": ["name"]})

What goes wrong in a way that can be explained is a `yi_local.errors.YiLocalError`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Literal, Self, TypedDict, Unpack, overload

from yi_local.assistant.loading.open_model import Models
from yi_local.assistant.talk.advice import sampling_for
from yi_local.assistant.talk.one_answer import answered, one_answer
from yi_local.assistant.talk.prompt import messages_of
from yi_local.assistant.talk.session import Session, SessionEvent
from yi_local.errors import SchemaViolation
from yi_local.language import tr
from yi_local.planner.plan import Wish
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment
from yi_local.types import Done, FinishReason, Message, ModelInfo, TextDelta, Usage

__all__ = ["Chat", "Sampling", "open"]


class Sampling(TypedDict, total=False):
    """Fields of SamplingOptions; what is left out is as the model's makers advise."""

    max_tokens: int
    temperature: float
    top_k: int
    top_p: float
    min_p: float
    typical_p: float
    repeat_penalty: float
    repeat_last_n: int
    frequency_penalty: float
    presence_penalty: float
    dry_multiplier: float
    dry_base: float
    dry_allowed_length: int
    dry_penalty_last_n: int
    dry_sequence_breakers: Sequence[str]
    xtc_probability: float
    xtc_threshold: float
    mirostat: Literal[0, 1, 2]
    mirostat_tau: float
    mirostat_eta: float
    logit_bias: Mapping[int, float]
    seed: int
    stop: Sequence[str]
    grammar: str


class Chat:
    """A conversation with a model that is loaded.

    One answer at a time; `cancel` may come from another thread. Close it, or use `with`.
    """

    def __init__(
        self, session: Session, store: Store, close: Callable[[], None] | None = None
    ) -> None:
        """`open` is the way to one that is nowhere saved; this one is where `store` is.

        `close`: ends what was opened for it.
        """
        self._session = session
        self._store = store
        self._close = close
        self._done: Done | None = None

    @overload
    def ask(self, text: str, *, schema: None = None, **sampling: Unpack[Sampling]) -> str: ...
    @overload
    def ask(self, text: str, *, schema: Mapping[str, Any], **sampling: Unpack[Sampling]) -> Any: ...
    def ask(
        self, text: str, *, schema: Mapping[str, Any] | None = None, **sampling: Unpack[Sampling]
    ) -> Any:
        """The answer; with a JSON schema, the value that it describes.

        Raises SchemaViolation where the answer is none, as after too few tokens, PromptTooLong,
        with numbers, and EngineDied, after which the next question loads the model again.
        """
        if schema is None:
            return "".join(self.stream(text, **sampling))
        from yi_local.assistant.talk import schema as schemas  # jsonschema takes a while to import

        wanted = json.dumps(schema)
        schemas.check(wanted)
        answer = "".join(self._answer(text, {**sampling, "json_schema": wanted}))
        reason = schemas.violation(answer, wanted)
        if reason is not None:
            raise SchemaViolation(
                tr("The answer does not satisfy the schema: {reason}.", reason=reason),
                tr("Try again, with more tokens or a simpler schema."),
            )
        return json.loads(answer)

    def stream(self, text: str, **sampling: Unpack[Sampling]) -> Iterator[str]:
        """The answer piece by piece. Left early, it is kept as far as it came."""
        return self._answer(text, dict(sampling))

    def events(
        self,
        text: str,
        attachments: Sequence[Attachment] = (),
        sampling: Mapping[str, Any] | None = None,
    ) -> Iterator[SessionEvent]:
        """`stream` with all that happens: loading, the prompt being read, what was left out."""
        self._done = None
        yield from self._session.load()  # nothing to do, but after the engine has died
        asking = one_answer(self._store, self._session, text, attachments, _plain(sampling or {}))
        for event in asking:
            if isinstance(event, Done):
                self._done = event
            yield event

    def cancel(self) -> None:
        """Ends the answer that runs; what came of it stays in `messages`."""
        self._session.cancel()

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation, a system prompt first where there is one.

        A question that got no answer is not in it.
        """
        return messages_of(self._session.system, answered(self._session.path()))

    @property
    def usage(self) -> Usage | None:
        """Of the last answer: tokens and speeds. None where it has not come to an end."""
        return self._done.usage if self._done is not None else None

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the last answer ended: "stop", "length" or "cancelled"."""
        return self._done.finish_reason if self._done is not None else None

    @property
    def model(self) -> ModelInfo | None:
        """What the engine says of the model; None after it has died."""
        return self._session.model.info

    def close(self) -> None:
        if self._close is not None:
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- inside

    def _answer(self, text: str, sampling: Mapping[str, Any]) -> Iterator[str]:
        for event in self.events(text, (), sampling):
            if isinstance(event, TextDelta):
                yield event.text


def open(
    model: str,
    *,
    system: str | None = None,
    n_ctx: int | None = None,
    n_gpu_layers: int | None = None,
    n_threads: int | None = None,
    fit: bool = False,
    **sampling: Unpack[Sampling],
) -> Chat:
    """Loads a model that is on this machine: "demo", a name as `yi list` shows it, or a path.

    What is None is planned for this machine. `sampling` holds for every answer that does not say
    otherwise. `fit`: where the context is full, the oldest turns are left out; without it
    PromptTooLong is raised, and nothing is ever cut silently. Raises ModelNotFound, CannotLoad, or
    NotEnoughMemory with numbers.
    """
    wish = Wish(n_ctx=n_ctx, n_gpu_layers=n_gpu_layers, n_threads=n_threads)
    return open_with(Models(), model, system=system, wish=wish, fit=fit, sampling=sampling)


def open_with(
    models: Models,
    model: str,
    *,
    system: str | None = None,
    wish: Wish | None = None,
    fit: bool = False,
    sampling: Mapping[str, Any] | None = None,
) -> Chat:
    """`open` among models that may be open already, which end with this chat."""
    with ExitStack() as opening:
        opening.callback(models.close)
        store = opening.enter_context(Store.in_memory())
        opened = models.open(model, wish)
        chosen = _plain(sampling or {})
        sampling_for(opened.known, chosen)  # refuses what cannot be used
        conversation = store.create(system=system, model=model, sampling=chosen)
        session = Session(store, conversation, opened, "drop-oldest" if fit else "stop")
        for _ in session.load():
            pass
        return Chat(session, store, opening.pop_all().close)


def _plain(sampling: Mapping[str, Any]) -> dict[str, Any]:
    """As SamplingOptions has it: a text alone is no list of stop strings."""
    plain = dict(sampling)
    for name in ("stop", "dry_sequence_breakers"):
        if name in plain:
            given = plain[name]
            plain[name] = (given,) if isinstance(given, str) else tuple(given)
    return plain
