"""A program that holds models, found by others of the same person while it runs."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from yi_local import __version__
from yi_local.assistant.warm.programs import (
    Kind,
    Program,
    announce,
    announced,
    new_token,
    this_machine,
    withdraw,
)
from yi_local.server.warm.private import Private


class Announcement:
    """`private` goes into the server; from `publish` to the end of a `with` others find it."""

    def __init__(self, kind: Kind, end: Callable[[], None] | None = None) -> None:
        self.private = Private(new_token(), kind, time.time(), end)
        self._program: Program | None = None

    def publish(self, url: str) -> None:
        """Without a place for the file nobody finds it, and everything else goes on."""
        private = self.private
        program = Program(
            os.getpid(),
            private.kind,
            url,
            private.token,
            private.started_s,
            __version__,
            this_machine(),
        )
        with suppress(OSError):
            announce(program)
            self._program = program

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._program is not None:
            withdraw(self._program)


def program_at(port: int) -> Program | None:
    """The one that has taken this port."""
    return next((each for each in announced() if each.url.endswith(f":{port}")), None)
