"""What `yi run` asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yi_local.types import Message

if TYPE_CHECKING:
    from yi_local.store.records import Attachment


@dataclass(frozen=True, slots=True)
class Question:
    prompt: str
    system: str | None
    attachments: "Sequence[Attachment]"
    chosen: Mapping[str, Any]  # fields of SamplingOptions

    @property
    def text(self) -> str:
        """The prompt, behind what is attached."""
        if not self.attachments:
            return self.prompt
        from yi_local.assistant.talk.prompt import documents_of

        return "\n\n".join(filter(None, (documents_of(self.attachments), self.prompt)))

    @property
    def messages(self) -> list[Message]:
        system = [Message("system", self.system)] if self.system else []
        return [*system, Message("user", self.text)]
