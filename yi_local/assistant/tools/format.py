"""How one model is told of functions, and how it writes its calls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from yi_local.assistant.tools.choice import ToolChoice
from yi_local.assistant.tools.instructions import (
    in_question,
    in_system,
    told,
    with_calls_as_text,
)
from yi_local.assistant.tools.parser import StreamParser
from yi_local.assistant.tools.schema import schema_of_call
from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.types import Json, Message


@dataclass(frozen=True, slots=True)
class Turn:
    """What goes to the engine for one request, and how its answers are to be read."""

    messages: tuple[Message, ...]
    tools: tuple[Json, ...] | None  # for the template; None: it gets none
    json_schema: str | None  # that the whole answer must satisfy; None: none from here
    names: frozenset[str]  # of the functions that may be called
    most: int | None  # calls in one answer

    def parser(self) -> StreamParser:
        """A new one for each answer."""
        return StreamParser(self.names, self.most)


@dataclass(frozen=True, slots=True)
class ToolFormat:
    """Chosen by `choose.choose_format`."""

    name: Literal["hermes", "llama3", "prompted"]
    native_tools: bool  # the template describes the functions
    native_history: bool  # the template writes the calls there were, and their results
    arguments_key: str = "arguments"
    one_call_per_message: bool = False  # the template refuses several
    in_system: bool = True  # our own words go there; else into the user's first message

    def turn(
        self,
        messages: Sequence[Message],
        tools: Sequence[Json] = (),
        choice: ToolChoice | None = None,
        parallel: bool = True,
        content_schema: str | None = None,
    ) -> Turn:
        """`tools` as in OpenAI's API: {"type": "function", "function": {...}}.

        A forced call is one call; `content_schema` counts where the model may also answer. Raises
        UsageError for a choice of what is not offered, and for broken schemas.
        """
        choice = choice or ToolChoice()
        offered = () if choice.mode == "none" else tuple(tools)
        forced = choice.mode == "required"
        callable_ = tuple(
            tool for tool in offered if choice.name in (None, tool["function"]["name"])
        )
        if forced and not callable_:
            raise _not_offered(choice)
        schema = None
        if forced:
            schema = schema_of_call(callable_, self.arguments_key)
        elif offered and content_schema is not None:
            schema = schema_of_call(callable_, self.arguments_key, content_schema)
        return Turn(
            messages=self._messages(messages, offered, choice, parallel),
            tools=offered if offered and self.native_tools else None,
            json_schema=schema,
            names=frozenset(tool["function"]["name"] for tool in callable_),
            most=1 if forced or not parallel else None,
        )

    def _messages(
        self,
        messages: Sequence[Message],
        offered: Sequence[Json],
        choice: ToolChoice,
        parallel: bool,
    ) -> tuple[Message, ...]:
        if not self.native_history:
            messages = with_calls_as_text(messages, self.arguments_key)
        elif self.one_call_per_message:
            messages = _one_by_one(messages)
        if offered and not self.native_tools:
            about = told(offered, choice, parallel)
            messages = (in_system if self.in_system else in_question)(messages, about)
        return tuple(messages)


def _one_by_one(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Each call in a message of its own, with its result behind it."""
    results = {m.tool_call_id: m for m in messages if m.role == "tool" and m.tool_call_id}
    written: list[Message] = []
    placed: set[str] = set()
    for message in messages:
        if message.role == "tool" and message.tool_call_id in placed:
            continue
        if len(message.tool_calls) < 2:
            written.append(message)
            continue
        for number, call in enumerate(message.tool_calls):
            content = message.content if number == 0 else ""
            written.append(replace(message, content=content, tool_calls=(call,)))
            call_id = call.get("id")
            if call_id in results and call_id not in placed:
                written.append(results[call_id])
                placed.add(call_id)
    return tuple(written)


def _not_offered(choice: ToolChoice) -> UsageError:
    if choice.name is None:
        return UsageError(
            tr("A function is to be called, and none is offered."), tr("Offer some as tools.")
        )
    return UsageError(
        tr("There is no function {name} to call.", name=choice.name),
        tr("Choose one of the tools that are offered."),
    )
