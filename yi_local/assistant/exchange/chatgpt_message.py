"""What a message of ChatGPT's export says, as far as somebody saw it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from yi_local.assistant.exchange.markdown import fenced
from yi_local.types import FinishReason

_IMAGE, _AUDIO = "[image]", "[audio]"
_CITATION = re.compile("\ue200[^\ue201]*\ue201")  # private characters around a web page's number
_ENDS: Mapping[str, FinishReason] = {  # finish_details.type
    "max_tokens": "length",
    "interrupted": "cancelled",
}


@dataclass(frozen=True, slots=True)
class Said:
    role: str
    text: str
    created_s: float  # 0: unknown
    finish_reason: FinishReason | None
    model: str | None
    n_left_out: int  # pictures and sounds

    def followed_by(self, other: "Said", gap: str) -> "Said":
        return replace(
            self,
            text=self.text + gap + other.text,
            finish_reason=other.finish_reason,
            model=self.model or other.model,
            n_left_out=self.n_left_out + other.n_left_out,
        )


def said_in(message: Mapping[str, Any] | None) -> Said | None:
    """None for what nobody saw: hidden, of the system, of a tool or for one, empty."""
    if message is None:
        return None
    metadata = message.get("metadata") or {}
    role = message["author"]["role"]
    hidden = metadata.get("is_visually_hidden_from_conversation") or message.get("weight") == 0
    if hidden or role not in ("user", "assistant"):
        return None
    content = message.get("content") or {}
    if content.get("content_type") == "text" and message.get("recipient", "all") != "all":
        return None
    text, n_left_out = _text_of(content)
    if not text.strip():
        return None
    created, model = message.get("create_time"), metadata.get("model_slug")
    answer = role == "assistant"
    return Said(
        role=role,
        text=text,
        created_s=float(created) if isinstance(created, int | float) else 0.0,
        finish_reason=_finish_reason(message, metadata) if answer else None,
        model=model if answer and isinstance(model, str) else None,
        n_left_out=n_left_out,
    )


def _text_of(content: Mapping[str, Any]) -> tuple[str, int]:
    """The text, and how many pictures and sounds are only a word in it."""
    match content.get("content_type"):
        case "text" | "multimodal_text":
            parts = [_part(part) for part in content.get("parts") or ()]
            texts = [_CITATION.sub("", text) for text, _ in parts if text]
            return "\n".join(texts), sum(left_out for _, left_out in parts)
        case "code":
            code = content.get("text") or ""
            language = content.get("language") or ""
            named = language if re.fullmatch(r"[\w+#.-]+", language) else ""
            return (fenced(code, "" if named == "unknown" else named) if code else ""), 0
    return "", 0


def _part(part: object) -> tuple[str, int]:
    if isinstance(part, str):
        return part, 0
    if not isinstance(part, dict):
        return "", 0
    text = part.get("text")
    if isinstance(text, str):  # of what was spoken
        return text, 0
    return (_AUDIO if "audio" in str(part.get("content_type")) else _IMAGE), 1


def _finish_reason(message: Mapping[str, Any], metadata: Mapping[str, Any]) -> FinishReason:
    if message.get("status") == "in_progress":
        return "cancelled"
    details = metadata.get("finish_details") or {}
    return _ENDS.get(str(details.get("type")), "stop")
