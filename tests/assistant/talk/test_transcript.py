"""yi_local.assistant.talk.transcript: a conversation as Markdown."""

from yi_local.assistant.talk.transcript import to_markdown
from yi_local.types import Message


def test_every_message_has_a_heading_and_its_own_text() -> None:
    messages = [
        Message("system", "Be brief."),
        Message("user", "你好\n"),
        Message("assistant", "\n```\ncode\n```"),
    ]
    assert to_markdown("Chat with Yi", messages) == (
        "# Chat with Yi\n\n"
        "## System\n\nBe brief.\n\n"
        "## You\n\n你好\n\n"
        "## Assistant\n\n```\ncode\n```\n"
    )


def test_an_empty_conversation_is_its_title() -> None:
    assert to_markdown("Chat with Yi", []) == "# Chat with Yi\n"
