"""Something that is not as it should be, with what mends it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    problem: str
    explanation: str
    remedy_command: str | None = None  # to be pasted as it is; None where no command mends it
    other_command: str | None = None  # where the first does not do; the explanation says when
