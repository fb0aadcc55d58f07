"""yi_local.assistant.talk.prompt: nodes as messages."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.assistant.talk.prompt import document, messages_of
from yi_local.store.records import Attachment, Node
from yi_local.types import Message


def node(role: str, text: str, *attachments: Attachment) -> Node:
    return Node(1, 1, None, Message(role, text), 0.0, None, attachments)


def test_what_one_side_said_in_a_row_is_one_message() -> None:
    nodes = [node("user", "a"), node("user", "b"), node("assistant", ""), node("user", "c"),
             node("assistant", "d"), node("user", "e")]  # fmt: skip
    assert messages_of("S", nodes) == (
        Message("system", "S"),
        Message("user", "a\n\nb\n\nc"),
        Message("assistant", "d"),
        Message("user", "e"),
    )


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=3))))
def test_roles_always_take_turns(said: list[tuple[str, str]]) -> None:
    roles = [each.role for each in messages_of("S", [node(*pair) for pair in said])]
    assert all(one != other for one, other in pairwise(roles))


@pytest.mark.parametrize("system", [None, ""])
def test_no_system_prompt_is_no_message(system: str | None) -> None:
    assert messages_of(system, [node("user", "a")]) == (Message("user", "a"),)


def test_an_attachment_comes_first_even_alone() -> None:
    file = Attachment("a.txt", "text\n")
    assert messages_of(None, [node("user", "", file)])[0].content == "a.txt\n```\ntext\n```"


@given(st.text(alphabet="`a\n", max_size=40))
def test_no_text_closes_its_own_fence(text: str) -> None:
    _, fence, *inside, end = document(Attachment("a", text)).split("\n")
    assert fence == end
    assert fence not in "\n".join(inside)


def test_a_name_stays_on_its_line() -> None:
    assert document(Attachment("a\n# b", "x")).split("\n")[0] == "a # b"
