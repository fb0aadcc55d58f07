"""What main builds for every command."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from yi_local.cli.input import Input
from yi_local.cli.output import Output


@dataclass(frozen=True, slots=True)
class Context:
    input: Input
    output: Output
    engine_command: Sequence[str] | None  # how to start the engine; None: its own way

    @property
    def has_screen(self) -> bool:
        """Whether somebody sits at a terminal that can show more than lines.

        The app draws on stderr; a terminal without a width shows nothing.
        """
        watched = self.input.is_terminal and self.output.is_watched
        return watched and bool(self.output.columns) and os.environ.get("TERM") != "dumb"
