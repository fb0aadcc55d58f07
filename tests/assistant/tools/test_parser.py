"""Calls are found in an answer however it comes in pieces."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.assistant.tools.calls import Piece, Said, ToolCall
from yi_local.assistant.tools.parser import StreamParser

NAMES = ("weather", "clock")
PARIS = ToolCall("weather", '{"place": "Paris"}')
CLOCK = ToolCall("clock", "{}")
PARIS_JSON = '{"name": "weather", "arguments": {"place": "Paris"}}'


def read(*parts: str, names: tuple[str, ...] = NAMES, most: int | None = None) -> list[Piece]:
    parser = StreamParser(names, most)
    pieces = [piece for part in parts for piece in parser.feed(part)]
    return together([*pieces, *parser.finish()])


def together(pieces: list[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for piece in pieces:
        if merged and isinstance(piece, Said) and isinstance(merged[-1], Said):
            merged[-1] = Said(merged[-1].text + piece.text)
        else:
            merged.append(piece)
    return merged


@pytest.mark.parametrize(
    "answer",
    [
        f"<tool_call>\n{PARIS_JSON}\n</tool_call>",
        f"\n<tool_call>{PARIS_JSON}</tool_call>\n",
        f"<tool_call>{PARIS_JSON}",  # the closing tag is a special token, or was cut
        PARIS_JSON,
        '{"name": "weather", "parameters": {"place": "Paris"}}',
        '<|python_tag|>{"name": "weather", "parameters": {"place": "Paris"}}',
        '{"type": "function", "function": {"name": "weather", "arguments": {"place": "Paris"}}}',
        '{"name": "weather", "arguments": "{\\"place\\": \\"Paris\\"}"}',
    ],
)
def test_a_call_is_found_in_every_form(answer: str) -> None:
    assert read(answer) == [PARIS]


def test_calls_stand_behind_text_and_behind_each_other() -> None:
    clock = '<tool_call>{"name": "clock", "arguments": {}}</tool_call>'
    answer = f"Let me look.\n\n<tool_call>{PARIS_JSON}</tool_call>\n{clock}"
    assert read(answer) == [Said("Let me look."), PARIS, CLOCK]
    assert read(f'{PARIS_JSON}; {{"name": "clock", "parameters": {{}}}}') == [PARIS, CLOCK]
    assert read(f"<tool_call>[{PARIS_JSON}, {PARIS_JSON}]</tool_call>") == [PARIS, PARIS]


def test_text_goes_on_behind_a_call() -> None:
    assert read(f"<tool_call>{PARIS_JSON}</tool_call>\n Done.") == [PARIS, Said("Done.")]


@pytest.mark.parametrize(
    "answer",
    [
        '<tool_call>{"name": "weather", "arguments": {"place": }}</tool_call>',
        "<tool_call>{'name': 'weather'}</tool_call> and so on",
        '<tool_call>{"name": "unknown", "arguments": {}}</tool_call>',
        '<tool_call>{"name": "weather", "arguments": [1]}</tool_call>',
        '<tool_call>{"name": "weather", "arguments": {"n": NaN}}</tool_call>',
        '<tool_call>{"name": "weather", "arguments": {"n": 1e999}}</tool_call>',
        '<tool_call>{"name": "weather", "arg',
        "  <tool_call> weather",
        '{"answer": {"name": "weather"}}',
        '{"name": "Alice"}',
        "[1, 2]",
        "a < b, <tool, <tool_call",
        "<tool_call>" + "[" * 5000 + "]" * 5000,
        "  ",
    ],
)
def test_what_is_no_call_is_text_as_it_was_written(answer: str) -> None:
    assert read(answer) == [Said(answer)]
    assert read(*answer) == [Said(answer)]


def test_a_whole_call_is_found_behind_a_broken_one() -> None:
    broken = '<tool_call>{"name": "weather", "arguments": {</tool_call>'
    found = read(f"{broken}<tool_call>{PARIS_JSON}</tool_call>")
    assert found == [Said(broken), PARIS]


def test_text_that_may_begin_a_call_is_held_back_and_other_text_is_not() -> None:
    parser = StreamParser(NAMES)
    assert parser.feed("Yes <tool") == (Said("Yes"),)
    assert parser.feed("box>") == (Said(" <toolbox>"),)
    assert parser.feed("!") == (Said("!"),)


def test_json_that_cannot_be_a_call_is_not_held_back() -> None:
    parser = StreamParser(NAMES)
    assert parser.feed('{"na') == ()
    assert parser.feed('tion": ') == (Said('{"nation":'),)


def test_without_functions_all_is_text_at_once() -> None:
    parser = StreamParser(())
    assert parser.feed("<tool_call>") == (Said("<tool_call>"),)
    assert parser.finish() == ()


def test_no_more_calls_than_wanted_are_found() -> None:
    parser = StreamParser(NAMES, most=1)
    assert parser.feed(PARIS_JSON) == (PARIS,)
    assert parser.satisfied
    assert (*parser.feed(f"; {PARIS_JSON} and text"), *parser.finish()) == ()


def test_arguments_are_json_whatever_was_in_them() -> None:
    arguments = {"a": "\ud800", "城市": "巴黎", "deep": [{}, [], None, True, -1.5e3]}
    [found] = read(json.dumps({"name": "weather", "arguments": arguments}))
    assert isinstance(found, ToolCall)
    assert json.loads(found.arguments) == arguments
    found.arguments.encode()


SCRAPS = st.sampled_from(
    ["<tool_call>", "</tool_call>", "<|python_tag|>", "<tool", PARIS_JSON, ";", " ", "\n", "text",
     '{"name": "clock", "arguments": {}}', '{"name": "clock"', '{"', '"', "\\", "{", "}", "[", "]",
     '{"name": "x"}', '"</tool_call>"', "，", "{'name'"]
)  # fmt: skip


@given(st.lists(SCRAPS | st.text(max_size=3), max_size=12).map("".join), st.data())
def test_how_an_answer_is_cut_makes_no_difference(answer: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(answer)), max_size=6).map(sorted))
    ends = [0, *cuts, len(answer)]
    parts = [answer[start:end] for start, end in pairwise(ends)]
    whole = read(answer)
    assert read(*parts) == whole
    assert read(*answer) == whole
    if not any(isinstance(piece, ToolCall) for piece in whole):
        assert "".join(piece.text for piece in whole if isinstance(piece, Said)) == answer


@given(st.text(), st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()))
def test_every_call_comes_out_as_it_was_meant(text: str, arguments: dict[str, object]) -> None:
    written = json.dumps({"name": "weather", "arguments": arguments})
    before = text.replace("<", "").replace("{", "").replace("[", "")
    found = read(f"{before}<tool_call>{written}</tool_call>")
    assert isinstance(found[-1], ToolCall)
    assert json.loads(found[-1].arguments) == arguments
    assert [piece.text for piece in found[:-1] if isinstance(piece, Said)] == (
        [before.rstrip()] if before.strip() else []
    )
