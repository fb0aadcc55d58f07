"""`yi` alone, as a process on a terminal with a size."""

import fcntl
import json
import os
import struct
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pty")
import termios

from tests.cli.conftest import Terminal
from tests.engine.elsewhere.stand_in import running, server
from tests.server.live import soon

Start = Callable[..., Any]
COLUMNS, ROWS = 80, 24
NAV_BAR = "Machine"


@pytest.fixture
def shown(
    terminal: Start, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Start:
    """Starts it on a terminal of 80 by 24."""

    def start(*argv: str, **options: Any) -> Terminal:
        openpty = os.openpty

        def sized() -> tuple[int, int]:
            master, slave = openpty()
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            return int(master), int(slave)

        monkeypatch.setattr("tests.cli.conftest.os.openpty", sized)
        started = terminal(*argv, **options)
        assert isinstance(started, Terminal)
        return started

    return start


def home(environ: dict[str, str]) -> Path:
    return Path(environ["YI_LOCAL_HOME"])


def test_yi_alone_opens_the_app_and_leaves_the_terminal_as_it_was(
    shown: Start, environ: dict[str, str]
) -> None:
    screen = shown()
    screen.expect(NAV_BAR)
    screen.type("\x11")
    assert screen.end() == 0
    assert "\x1b[?1049h" in screen.seen
    assert "\x1b[?1049l" in screen.seen
    assert (home(environ) / "data" / "conversations.db").exists()


def test_a_model_can_be_named_and_is_the_one_next_time_too(
    shown: Start, environ: dict[str, str], model: str
) -> None:
    for argv in (["app", model], []):
        screen = shown(*argv)
        screen.expect("tiny")
        screen.type("\x11")
        assert screen.end() == 0


def test_without_a_terminal_the_app_says_what_to_use_instead(yi: Start) -> None:
    done = yi("app")
    assert done.returncode == 2
    assert b"needs a terminal" in done.stderr


def test_a_dumb_terminal_gets_the_short_help(shown: Start) -> None:
    screen = shown(env={"TERM": "dumb"})
    assert screen.end() == 0
    assert "yi --help" in screen.seen
    assert "\x1b" not in screen.seen


def test_without_a_terminal_there_is_the_short_help(yi: Callable[..., Any]) -> None:
    done = yi()
    assert done.returncode == 0
    assert b"yi --help" in done.stdout


def test_a_store_that_cannot_be_opened_is_told_and_the_app_opens(
    shown: Start, environ: dict[str, str]
) -> None:
    home(environ).mkdir()
    (home(environ) / "data").write_text("a file where the folder should be")
    screen = shown()
    screen.expect(NAV_BAR)
    screen.expect("Conversations will")
    screen.type("\x11")
    assert screen.end() == 0


def test_what_shall_not_be_kept_is_not_written(shown: Start, environ: dict[str, str]) -> None:
    (home(environ) / "config").mkdir(parents=True)
    (home(environ) / "config" / "settings.toml").write_text("save_history = false\n")
    screen = shown()
    screen.expect(NAV_BAR)
    screen.type("\x11")
    assert screen.end() == 0
    assert not (home(environ) / "data" / "conversations.db").exists()


def test_broken_settings_are_told_before_the_screen_is_touched(
    shown: Start, environ: dict[str, str]
) -> None:
    (home(environ) / "config").mkdir(parents=True)
    (home(environ) / "config" / "settings.toml").write_text("save_history = maybe\n")
    screen = shown()
    assert screen.end() == 2
    assert "settings.toml, line 1: " in " ".join(screen.seen.split())
    assert "\x1b[?1049h" not in screen.seen


# While it runs, `yi run` uses its model


def status(yi: Callable[..., Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(yi("status", "--json").stdout)
    return found


def shares(yi: Callable[..., Any]) -> bool:
    return any(program["models"] for program in status(yi))


def test_yi_run_is_answered_by_the_model_of_the_app(
    shown: Start, yi: Callable[..., Any], model: str
) -> None:
    screen = shown("app", model)
    screen.expect("tiny")
    assert soon(lambda: shares(yi))
    [told] = status(yi)
    assert (told["kind"], told["pid"]) == ("app", screen.process.pid)
    done = yi("run", model, "--stats", "say hello")
    assert done.stdout == b"hello\n"
    assert b"that the app (process" in done.stderr
    screen.type("\x11")
    assert screen.end() == 0
    assert status(yi) == []
    assert yi("run", model, "say hello").told.startswith("plan: ")


def test_the_api_of_the_app_opens_to_nobody_without_its_token(
    shown: Start, yi: Callable[..., Any], model: str
) -> None:
    screen = shown("app", model)
    assert soon(lambda: shares(yi))
    [told] = status(yi)
    assert told["url"].startswith("http://127.0.0.1:")
    for path in ("v1/models", "private/status", "page/chats", "metrics"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{told['url']}/{path}").close()
    screen.type("\x11")
    assert screen.end() == 0


def test_an_app_that_was_killed_is_forgotten(
    shown: Start, yi: Callable[..., Any], model: str
) -> None:
    screen = shown("app", model)
    assert soon(lambda: shares(yi))
    screen.process.kill()
    screen.process.wait()
    assert status(yi) == []
    assert yi("run", model, "say hello").stdout == b"hello\n"


def test_a_model_of_another_server_can_be_named(shown: Start, environ: dict[str, str]) -> None:
    with running(server()) as made:
        screen = shown("app", "--server", made.url)
        screen.expect(made.host)
        screen.type("Hi\r")
        screen.expect("Hello there.")
        screen.type("\x11")
        assert screen.end() == 0
    with running(server()) as gone:
        url = gone.url
    screen = shown("app", "--server", url, "tiny")
    assert screen.end() == 1
    assert "Nothing listens at" in screen.seen
    assert "\x1b[?1049h" not in screen.seen
