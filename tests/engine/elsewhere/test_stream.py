"""Streams as servers write them: events, chunks, and the answer they make."""

import json
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.elsewhere.stand_in import delta, finish, thought, usage
from yi_local.engine.elsewhere.address import Address
from yi_local.engine.elsewhere.chunk import Counts, read_chunk
from yi_local.engine.elsewhere.reply import Reply
from yi_local.engine.elsewhere.sse import MAX_EVENT_BYTES, EventReader
from yi_local.engine.elsewhere.trouble import of_stream
from yi_local.errors import YiLocalError
from yi_local.types import AnyEvent, Done, TextDelta, Thinking


def events_of(*blocks: bytes) -> list[str]:
    reader = EventReader()
    found = [data for block in blocks for data in reader.feed(block)]
    return [*found, *reader.end()]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_line_end_and_every_field_is_understood(line_end: str) -> None:
    lines = [": PROCESSING", "", "event: x", "id: 7", "data: one", "data:two", "", "retry: 3", "",
             "data", "data: ", "", "data: three"]  # fmt: skip
    assert events_of(line_end.join(lines).encode()) == ["one\ntwo", "\n", "three"]


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")))), st.data())
def test_it_does_not_matter_where_a_stream_is_cut(texts: list[str], data: st.DataObject) -> None:
    end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    stream = "".join(f"data: {text}{end}{end}" for text in texts).encode()
    cuts = data.draw(st.lists(st.integers(0, len(stream))).map(sorted))
    blocks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert events_of(*blocks) == texts


def test_a_byte_order_mark_is_no_data() -> None:
    assert events_of(b"\xef\xbb\xbfdata: x\n\n") == ["x"]


def test_an_event_that_does_not_end_fills_no_memory() -> None:
    block = b"data: " + b"x" * (1 << 20)
    with pytest.raises(ValueError, match="without end"):
        events_of(*(block for _ in range(MAX_EVENT_BYTES // len(block) + 2)))


@pytest.mark.parametrize(
    "data",
    [
        "{}",
        '{"choices": null}',
        '{"choices": []}',
        '{"choices": [null]}',
        '{"choices": [{"delta": null, "finish_reason": null}]}',
        '{"choices": [{"delta": {"content": null, "role": "assistant"}}]}',
        '{"choices": [{"delta": {"content": 3}}], "usage": 5}',
        '{"error": null, "choices": [{}]}',
    ],
)
def test_what_says_nothing_is_nothing(data: str) -> None:
    chunk = read_chunk(data)
    assert (chunk.text, chunk.thinks, chunk.finish_reason, chunk.error) == ("", False, None, None)


def test_a_text_in_parts_and_a_whole_message_are_read() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    assert read_chunk(json.dumps({"choices": [{"delta": {"content": parts}}]})).text == "ab"
    whole = {"choices": [{"message": {"content": "Yes."}, "finish_reason": "length"}]}
    assert read_chunk(json.dumps(whole)).finish_reason == "length"


def test_counts_that_are_none_are_unknown() -> None:
    told = {"choices": [], "usage": {"prompt_tokens": "7", "completion_tokens": True}}
    assert read_chunk(json.dumps(told)).counts == Counts(None, None, None)


def clock(*times: float) -> Callable[[], float]:
    left: Iterator[float] = iter(times)
    return lambda: next(left)


def reply(*events: str, continues: str = "", times: tuple[float, ...] = ()) -> list[AnyEvent]:
    address = Address("http://h:1/v1")
    ticks = times or tuple(float(n) for n in range(100))
    made = Reply(address, continues, clock(*ticks), lambda error: of_stream(error, address, None))
    told = [event for data in events for event in made.read(data)]
    return [*told, *made.end()]


def text_of(events: list[AnyEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def done_of(events: list[AnyEvent]) -> Done:
    assert isinstance(events[-1], Done)
    return events[-1]


def test_an_answer_is_measured_by_when_it_came() -> None:
    told = reply(
        delta("a"), delta("b"), delta("c"), finish("length"), usage(9, 5, 4),
        times=(10.0, 12.0, 12.5, 14.0),
    )  # fmt: skip
    done = done_of(told)
    assert (text_of(told), done.finish_reason) == ("abc", "length")
    assert (done.usage.prompt_tokens, done.usage.cached_tokens) == (9, 4)
    assert (done.usage.completion_tokens, done.usage.ttft_s, done.usage.decode_tps) == (5, 2, 2)


def test_without_a_usage_pieces_are_counted_and_the_prompt_is_unknown() -> None:
    done = done_of(reply(delta("a"), delta("b"), finish(), "[DONE]"))
    assert done.usage.prompt_tokens is None
    assert done.usage.cached_tokens is None
    assert done.usage.completion_tokens == 2


def test_thoughts_are_told_once_and_are_no_part_of_the_answer() -> None:
    told = reply(thought("Hm."), thought("Well.", "reasoning"), delta("Yes."), finish())
    assert [type(event) for event in told] == [Thinking, TextDelta, Done]
    assert text_of(told) == "Yes."


def test_an_answer_of_thoughts_alone_is_said_to_be_none() -> None:
    with pytest.raises(YiLocalError, match="only been thinking"):
        reply(thought("Hm."), finish("length"))


def test_a_stream_that_ends_before_its_answer_has_broken_off() -> None:
    with pytest.raises(YiLocalError, match="broke off in the middle"):
        reply(delta("a"))
    assert text_of(reply(delta("a"), "[DONE]")) == "a"
    assert text_of(reply(delta("a"), finish())) == "a"


def test_an_answer_that_repeats_its_beginning_is_not_doubled() -> None:
    begun = "Once upon a time there was a king, who"

    def told(*texts: str, continues: str = begun) -> str:
        return text_of(reply(*map(delta, texts), finish(), continues=continues))

    assert told("Once upon a time", " there was a king, who had") == " had"
    assert told(" had") == " had"
    assert told("Once upon", " a hill") == "Once upon a hill"
    assert told("Once") == "Once"
    assert told("word ", "word ", continues="word ") == "word word "


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({"message": "out of memory", "code": 500}, "could not finish the answer: out of memory"),
        ("CUDA \x1b[31merror", r"could not finish the answer: CUDA \[31merror"),
        ({"code": "context_length_exceeded", "message": "Too much."}, "too long for h:1: Too much"),
        ({}, "broke off"),
    ],
)
def test_what_goes_wrong_in_a_stream_is_told_in_the_servers_words(
    error: object, words: str
) -> None:
    with pytest.raises(YiLocalError, match=words):
        reply(delta("a"), json.dumps({"error": error}))


def test_a_filter_that_cuts_an_answer_is_named() -> None:
    with pytest.raises(YiLocalError, match="A filter of h:1 has cut the answer"):
        reply(delta("a"), finish("content_filter"))


@pytest.mark.parametrize("data", ["<html>", "[1]", "{", "[" * 100_000])
def test_what_is_no_event_of_an_answer_is_no_openai_server(data: str) -> None:
    with pytest.raises(YiLocalError, match="not an OpenAI-compatible server"):
        reply(data)
