"""A format is seen from the template, and every template gets messages it can render."""

from dataclasses import asdict
from pathlib import Path

import pytest

from tests.assistant.tools.offered import CLOCK, HERMES, LLAMA3, WEATHER, call
from yi_local.assistant.tools.choice import ToolChoice
from yi_local.assistant.tools.choose import choose_format
from yi_local.engine.protocol import message_line
from yi_local.engine.worker import known_templates
from yi_local.engine.worker.template import ChatTemplate
from yi_local.errors import UsageError
from yi_local.types import Message

TEMPLATES = Path(__file__).parents[2] / "data" / "templates"
ASKED = Message("user", "How is it in Paris, and what time?")
HISTORY = (
    Message("system", "Be short."),
    ASKED,
    Message("assistant", "", (call("weather", "a", place="Paris"), call("clock", "b"))),
    Message("tool", "sunny", (), "a", "weather"),
    Message("tool", "12:00", (), "b", "clock"),
)


def rendered(template: str, messages: tuple[Message, ...], *, tools: object = None) -> str:
    lines = [message_line(message) for message in messages]
    return str(ChatTemplate(template).render(lines, tools=tools))  # type: ignore[arg-type]


def template_of(name: str) -> str:
    return (TEMPLATES / f"{name}.jinja").read_text("utf-8")


def test_the_format_is_seen_from_the_template() -> None:
    assert choose_format(HERMES).name == "hermes"
    assert choose_format(LLAMA3).name == "llama3"
    assert choose_format(None).name == "prompted"
    assert choose_format(template_of("chatml")).name == "prompted"
    assert choose_format(template_of("llama3")).name == "prompted"  # of 3.0, without functions
    assert choose_format(HERMES.replace('"name"', "<function=")).name == "prompted"


def test_hermes_gets_calls_and_results_as_the_template_writes_them() -> None:
    turn = choose_format(HERMES).turn(HISTORY, [WEATHER, CLOCK])
    text = rendered(HERMES, turn.messages, tools=turn.tools)
    assert '<tool_call>\n{"name": "weather", "arguments": {"place": "Paris"}}\n</tool_call>' in text
    assert "<tool_response>sunny</tool_response>" in text
    assert '"description": "Weather at a place."' in text


def test_llama_3_gets_one_call_at_a_time() -> None:
    turn = choose_format(LLAMA3).turn(HISTORY, [WEATHER, CLOCK])
    text = rendered(LLAMA3, turn.messages, tools=turn.tools)
    first = text.index('"parameters": {"place": "Paris"}}<|eot_id|>')
    second = text.index('"clock", "parameters": {}}<|eot_id|>')
    assert first < text.index("sunny") < second < text.index("12:00")


@pytest.mark.parametrize("name", ["chatml", "llama3", "zephyr", "qwen3", "gemma", "mistral"])
def test_a_template_that_knows_no_calls_is_told_in_messages_that_take_turns(name: str) -> None:
    template = template_of(name)
    turn = choose_format(template).turn((*HISTORY, Message("user", "Thanks!")), [WEATHER])
    text = rendered(template, turn.messages, tools=turn.tools)
    for said in ("Be short.", "Weather at a place.", "sunny", "12:00", "Thanks!", '"clock"'):
        assert said in text
    roles = [message.role for message in turn.messages]
    assert roles == ["system", "user", "assistant", "user"]


def test_the_known_templates_of_yi_pass_on_what_they_are_told() -> None:
    for name, template in vars(known_templates).items():
        if name.isupper() and not name.startswith("_") and isinstance(template, str):
            turn = choose_format(template).turn((ASKED,), [WEATHER])
            assert "Weather at a place." in rendered(template, turn.messages, tools=turn.tools)


def test_who_must_not_call_is_told_of_nothing() -> None:
    for template in (HERMES, LLAMA3, None):
        turn = choose_format(template).turn((ASKED,), [WEATHER], ToolChoice("none"))
        assert (turn.messages, turn.tools, turn.names) == ((ASKED,), None, frozenset())
        assert turn.json_schema is None


def test_messages_without_functions_stay_as_they_are() -> None:
    turn = choose_format(None).turn((ASKED, Message("assistant", "Fine."), ASKED))
    assert turn.messages == (ASKED, Message("assistant", "Fine."), ASKED)


def test_a_choice_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="clock"):
        choose_format(None).turn((ASKED,), [WEATHER], ToolChoice("required", "clock"))
    with pytest.raises(UsageError):
        choose_format(None).turn((ASKED,), [], ToolChoice("required"))


def test_one_call_at_a_time_when_parallel_ones_are_not_wanted() -> None:
    parser = choose_format(HERMES).turn((ASKED,), [WEATHER], parallel=False).parser()
    made = '<tool_call>{"name": "weather", "arguments": {}}</tool_call>'
    assert len(parser.feed(made * 2)) == 1
    assert parser.satisfied


def test_a_message_without_calls_travels_as_before() -> None:
    assert message_line(ASKED) == {"role": "user", "content": ASKED.content}
    assert message_line(HISTORY[2])["tool_calls"][0]["function"]["name"] == "weather"
    assert message_line(HISTORY[3]) == {
        "role": "tool",
        "content": "sunny",
        "tool_call_id": "a",
        "name": "weather",
    }
    assert asdict(ASKED)["tool_calls"] == ()
