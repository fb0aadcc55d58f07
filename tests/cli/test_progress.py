"""yi_local.cli.progress: a line that tells how far a slow step is."""

import pytest

from yi_local.cli.progress import ProgressLine


class Screen:
    """What was written, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.now_s = 0.0
        self.line = ProgressLine(self.written.append, clock=lambda: self.now_s)

    def take(self) -> str:
        text = "".join(self.written)
        self.written.clear()
        return text


def test_it_shows_percent_and_the_time_left() -> None:
    screen = Screen()
    screen.line.show("Loading the model", 0, 1)
    assert screen.take() == "\rLoading the model: 0 %"
    screen.now_s = 3.0
    screen.line.show("Loading the model", 0.25, 1)
    assert screen.take() == "\rLoading the model: 25 %, 9.0 s left"


def test_with_a_unit_it_shows_counts() -> None:
    screen = Screen()
    screen.line.show("Reading the prompt", 1024, 8000, "tokens")
    assert screen.take() == "\rReading the prompt: 1,024 of 8,000 tokens"


def test_what_was_done_before_it_began_does_not_count_as_speed() -> None:
    screen = Screen()
    screen.line.show("Reading the prompt", 4000, 8000, "tokens")
    screen.now_s = 2.0
    screen.line.show("Reading the prompt", 5000, 8000, "tokens")
    assert screen.take().endswith("\rReading the prompt: 5,000 of 8,000 tokens, 6.0 s left")


def test_a_shorter_text_wipes_a_longer_one() -> None:
    screen = Screen()
    screen.line.show("Step", 0, 10)
    screen.now_s = 9.0
    screen.line.show("Step", 9, 10)
    longer = len("Step: 90 %, 1.0 s left")
    screen.take()
    screen.now_s = 10.0
    screen.line.show("Step", 10, 10)
    text = screen.take()
    assert text.startswith("\rStep: 100 %, 0 ms left")
    assert len(text) >= 1 + longer


def test_it_is_not_drawn_more_than_ten_times_a_second() -> None:
    screen = Screen()
    for step in range(1000):
        screen.now_s = step / 1000
        screen.line.show("Step", step, 1000)
    assert 9 <= len(screen.written) <= 11


def test_clearing_wipes_the_line_once() -> None:
    screen = Screen()
    screen.line.show("Step", 0, 1)
    screen.take()
    screen.line.clear()
    screen.line.clear()
    assert screen.take() == "\r" + " " * len("Step: 0 %") + "\r"


def test_a_line_whose_writing_is_interrupted_is_wiped_all_the_same() -> None:
    written: list[str] = []

    def interrupted_once(text: str) -> None:
        written.append(text)
        if len(written) == 1:
            raise KeyboardInterrupt

    line = ProgressLine(interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        line.show("Step", 0, 1)
    line.clear()
    assert written == ["\rStep: 0 %", "\r" + " " * len("Step: 0 %") + "\r"]


def test_without_a_terminal_there_is_nothing_to_do() -> None:
    line = ProgressLine(None)
    line.show("Step", 0, 1)
    line.clear()
