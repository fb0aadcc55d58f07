"""One answer, from the loading of the model to the text that is kept."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.counting import Counter
from yi_local.assistant.talk.events import Begun, Kept, LeftOut, SessionEvent
from yi_local.assistant.talk.fitting import Seen, seen
from yi_local.assistant.talk.pen import Pen
from yi_local.assistant.talk.receipts import receipt
from yi_local.assistant.talk.stop_sign import StopSign
from yi_local.assistant.talk.window import Policy
from yi_local.errors import CannotLoad, YiLocalError
from yi_local.language import tr
from yi_local.store.conversations import Store
from yi_local.store.records import Node, Receipt
from yi_local.types import Done, FinishReason, SamplingOptions, TextDelta


@dataclass(frozen=True, slots=True)
class Demand:
    """What is to be answered: `nodes` is the path down to the question.

    `place` is the answer's node where it has one: one that goes on, or one side by side with
    others.
    """

    nodes: Sequence[Node]
    model: TalkModel
    sampling: SamplingOptions
    system: str | None
    policy: Policy
    place: Node | None = None


class Answer:
    """Iterate `events` once. However it ends, what came of the text is in the store."""

    def __init__(self, store: Store, demand: Demand, counter: Counter, stop: StopSign) -> None:
        self._store = store
        self._demand = demand
        self._model = demand.model
        self._counter = counter
        self._stop = stop
        self._pen: Pen | None = None
        self.is_running = False

    @property
    def n_tokens(self) -> int:
        """Of the part that is being written now, about."""
        return self._pen.n_pieces if self._pen is not None else 0

    @property
    def question_id(self) -> int:
        return self._demand.nodes[-1].id

    def events(self) -> Iterator[SessionEvent]:
        """The last one is Kept, or Done where nothing came."""
        self.is_running = True
        try:
            with self._model.in_use():
                yield from self._model.load(self._stop.is_up)
                if not self._model.loaded:
                    raise CannotLoad(tr("The model was unloaded as soon as it was loaded."))
                chosen = self._seen()
                if chosen.left_out:
                    yield LeftOut(chosen.left_out, chosen.left_out_tokens)
                node = self._demand.place or self._store.begin_answer(
                    self._demand.nodes[-1].conversation_id, self.question_id, self._model.name
                )
                self._pen = Pen(self._store, node)
                yield from self._written(self._pen, node, chosen)
        finally:
            self.is_running = False
            if self._pen is None:
                self.withdraw()

    def withdraw(self) -> None:
        """Gives back the place of an answer that will not begin; one that goes on stays."""
        place = self._demand.place
        if place is not None and not place.message.content:
            with suppress(YiLocalError):
                self._store.discard(place.id)

    # -- inside

    @property
    def _continues(self) -> str:
        return self._demand.place.message.content if self._demand.place is not None else ""

    def _seen(self) -> Seen:
        return seen(
            self._demand.nodes,
            self._demand.system,
            self._continues,
            n_ctx=self._model.n_ctx,
            max_tokens=self._demand.sampling.max_tokens,
            policy=self._demand.policy,
            engine=self._model.engine,
            counter=self._counter,
        )

    def _written(self, pen: Pen, node: Node, chosen: Seen) -> Iterator[SessionEvent]:
        """Begun, then the engine's events, each text after it is in the pen; then the end."""
        done: Done | None = None
        reason: FinishReason = "error"
        try:
            yield Begun(node)
            for event in self._generated(chosen):
                if isinstance(event, TextDelta):
                    pen.add(event.text)
                elif isinstance(event, Done):
                    done = event
                    break
                yield event
        except (GeneratorExit, KeyboardInterrupt):
            reason = "cancelled"
            raise
        finally:
            if done is None:
                with suppress(YiLocalError):  # what went wrong first is what is told
                    pen.keep(reason, self._receipt(chosen, None))
        if done is None:
            return
        trouble, kept = None, None
        try:
            kept = pen.keep(done.finish_reason, self._receipt(chosen, done))
        except YiLocalError as error:
            trouble = error
        self._model.learn(done.usage)
        yield done
        if trouble is not None:
            raise trouble
        if kept is not None:
            yield Kept(kept)

    def _generated(self, chosen: Seen) -> Iterator[SessionEvent]:
        generation = self._model.engine.chat(
            chosen.messages, self._demand.sampling, continues=self._continues
        )
        with self._stop.over(generation):
            yield from generation

    def _receipt(self, chosen: Seen, done: Done | None) -> Receipt:
        sampling = self._demand.sampling
        if done is not None and done.seed is not None:
            sampling = replace(sampling, seed=done.seed)
        return receipt(
            self._model.name,
            self._model.origin(),
            sampling,
            system=self._demand.system,
            usage=done.usage if done is not None else None,
            left_out=tuple(node.id for node in chosen.left_out),
            continued_chars=len(self._continues),
        )
