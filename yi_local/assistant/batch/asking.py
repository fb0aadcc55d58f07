"""One line, asked: the thread's part of a batch."""

from collections.abc import Callable
from dataclasses import dataclass

from yi_local.assistant.batch.line import Line
from yi_local.assistant.talk.stop_sign import StopSign
from yi_local.engine.client import Engine
from yi_local.errors import EngineDied, YiLocalError
from yi_local.language import tr
from yi_local.types import Done, TextDelta


@dataclass(frozen=True, slots=True)
class Answered:
    text: str
    done: Done


def ask(engine: Engine, line: Line, stop: StopSign, on_token: Callable[[], None]) -> Answered:
    """`on_token` for each piece of text, in this thread. Raises what the engine raises."""
    generation = engine.chat(line.messages, line.sampling)
    parts: list[str] = []
    with stop.over(generation):
        for event in generation:
            match event:
                case TextDelta(text):
                    parts.append(text)
                    on_token()
                case Done("error"):
                    raise YiLocalError(tr("The engine could not finish the answer."))
                case Done():
                    return Answered("".join(parts), event)
    raise EngineDied(tr("The engine gave no answer."))
