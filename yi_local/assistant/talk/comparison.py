"""One question, several answers side by side."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from queue import Queue
from typing import Any

from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.answering import Answer
from yi_local.assistant.talk.events import Failed, SessionEvent
from yi_local.assistant.talk.stop_sign import StopSign
from yi_local.errors import YiLocalError


@dataclass(frozen=True, slots=True)
class Variant:
    """`sampling` overrules the conversation's."""

    model: TalkModel
    sampling: Mapping[str, Any] = field(default_factory=dict)


Numbered = tuple[int, SessionEvent]


def side_by_side(answers: Sequence[tuple[TalkModel, Answer]], stop: StopSign) -> Iterator[Numbered]:
    """Every event with its answer's number; one that fails is Failed, the others go on.

    Models are loaded one after the other, so that each sees the memory the last one left. Leaving
    early stops all of them, and waits for what came to be kept.
    """
    with ExitStack() as kept_loaded:
        for model, _ in answers:
            kept_loaded.enter_context(model.in_use())
        failed: dict[int, YiLocalError] = {}
        try:
            for number, (model, _) in enumerate(answers):
                error = failed.get(id(model))
                if error is None:
                    try:
                        for progress in model.load(stop.is_up):
                            yield number, progress
                        continue
                    except YiLocalError as reason:
                        error = failed[id(model)] = reason
                yield number, Failed(error)
        finally:
            for model, answer in answers:
                if id(model) in failed:
                    answer.withdraw()
        loaded = {
            number: answer
            for number, (model, answer) in enumerate(answers)
            if id(model) not in failed
        }
        if loaded:
            yield from _run(loaded, stop)


def _run(answers: Mapping[int, Answer], stop: StopSign) -> Iterator[Numbered]:
    told: Queue[tuple[int, SessionEvent | None]] = Queue()

    def run(number: int, answer: Answer) -> None:
        try:
            for event in answer.events():
                told.put((number, event))
        except YiLocalError as error:
            told.put((number, Failed(error)))
        finally:
            told.put((number, None))

    with ThreadPoolExecutor(len(answers), "answer") as threads:
        running = {number: threads.submit(run, number, each) for number, each in answers.items()}
        left = len(answers)
        try:
            while left:
                number, event = told.get()
                if event is None:
                    left -= 1
                    running[number].result()  # a bug is raised here
                else:
                    yield number, event
        finally:
            stop.raise_it()
