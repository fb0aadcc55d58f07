"""The engine of another program of this person, asked for answers over its private routes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from yi_local.assistant.warm.calling import Call, NotThere, Refused
from yi_local.assistant.warm.programs import Program
from yi_local.engine import protocol
from yi_local.errors import Cancelled, EngineDied, YiLocalError
from yi_local.language import tr
from yi_local.types import Done, Event, Json, Message, ModelInfo, SamplingOptions


class NotBegun(Exception):
    """Nothing came, and nothing was lost: the model may be loaded here instead."""


class WarmEngine:
    """`model` is how the private routes name it: {"path"} or {"name"}."""

    ready = True

    def __init__(self, program: Program, model: Json) -> None:
        self.program = program
        self._model = model

    def ask(self, question: Json, chosen: Mapping[str, Any]) -> "WarmGeneration":
        """`question`: a line of the engine's protocol, without id and sampling.

        `chosen`: fields of SamplingOptions; the makers' advice holds for the rest. Waits until the
        answer begins. Raises NotBegun.
        """
        body = {**question, "model": self._model, "sampling": _sendable(chosen)}
        try:
            return WarmGeneration(Call(self.program), body)
        except (NotThere, Refused, ValueError) as error:
            raise NotBegun from error

    def chat(
        self,
        messages: Sequence[Message],
        sampling: SamplingOptions | None = None,
        tools: Sequence[Json] | None = None,
        continues: str = "",
    ) -> "WarmGeneration":
        """Raises EngineDied where it does not answer any more."""
        try:
            return self.ask(
                chat_line(messages, tools, continues), asdict(sampling or SamplingOptions())
            )
        except NotBegun:
            raise _gone(self.program) from None

    def prompt_tokens(self, messages: Sequence[Message], continues: str = "") -> int | None:
        return self._count(chat_line(messages, None, continues))

    def text_tokens(self, text: str) -> int | None:
        return self._count({"op": "tokenize", "text": text})

    def _count(self, question: Json) -> int | None:
        try:
            with Call(self.program) as call:
                tokens = call.post("count", {**question, "model": self._model}).get("tokens")
        except (NotThere, Refused):
            return None
        return tokens if isinstance(tokens, int) else None


class WarmGeneration(Iterator[Event]):
    """The events of one answer, the last of them Done. Closing it early cancels it."""

    def __init__(self, call: Call, body: Json) -> None:
        """`call` is ours from now on. Raises NotThere, Refused, ValueError."""
        self._call = call
        self._lines = call.stream("generate", body)
        self._finished = False
        self._cancelled = False
        try:
            first = next(self._lines, {})
            if first.get("event") != "loaded":
                raise NotThere
            self._id = int(first["id"])
            self.model: ModelInfo = protocol.model_info_from(first["model"])
            self.sampling: SamplingOptions = protocol.sampling_from(first["sampling"])
        except (KeyError, TypeError) as error:
            call.close()
            raise NotThere from error
        except (NotThere, Refused, ValueError, KeyboardInterrupt):
            call.close()
            raise

    def __next__(self) -> Event:
        if self._finished:
            raise StopIteration
        try:
            line = next(self._lines, {"event": "end"})
            if line.get("event") == "error":
                self._end()
                raise self._heard(protocol.error_from(line))
            event = protocol.event_from(line)
        except (NotThere, ValueError, KeyError, TypeError):
            self._end()
            raise self._heard(_gone(self._call.program)) from None
        if isinstance(event, Done):
            self._end()
        return event

    def cancel(self) -> None:
        """Stops the answer soon, from any thread; what came is kept, the last event is Done."""
        if self._finished or self._cancelled:
            return
        self._cancelled = True
        try:
            with Call(self._call.program) as call:
                call.post("cancel", {"id": self._id})
        except (NotThere, Refused):
            self._call.break_off()

    def close(self) -> None:
        """Cancels what is unfinished, without waiting for it."""
        self._end()

    def _end(self) -> None:
        self._finished = True
        self._call.close()

    def _heard(self, error: YiLocalError) -> YiLocalError:
        return Cancelled(tr("The answer was stopped.")) if self._cancelled else error


def chat_line(
    messages: Sequence[Message], tools: Sequence[Json] | None = None, continues: str = ""
) -> Json:
    lines = [protocol.message_line(message) for message in messages]
    return {"op": "chat", "messages": lines, "tools": tools, "continues": continues}


def _sendable(chosen: Mapping[str, Any]) -> Json:
    """JSON objects have text keys, so `logit_bias` travels as pairs."""
    sent = dict(chosen)
    if "logit_bias" in sent:
        sent["logit_bias"] = [[token, bias] for token, bias in sent["logit_bias"].items()]
    return sent


def _gone(program: Program) -> EngineDied:
    return EngineDied(
        tr("The program that holds the model, process {pid}, does not answer.", pid=program.pid),
        tr("Try again: where it has ended, the model is loaded anew."),
    )
