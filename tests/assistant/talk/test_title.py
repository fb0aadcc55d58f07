"""yi_local.assistant.talk.title: a first title."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.assistant.talk.title import MAX_COLUMNS, title_of
from yi_local.text import width_of


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Why is the sky blue?", "Why is the sky blue?"),
        ("Name a river. Then name a sea.", "Name a river"),
        (
            "Version 1.5 of Yi has how many layers? Tell me.",
            "Version 1.5 of Yi has how many layers?",
        ),
        ("Hi, why is the sky blue?", "why is the sky blue?"),
        ("Hello! Why is the sky blue?", "Why is the sky blue?"),
        ("Hi there,\nplease sort this list", "please sort this list"),
        ("Hi", "Hi"),
        ("Hi!", "Hi!"),
        ("History is long", "History is long"),
        ("你好，请介绍一下长城。它有多长？", "请介绍一下长城"),
        ("你好！长城有多长？", "长城有多长？"),
        ("你好", "你好"),
        ("你好吗？", "你好吗？"),
        ("# Plan\n- one", "Plan"),
        ("**Bold** and `code` in *it*", "Bold and code in it"),
        ("What is snake_case_name in 2 * 3 * 4?", "What is snake_case_name in 2 * 3 * 4?"),
        ("See [the docs](http://x.y/z) first", "See the docs first"),
        ("```python\nprint(1)\n```\nWhat does this do?", "What does this do?"),
        ("Explain this:\n```\ncode. more\n```", "Explain this"),
        ("```\nonly code\n```", "only code"),
        ("> quoted\nreply", "quoted"),
        ("", ""),
        ("  \n\n", ""),
        ("...", "..."),
    ],
)
def test_the_first_sentence_is_the_title(question: str, title: str) -> None:
    assert title_of(question) == title


def test_a_long_sentence_ends_between_two_words() -> None:
    title = title_of("Please explain to me in simple words how a transformer model works inside")
    assert title == "Please explain to me in simple words how a…"


def test_wide_characters_count_twice() -> None:
    title = title_of("请用简单的语言解释一下变换器模型内部到底是怎样一步一步地工作的")
    assert title.endswith("…")
    assert 46 <= width_of(title) <= MAX_COLUMNS


def test_one_long_word_is_cut() -> None:
    assert title_of("x" * 100) == "x" * 47 + "…"


@given(st.text(max_size=200))
def test_any_text_has_a_title_on_one_line_that_is_not_too_wide(text: str) -> None:
    title = title_of(text)
    assert width_of(title) <= MAX_COLUMNS
    assert "\n" not in title


@given(st.text(alphabet="你好hi ，,.。`*#\n-a", max_size=60))
def test_marks_and_greetings_in_any_order_do_no_harm(text: str) -> None:
    assert width_of(title_of(text)) <= MAX_COLUMNS
