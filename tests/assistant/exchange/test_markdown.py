"""yi_local.assistant.exchange.markdown: what a person reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.assistant.exchange.markdown import closed, fenced, to_markdown, when
from yi_local.store.records import Attachment, Conversation, Node
from yi_local.types import Message


def test_title_date_model_system_prompt_and_path() -> None:
    conversation = Conversation(
        3, "Two\nlines", True, "Be brief.", "demo", None, {}, 1700000000.0, 1700000000.0, 2
    )
    path = [
        Node(
            1,
            3,
            None,
            Message("user", "Read this."),
            0,
            None,
            (Attachment("a.md", "```\ncode\n```"),),
        ),
        Node(2, 3, 1, Message("assistant", "```py\nprint()"), 0, "cancelled", model="demo"),
        Node(3, 3, 2, Message("user", "谢谢"), 0, None),
    ]
    assert to_markdown(conversation, path) == (
        f"# Two lines\n\n- Date: {when(1700000000.0)}\n- Model: demo\n\n"
        "## System prompt\n\nBe brief.\n\n"
        "## You\n\nAttached: a.md\n\n````\n```\ncode\n```\n````\n\nRead this.\n\n"
        "## Assistant (demo)\n\n```py\nprint()\n```\n\n"
        "## You\n\n谢谢\n"
    )


def test_what_has_no_title_and_no_date_says_so() -> None:
    conversation = Conversation(7, "", False, None, None, None)
    assert to_markdown(conversation, ()) == "# Conversation 7\n\n- Date: unknown\n"
    assert when(float("inf")) == "unknown"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("plain", ""),
        ("```\ncode\n```", ""),
        ("```\ncode", "\n```"),
        ("~~~~\n```\n~~~", "\n~~~~"),
        ("```a`b", ""),  # inline code
        ("````\n```\n", "\n````"),
        ("```\n``` not an end", "\n```"),
    ],
)
def test_only_a_fence_that_is_open_is_closed(text: str, end: str) -> None:
    assert closed(text) == text + end


@given(st.text(alphabet="`~ ab\n", max_size=30))
def test_closing_and_fencing_leave_nothing_open(text: str) -> None:
    assert closed(closed(text)) == closed(text)
    assert closed(fenced(text)) == fenced(text)
