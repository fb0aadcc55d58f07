"""yi_local.assistant.talk.word_diff: two texts compared word by word."""

from hypothesis import given
from hypothesis import strategies as st

from yi_local.assistant.talk.word_diff import unified, word_diff

TEXTS = st.text(alphabet="ab 你好。\n_!", max_size=40)


def test_words_are_compared_whole() -> None:
    assert word_diff("the red house", "the old house") == (
        ("same", "the "),
        ("removed", "red"),
        ("added", "old"),
        ("same", " house"),
    )


def test_chinese_is_compared_by_characters() -> None:
    assert word_diff("天气很好", "天气不好") == (
        ("same", "天气"),
        ("removed", "很"),
        ("added", "不"),
        ("same", "好"),
    )


def test_equal_texts_have_no_difference() -> None:
    assert word_diff("a", "a") == (("same", "a"),)
    assert word_diff("", "") == ()


def test_only_lines_near_a_change_are_shown() -> None:
    before = "\n".join("abcdefg")
    lines = unified(word_diff(before, before.replace("d", "x")))
    assert lines == ("c", "[-d-]{+x+}", "e")


def test_long_texts_are_compared_by_lines() -> None:
    before = "a b c d e\n" * 4000
    assert word_diff(before, before + "more\n") == (("same", before), ("added", "more\n"))


@given(TEXTS, TEXTS)
def test_the_pieces_are_both_texts(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert "".join(text for kind, text in pieces if kind != "added") == before
    assert "".join(text for kind, text in pieces if kind != "removed") == after
    assert bool(unified(pieces)) == (before != after)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_characters_come_through(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert "".join(text for kind, text in pieces if kind != "added") == before
