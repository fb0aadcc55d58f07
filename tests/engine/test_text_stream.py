"""Text that may be shown at once: whole characters, no part of a stop string."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from yi_local.engine.worker.text_stream import TextStream


def feed(pieces: list[bytes], *stop: str) -> tuple[list[str], bool]:
    stream = TextStream(stop)
    shown = []
    for piece in pieces:
        shown.append(stream.feed(piece))
        if stream.stopped:
            return shown, True
    return [*shown, stream.finish()], stream.stopped


def test_a_character_split_over_tokens_appears_whole():
    assert feed([b"\xe9", b"\xa5", b"\x95", b"\xf0\x9f", b"\xa6\x8a"])[0] == [
        "", "", "饕", "", "🦊", ""
    ]  # fmt: skip


def test_half_a_character_at_the_end_is_dropped():
    assert feed([b"ok\xe9\xa5"])[0] == ["ok", ""]


def test_invalid_bytes_become_replacement_characters():
    assert "".join(feed([b"a\xff", b"b"])[0]) == "a\ufffdb"


def test_a_stop_string_over_three_tokens_is_never_shown_half():
    shown, stopped = feed([b"one <|im", b"_en", b"d|> two"], "<|im_end|>")
    assert (shown, stopped) == (["one ", "", ""], True)


def test_what_only_looked_like_a_stop_is_shown_after_all():
    shown, stopped = feed([b"a <|im", b" b"], "<|im_end|>")
    assert (shown, stopped) == (["a ", "<|im b", ""], False)


def test_the_earliest_of_several_stops_wins():
    assert feed([b"one. two! three"], "!", ".")[0] == ["one"]


def test_a_chinese_stop_string_split_inside_a_character_is_found():
    data = "你好。再见".encode()
    assert "".join(feed([data[:7], data[7:10], data[10:]], "。再")[0]) == "你好"


@given(
    text=st.text(alphabet="ab🦊饕\n", max_size=40),
    stops=st.lists(st.text(alphabet="ab🦊饕\n", min_size=1, max_size=4), max_size=3),
    cuts=st.lists(st.integers(0, 160), max_size=20),
)
def test_any_split_gives_the_text_up_to_the_first_stop(text, stops, cuts):
    data = text.encode()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    shown, stopped = feed([data[a:b] for a, b in itertools.pairwise(edges)], *stops)
    end = min((text.find(stop) for stop in stops if stop in text), default=None)
    assert stopped == (end is not None)
    if end is None:
        assert "".join(shown) == text
    else:
        assert any(text.startswith("".join(shown) + stop) for stop in stops)
        assert not any(stop in "".join(shown) for stop in stops)
