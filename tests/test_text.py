"""yi_local.text: what reaches a terminal, how sizes and times read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.text import clean, cut, human_bytes, human_duration, padded, width_of, wrapped


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, 你好, 🦊 e\u0301\n\tindented", "plain, 你好, 🦊 e\u0301\n\tindented"),
        ("\x1b]52;c;aGVsbG8=\x07\x1b[31mred", "]52;c;aGVsbG8=[31mred"),
        ("\x9b31mC1 \x85next", "31mC1 next"),
        ("one\r\ntwo\rthree", "one\ntwothree"),
        ("user\u202egpj.exe\u2066x\u2069\u200f\u061c", "usergpj.exex"),
        ("\x7f\x00\b", ""),
        (
            "👨\u200d👩\u200d👧 zero-width joiners stay",
            "👨\u200d👩\u200d👧 zero-width joiners stay",
        ),
    ],
)
def test_clean_drops_only_what_a_terminal_obeys(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_no_control_character_but_newline_and_tab_is_left(text: str) -> None:
    left = {mark for mark in clean(text) if unicodedata.category(mark) == "Cc"}
    assert left <= {"\n", "\t"}
    assert not {mark for mark in clean(text) if unicodedata.bidirectional(mark) in _OVERRIDES}


_OVERRIDES = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(st.text(), st.text())
def test_a_stream_may_be_cleaned_piece_by_piece(first: str, second: str) -> None:
    assert clean(first) + clean(second) == clean(first + second)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (None, "unknown"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (98_362_432, "98 MB"),
        (999_600, "1.0 MB"),
        (3_661_000_000, "3.7 GB"),
        (20_660_000_000, "21 GB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_sizes_have_two_digits_and_a_unit(size: int | None, shown: str) -> None:
    assert human_bytes(size) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "unknown"),
        (0, "0 ms"),
        (0.0449, "45 ms"),
        (0.9996, "1.0 s"),
        (1.26, "1.3 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3600 + 180, "1 h 3 min"),
    ],
)
def test_times_have_two_digits_and_a_unit(seconds: float | None, shown: str) -> None:
    assert human_duration(seconds) == shown


def test_long_lines_are_broken_between_words() -> None:
    assert wrapped("one two three", 8) == "one two\nthree"
    assert wrapped("one two three", 8, indent="  ") == "one two\n  three"
    assert wrapped("  - one two three", 11, indent="    ") == "  - one two\n    three"
    assert wrapped("one two\nthree", 80) == "one two\nthree"
    assert wrapped("averyverylongword and", 8) == "averyverylongword\nand"
    assert wrapped("one two three", None) == "one two three"


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("零一万物" * 3, 8, ["零一万物"] * 3),
        ("他说，你好。再见", 4, ["他", "说，", "你", "好。", "再见"]),
        ("（你好）“早安”", 6, ["（你", "好）", "“早安”"]),
        ("模型 yi-1.5-6b-chat 已就绪", 16, ["模型", "yi-1.5-6b-chat", "已就绪"]),
        ("运行yi list即可", 8, ["运行yi", "list即可"]),
        ("见/home/李明/模型.gguf，谢谢", 10, ["见/home/李明/模型.gguf，", "谢谢"]),
        ("👨\u200d👩\u200d👧好", 2, ["👨\u200d👩\u200d👧", "好"]),
        ("  - 你好世界", 8, ["  - 你好", "世界"]),
    ],
)
def test_chinese_is_broken_anywhere_but_before_a_closing_mark(
    text: str, columns: int, lines: list[str]
) -> None:
    assert wrapped(text, columns).split("\n") == lines


@given(st.text(alphabet="a b你好，。（）“”/\\👧\u0301\n"), st.integers(1, 12))
def test_breaking_lines_loses_nothing_but_spaces(text: str, columns: int) -> None:
    def letters(text: str) -> str:
        return text.replace(" ", "").replace("\n", "")

    assert letters(wrapped(text, columns)) == letters(text)


@given(st.text(alphabet="一二三四五六七八，。"), st.integers(4, 20))
def test_chinese_lines_fit_and_none_begins_with_a_closing_mark(text: str, columns: int) -> None:
    first, *others = wrapped(text, columns).split("\n")
    assert not any(line.startswith(("，", "。")) for line in others)
    if not any(run in text for run in ("，，", "，。", "。，", "。。")):
        assert all(width_of(line) <= columns for line in (first, *others))


def test_what_is_padded_or_cut_is_measured_in_columns() -> None:
    assert padded("名称", 6) == "名称  "
    assert padded("名称", 3) == "名称"
    assert cut("名称 name", 3) == "名"
    assert cut("name", 9) == "name"
    assert width_of("👨\u200d👩e\u0301") == 5
