"""What `yi batch` tells on stderr."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.batches import write_lines
from tests.cli.conftest import Terminal
from yi_local.assistant.batch.runner import Died, Progress
from yi_local.cli.output import Output
from yi_local.cli.scripts.batch_view import BatchView
from yi_local.errors import EngineDied


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def view(n_total: int | None) -> tuple[BatchView, Screen, list[float]]:
    screen, now = Screen(), [0.0]
    output = Output(None, screen, {})
    output.progress._clock = lambda: now[0]
    return BatchView(output, n_total, clock=lambda: now[0]), screen, now


def test_the_line_tells_how_far_how_fast_and_how_long() -> None:
    shown, screen, now = view(1000)
    shown.begin()
    now[0] = 10.0
    shown.show(Progress(n_done=400, n_errors=2, n_answered=200, n_tokens=5000))
    assert screen.getvalue() == "\r400 of 1,000 lines; 2 errors; 500 tokens/s; 30 s left"
    shown.conclude()
    assert screen.getvalue().endswith(
        "done: 400 lines; 2 of them errors; 5,000 tokens; 500 tokens/s; 10 s\n"
    )


def test_what_cannot_be_counted_has_no_time_left() -> None:
    shown, screen, now = view(None)
    now[0] = 10.0
    shown.show(Progress(1, 0, 1, 0))
    assert screen.getvalue() == "\r1 line"
    assert shown.stopped(goes_on=False) == "Stopped at 1 line."


def test_a_dead_engine_is_one_line() -> None:
    shown, screen, _ = view(2)
    shown.show(Died(EngineDied("The engine process has ended: a reason.\nThe end of its log: x")))
    assert (
        screen.getvalue() == "note: The engine process has ended: a reason. It is loaded again.\n"
    )


def test_on_a_terminal_ctrl_c_says_that_it_can_go_on(
    terminal: Callable[..., Terminal], model: str, tmp_path: Path
) -> None:
    file = write_lines(tmp_path / "in.jsonl", ["say a", "wait"])
    started: Any = terminal("batch", str(file), model, "-o", str(tmp_path / "out.jsonl"))
    started.expect("1 of 2 lines")
    started.type("\x03")
    started.expect("Stopped at 1 of 2 lines. The same command goes on from there.")
    assert started.end() == 130
