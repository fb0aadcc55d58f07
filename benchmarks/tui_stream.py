"""What showing an answer costs: processor seconds of the app for each second of streaming.

The real app runs on a pseudo-terminal, with its store, and an engine that writes 200 tokens a
second; the engine's own process is not counted. The baseline is an app of a few lines that gives
every token to Textual's MarkdownStream as it comes, which is what Textual's documentation shows.

    python benchmarks/tui_stream.py [--size 120x40] [--rate 200]
"""

import argparse
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from pathlib import Path

import psutil
from paced_engine import tokens

HERE = Path(__file__).parent
ENGINE = HERE / "paced_engine.py"
SETTLE_S = 1.5  # after the first paint, and after the model is there
BLINKING_BYTES = 10_000  # a cursor that blinks is quiet
PATIENCE_S = 120


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--child", nargs=3, metavar=("KIND", "ANSWER", "PARENT"))
    args = parser.parse_args()
    if args.child:
        who, kind, parent = args.child
        threading.Thread(target=_end_with, args=[int(parent)], daemon=True).start()
        {"app": run_app, "baseline": run_baseline}[who](kind, args.rate)
        return
    columns, rows = map(int, args.size.split("x"))
    print(f"{args.rate:g} tokens a second into {columns}x{rows}; shares of one core:")
    for kind in ("paragraphs", "fence"):
        shares = {
            who: measured(who, kind, args.rate, (columns, rows)) for who in ("baseline", "app")
        }
        ratio = shares["app"] / shares["baseline"]
        print(
            f"{kind}: one write a token {shares['baseline']:.1%}, the app {shares['app']:.1%},"
            f" ratio {ratio:.2f}"
        )


def measured(who: str, kind: str, rate: float, size: tuple[int, int]) -> float:
    """Processor seconds for each second, from the first token to the last."""
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "YI_LOCAL_HOME": home, "TERM": "xterm-256color"}
        environ.pop("NO_COLOR", None)
        watched, held = os.pipe()
        child_args = ["--rate", str(rate), "--child", who, kind, str(watched)]
        command = [sys.executable, __file__, *child_args]
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        child = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environ,
            start_new_session=True,
            pass_fds=[watched],
        )
        os.close(slave)
        os.close(watched)
        try:
            return _measured(child, master, kind, rate)
        finally:
            child.kill()
            child.wait()
            os.close(master)
            os.close(held)


def _measured(child: "subprocess.Popen[bytes]", master: int, kind: str, rate: float) -> float:
    process = psutil.Process(child.pid)
    _read_until_quiet(master)
    os.write(master, kind.encode())
    _read_for(master, SETTLE_S)
    os.write(master, b"\r")
    length_s = len(tokens(kind)) / rate
    _read_for(master, 0.5)  # the question is stored, the prompt read
    began, before = time.monotonic(), process.cpu_times()
    _read_for(master, length_s - 1)
    after, took_s = process.cpu_times(), time.monotonic() - began
    return (after.user + after.system - before.user - before.system) / took_s


def _read_until_quiet(master: int) -> None:
    """The app has painted, and its model is there: nothing has come for a while."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and _read_for(master, SETTLE_S) > BLINKING_BYTES:
        pass


def _read_for(master: int, seconds: float) -> int:
    """Bytes that came."""
    count, deadline = 0, time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if select.select([master], [], [], left)[0]:
            count += len(os.read(master, 1 << 16))
    return count


def _end_with(parent: int) -> None:
    """In the child: the pipe that the parent holds ends with it, however that has ended.

    A session of its own gets no signal for a terminal that is gone, and would run on.
    """
    os.read(parent, 1)
    os._exit(1)


def run_app(kind: str, rate: float) -> None:
    from yi_local import paths
    from yi_local.assistant.loading.open_model import Models
    from yi_local.catalogue.read import read_catalogue
    from yi_local.settings import Settings
    from yi_local.store.conversations import Store
    from yi_local.tui.app import YiApp
    from yi_local.tui.services import Services

    sys.path.insert(0, str(HERE.parent))
    from tests.tiny_gguf import write_smallest

    command = [sys.executable, str(ENGINE), str(rate)]
    model = paths.data_dir() / "tiny.gguf"
    model.parent.mkdir(parents=True)
    write_smallest(model)
    store = Store(paths.data_dir() / "conversations.db")
    store.keep_note("last-model", str(model))
    store.keep_note("welcomed", "1")
    models = Models(engine_command=command)
    services = Services(store, models, read_catalogue(), Settings(), command, offline=True)
    YiApp(services).run()


def run_baseline(kind: str, rate: float) -> None:
    from paced_engine import paced
    from textual import on, work
    from textual.app import App, ComposeResult
    from textual.containers import VerticalScroll
    from textual.message import Message
    from textual.widgets import Input, Markdown

    class Token(Message):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class OneWriteAToken(App[None]):
        def compose(self) -> ComposeResult:
            with VerticalScroll():
                yield Markdown()
            yield Input()

        def on_mount(self) -> None:
            self.query_one(VerticalScroll).anchor()
            self.query_one(Input).focus()

        def on_input_submitted(self) -> None:
            self.stream = Markdown.get_stream(self.query_one(Markdown))
            self.generate()

        @work(thread=True)
        def generate(self) -> None:
            for text in paced(tokens(kind), rate):
                self.post_message(Token(text))

        @on(Token)
        async def show(self, message: Token) -> None:
            await self.stream.write(message.text)

    OneWriteAToken().run()


if __name__ == "__main__":
    main()
