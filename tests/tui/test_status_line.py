"""The status line at every width, and the context meter."""

import pytest

from tests.tui.host import Host, ask
from tests.tui.snapshot import screen_text
from yi_local.assistant.talk.window import Meter
from yi_local.tui.dialogs.meter import MeterDialog
from yi_local.tui.widgets.context_meter import bar, in_words
from yi_local.tui.widgets.status_line import StatusLine, fitting

METER = Meter(8192, 120, 900, 1800, 394)


def line(width: int, **changed: object) -> str:
    given = {
        "model": "Yi-1.5-6B-Chat",
        "device": "GPU 33/33",
        "meter": METER,
        "speed": "42.0 tok/s",
        "activity": "",
    }
    return fitting(width, **{**given, **changed}).plain  # type: ignore[arg-type]


def test_a_wide_line_has_everything() -> None:
    shown = line(120)
    for part in ("Yi-1.5-6B-Chat", "GPU 33/33", "[", "3,214 of 8,192 tokens", "42.0 tok/s"):
        assert part in shown


@pytest.mark.parametrize("width", range(1, 140))
def test_no_line_is_wider_than_its_place(width: int) -> None:
    assert (
        fitting(
            width,
            model="一个名字很长的中文模型",
            device="GPU 33/33",
            meter=METER,
            speed="42.0 tok/s",
            activity="Reading the prompt: 3,000 of 8,000 tokens, 12 s left",
        ).cell_length
        <= width
    )


def test_the_least_important_goes_first() -> None:
    assert "GPU" not in line(66)
    assert "[" in line(66)
    assert "[" not in line(50)
    assert "3,214 of 8,192 tokens" in line(50)
    assert "39%" in line(32)
    assert "tok/s" not in line(20)
    assert "Yi-1.5-6B-Chat" in line(20)


def test_what_goes_on_stays_to_the_last() -> None:
    assert line(24, activity="Loading the model: 40 %") == "Loading the model: 40 %"
    assert line(10, activity="Loading the model: 40 %") == "Loading th"


def test_the_parts_of_the_bar_differ_without_colour() -> None:
    shown = bar(METER, 24).plain
    assert len(shown) == 24
    assert set(shown) == set("[#%=+.]")


@pytest.mark.parametrize(
    "meter",
    [
        Meter(8192, 0, 0, 0, 0),
        Meter(8192, 1, 1, 1, 1),
        Meter(100, 50, 20, 20, 10),
        Meter(1_000_000, 1, 1, 999_000, 998),
    ],
)
def test_a_bar_has_its_width_whatever_it_holds(meter: Meter) -> None:
    for width in (8, 14, 24, 60):
        assert len(bar(meter, width).plain) == width


def test_an_estimate_says_so() -> None:
    assert in_words(METER) == "3,214 of 8,192 tokens"
    assert in_words(Meter(4096, 0, 0, 100, 0, estimated=True)) == "about 100 of 4,096 tokens"


async def test_the_line_follows_what_it_is_told() -> None:
    status = StatusLine()
    async with Host(status).run_test(size=(80, 5)) as pilot:
        assert "No model" in screen_text(pilot.app)
        status.model_name, status.activity = "[b]Yi[/x]", "Loading the model: 40 %"
        status.meter = METER
        await pilot.pause()
        shown = screen_text(pilot.app)
        assert "[b]Yi[/x]" in shown
        assert "Loading the model: 40 %" in shown
        assert "3,214 of 8,192 tokens" in shown


async def test_control_characters_of_a_name_do_not_reach_the_terminal() -> None:
    status = StatusLine()
    async with Host(status).run_test(size=(80, 5)) as pilot:
        status.model_name = "Yi\x1b]52;c;aGVsbG8=\x07"
        await pilot.pause()
        assert "\x1b" not in screen_text(pilot.app)


async def test_the_dialog_has_a_row_for_every_part() -> None:
    async with Host().run_test(size=(60, 20)) as pilot:
        await ask(pilot, MeterDialog(METER))
        shown = screen_text(pilot.app)
        for row in (
            "# System prompt    120   1%",
            "% Documents        900  11%",
            "= Conversation   1,800  22%",
            "+ Answer           394   5%",
            ". Free           4,978  61%",
        ):
            assert row in shown
        await pilot.press("escape")
        assert "Free" not in screen_text(pilot.app)
