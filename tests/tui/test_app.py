"""The app as a whole: what it tells at the start, and how a bug in it ends."""

from pathlib import Path

import pytest

from tests.tui.snapshot import screen_text
from yi_local.tui.app import YiApp
from yi_local.tui.screens.chat import ChatScreen
from yi_local.tui.services import Services


async def test_what_happened_before_it_began_is_told(services: Services) -> None:
    app = YiApp(services, ["Conversations will not be saved. [b]x[/y]\x1b[2J"])
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await pilot.pause()
        shown = screen_text(app)
        assert "Conversations will not be saved." in shown
        assert "[b]x[/y]" in shown


async def test_a_bug_ends_the_app_with_a_sentence_and_a_report(
    services: Services,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail(self: ChatScreen) -> None:
        private = "a text of the person's"
        raise ZeroDivisionError(len(private))

    monkeypatch.setattr(ChatScreen, "action_new", fail)
    app = YiApp(services)

    async def run() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("ctrl+n")
            await pilot.pause()

    with pytest.raises(ZeroDivisionError):  # the Pilot's way to tell
        await run()
    assert app.return_code == 1
    told = capfd.readouterr().err
    assert "Something unexpected happened (ZeroDivisionError)." in told
    assert "Traceback" not in told
    assert "private" not in told
    assert len(told.splitlines()) < 8
    (report,) = (tmp_path / "home" / "logs").glob("error-*.log")
    assert "action_new" not in told
    assert "ZeroDivisionError: 22" in report.read_text()
