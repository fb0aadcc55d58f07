"""Plans as fast as somebody moves a slider: the newest question first, the likely next ones ahead.

`ask` from any thread; one other thread iterates `answers`, in which the engine is asked. It ends
by itself when nothing has been asked for a while, so that no child process lingers.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from yi_local.assistant.planning.advisor import Advisor, Subject, read_subject
from yi_local.errors import YiLocalError
from yi_local.hardware.snapshot import Hardware
from yi_local.planner.contexts import context_ladder
from yi_local.planner.plan import ModelFile, Plan, Wish

KV_TYPES = ("f16", "q8_0", "q4_0")
_IDLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Question:
    path: Path
    wish: Wish


@dataclass(frozen=True, slots=True)
class Steps:
    """What can be chosen for a model."""

    path: Path
    contexts: tuple[int, ...]
    layers: tuple[int, ...]  # on the GPU; empty where there is none


@dataclass(frozen=True, slots=True)
class Answer:
    question: Question
    plan: Plan | None
    error: YiLocalError | None = None
    hardware: Hardware | None = None  # for which it was planned


class PlanDesk:
    """`freed` says which memory counts as free, where the program itself can give some back."""

    def __init__(
        self,
        open_advisor: Callable[[], AbstractContextManager[Advisor]],
        freed: Callable[[Hardware], Hardware],
        idle_s: float = _IDLE_S,
    ) -> None:
        self._open_advisor = open_advisor
        self._freed = freed
        self._idle_s = idle_s
        self._changed = threading.Condition()
        self._waiting: Question | None = None
        self._closed = False

    def ask(self, question: Question) -> bool:
        """Instead of what still waits. False: it is closed, another desk must be asked."""
        with self._changed:
            if not self._closed:
                self._waiting = question
                self._changed.notify_all()
            return not self._closed

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def answers(self) -> Iterator[Steps | Answer]:
        """Raises what opening the advisor raises."""
        with self._open_advisor() as opened:
            hardware = self._freed(opened.machine.hardware)
            advisor = opened.freed(hardware)
            subject: Subject | None = None
            ahead: list[Question] = []
            while (question := self._next(ahead)) is not None:
                if subject is None or subject.file.path != str(question.path):
                    try:
                        subject = read_subject(question.path)
                    except YiLocalError as error:
                        yield Answer(question, None, error)
                        continue
                    yield _steps(subject.file, question, advisor)
                    ahead = _likely(subject.file, question)
                yield _answer(advisor, subject, question)

    # -- inside

    def _next(self, ahead: list[Question]) -> Question | None:
        """None: closed, or nobody asks any more."""
        with self._changed:
            if self._waiting is None and not self._closed and not ahead:
                self._changed.wait(self._idle_s)
            asked, self._waiting = self._waiting, None
            found = asked or (ahead.pop(0) if ahead else None)
            if found is None:
                self._closed = True  # so that nobody asks in vain
            return None if self._closed else found


def _answer(advisor: Advisor, subject: Subject, question: Question) -> Answer:
    hardware = advisor.machine.hardware
    try:
        return Answer(question, advisor.plan_for(subject, question.wish), None, hardware)
    except YiLocalError as error:
        return Answer(question, None, error, hardware)


def _steps(file: ModelFile, question: Question, advisor: Advisor) -> Steps:
    contexts = context_ladder(file, replace(question.wish, n_ctx=None))
    layers = tuple(range(file.n_layer + 2)) if advisor.machine.hardware.accelerators else ()
    return Steps(question.path, contexts, layers)


def _likely(file: ModelFile, question: Question) -> list[Question]:
    """Every place of the sliders for context and KV type, the GPU's layers left to the planner."""
    free = replace(question.wish, n_ctx=None, kv_type=None)
    return [
        Question(question.path, replace(free, n_ctx=n_ctx, kv_type=kv_type))
        for kv_type in KV_TYPES
        for n_ctx in context_ladder(file, free)
    ]
