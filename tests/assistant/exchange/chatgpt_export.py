"""A hand-written export of ChatGPT, built as the real ones are."""

from collections.abc import Sequence
from typing import Any


def node(
    key: str,
    parent: str | None,
    children: Sequence[str] = (),
    role: str | None = None,
    text: str | None = None,
    time_s: float | None = None,
    **more: Any,
) -> dict[str, Any]:
    """`more`: content, metadata, and other fields of the message."""
    message = None
    if role is not None:
        message = {
            "id": key,
            "author": {"role": role, "name": None, "metadata": {}},
            "create_time": time_s,
            "update_time": None,
            "content": {"content_type": "text", "parts": [text or ""]},
            "status": "finished_successfully",
            "end_turn": True if role == "assistant" else None,
            "weight": 1.0,
            "metadata": {},
            "recipient": "all",
            "channel": None,
        } | more
    return {"id": key, "message": message, "parent": parent, "children": list(children)}


def conversation(title: str, current: str, *nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "title": title,
        "create_time": 1700000000.25,
        "update_time": 1700000900.5,
        "mapping": {each["id"]: each for each in nodes},
        "moderation_results": [],
        "current_node": current,
        "conversation_id": "6f1c-" + title,
        "is_archived": False,
        "default_model_slug": "gpt-4o",
        "id": "6f1c-" + title,
    } | more


GPT = {"model_slug": "gpt-4o", "finish_details": {"type": "stop", "stop_tokens": [200002]}}
HIDDEN = {"is_visually_hidden_from_conversation": True}


def weather() -> dict[str, Any]:
    """Two answers to the first question, the older one chosen; the question after it edited."""
    return conversation(
        "上海的天气",
        "a4",
        node("root", None, ["sys"]),
        node("sys", "root", ["ctx"], "system", "", metadata=HIDDEN),
        node(
            "ctx",
            "sys",
            ["q1"],
            "user",
            content={"content_type": "user_editable_context", "user_profile": "I am a secret."},
            metadata=HIDDEN,
        ),
        node("q1", "ctx", ["a1", "a2"], "user", "上海今天天气怎么样？", 1700000001.0),
        node("a1", "q1", ["q2", "q3"], "assistant", "晴，二十度。", 1700000010.0, metadata=GPT),
        node("a2", "q1", [], "assistant", "我不知道。", 1700000020.0, metadata=GPT),
        node("q2", "a1", ["a3"], "user", "And tomorrow?", 1700000030.0),
        node("a3", "q2", [], "assistant", "Rain.", 1700000040.0, metadata=GPT),
        node("q3", "a1", ["think"], "user", "那明天呢？", 1700000050.0),
        node(
            "think",
            "q3",
            ["tool"],
            "assistant",
            content={"content_type": "thoughts", "thoughts": [{"content": "hm"}]},
        ),
        node("tool", "think", ["a4"], "tool", "forecast: rain", 1700000055.0),
        node(
            "a4",
            "tool",
            [],
            "assistant",
            "明天有雨。\ue200cite\ue202turn0search0\ue201",
            1700000060.0,
            metadata={"model_slug": "gpt-4o", "finish_details": {"type": "max_tokens"}},
        ),
    )


def pictures_and_code() -> dict[str, Any]:
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1"}
    code = {"content_type": "code", "language": "python", "text": "print('```')"}
    return conversation(
        "Picture",
        "done",
        node("root", None, ["q"]),
        node(
            "q",
            "root",
            ["code"],
            "user",
            content={"content_type": "multimodal_text", "parts": [picture, "What is this?"]},
        ),
        node("code", "q", ["out"], "assistant", content=code, recipient="python"),
        node(
            "out",
            "code",
            ["done"],
            "tool",
            content={"content_type": "execution_output", "text": "```"},
        ),
        node("done", "out", [], "assistant", "A fox 🦊.", status="in_progress"),
    )
