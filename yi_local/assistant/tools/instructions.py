"""Functions and their calls written into messages, for templates that cannot write them.

The form is that of Hermes: many models have seen it in training, and the others can follow it. What
is said here is for the model, and therefore English.
"""

import json
from collections.abc import Sequence

from yi_local.assistant.tools.calls import function_of, json_text
from yi_local.assistant.tools.choice import ToolChoice
from yi_local.types import Json, Message

_ABOUT = """\
# Functions

You can call functions to help the user. Here they are, one JSON object a line:
<tools>
{tools}
</tools>

To call one, write its name and its arguments as a JSON object between these tags:
<tool_call>
{{"name": "function-name", "arguments": {{"argument-name": "value"}}}}
</tool_call>
{parallel} The result comes back between <tool_response> tags; then go on with your answer. \
Where no function is of use, just answer."""
_SEVERAL = "For several calls, write several such blocks."
_ONE = "Make one call at a time."
_MUST = "Now call one of the functions."
_MUST_CALL = "Now call the function {name}."


def told(tools: Sequence[Json], choice: ToolChoice, parallel: bool) -> str:
    lines = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools)
    about = _ABOUT.format(tools=lines, parallel=_SEVERAL if parallel else _ONE)
    if choice.mode == "required":
        about += "\n\n" + (_MUST_CALL.format(name=choice.name) if choice.name else _MUST)
    return about


def in_system(messages: Sequence[Message], about: str) -> tuple[Message, ...]:
    """Told at the end of the system message."""
    if messages and messages[0].role == "system":
        return (_joined(messages[0], about), *messages[1:])
    return (Message("system", about), *messages)


def in_question(messages: Sequence[Message], about: str) -> tuple[Message, ...]:
    """Told in front of the first question, which no template leaves away."""
    for number, message in enumerate(messages):
        if message.role == "user":
            question = Message("user", f"{about}\n\n{message.content}")
            return (*messages[:number], question, *messages[number + 1 :])
    return (*messages, Message("user", about))


def _joined(message: Message, more: str) -> Message:
    text = f"{message.content}\n\n{more}" if message.content else more
    return Message(message.role, text)


def with_calls_as_text(messages: Sequence[Message], key: str) -> tuple[Message, ...]:
    """The calls end the assistant's message; the results are the user's, who goes on after them."""
    written: list[Message] = []
    behind_result = False
    for message in messages:
        is_result = message.role in ("tool", "function")
        role, content = message.role, message.content
        if is_result:
            role, content = "user", f"<tool_response>\n{content}\n</tool_response>"
        elif message.tool_calls:
            content = "\n".join([*([content] if content else []), *_calls(message, key)])
        if behind_result and role == "user":
            written[-1] = Message("user", f"{written[-1].content}\n{content}")
        else:
            written.append(Message(role, content))
        behind_result = is_result or (behind_result and role == "user")
    return tuple(written)


def _calls(message: Message, key: str) -> list[str]:
    calls = []
    for call in message.tool_calls:
        name, arguments = function_of(call)
        calls.append(f"<tool_call>\n{json_text({'name': name, key: arguments})}\n</tool_call>")
    return calls
