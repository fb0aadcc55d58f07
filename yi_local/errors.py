"""The errors a person gets to read.

YiLocalError              1  unexpected
├── UsageError            2  the request itself is wrong
├── ModelNotFound         3  no such model here
├── CannotLoad            4  does not fit, or is not loadable
│   └── NotEnoughMemory   4  does not fit
├── PromptTooLong         5  longer than the context
├── SchemaViolation       6  the output does not satisfy the schema
├── EngineDied            1  the engine process ended on its own
└── Cancelled           130  stopped by the user
"""

from typing import ClassVar


class YiLocalError(Exception):
    """Something went wrong that we can explain: `message` says what, `hint` what to do next."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(YiLocalError):
    exit_code = 2


class ModelNotFound(YiLocalError):
    exit_code = 3


class CannotLoad(YiLocalError):
    exit_code = 4


class NotEnoughMemory(CannotLoad):
    """The same model may load with other options."""


class PromptTooLong(YiLocalError):
    exit_code = 5


class SchemaViolation(YiLocalError):
    exit_code = 6


class EngineDied(YiLocalError):
    exit_code = 1

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        crashed: bool = False,
        for_memory: bool = False,
    ) -> None:
        super().__init__(message, hint)
        self.crashed = crashed  # it ended by itself, not by our hand
        self.for_memory = for_memory  # by all signs, for want of memory


class Cancelled(YiLocalError):
    exit_code = 130
