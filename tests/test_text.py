"""yi_local.text: what reaches a terminal, how sizes and times read."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.text import clean, human_bytes, human_duration, wrapped


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
    assert wrapped("零一万物" * 9, 8) == "零一万物" * 9
    assert wrapped("one two three", None) == "one two three"
