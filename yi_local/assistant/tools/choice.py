"""Whether the model may call functions, must, or must call a certain one."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """`name`: this function is to be called; the mode is "required" then."""

    mode: Literal["none", "auto", "required"] = "auto"
    name: str | None = None
