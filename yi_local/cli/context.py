"""What main builds for every command."""

from collections.abc import Sequence
from dataclasses import dataclass

from yi_local.cli.input import Input
from yi_local.cli.output import Output


@dataclass(frozen=True, slots=True)
class Context:
    input: Input
    output: Output
    engine_command: Sequence[str] | None  # how to start the engine; None: its own way
