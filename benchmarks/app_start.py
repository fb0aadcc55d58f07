"""From the start of a process to the first paint of its app on a terminal: `yi`, and elia.

usage: app_start.py [PATH OF elia]     elia is left out where no path is given.

Both run on a pseudo-terminal of 80 by 24, in turns, each in a home of its own that has been used
before: what is measured is every start but the first. A paint counts when the words are there that
stand on the screen, not with the first escape sequence.
"""

import fcntl
import os
import pty
import re
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence

from common import summary

ROUNDS = 9
PATIENCE_S = 60.0
_ESCAPES = re.compile(
    rb"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[P_^][^\x1b]*\x1b\\|.)"
)

YI = ([sys.executable, "-m", "yi_local"], b"Machine")  # in the bar at the top
ELIA_WORDS = b"History"


def main() -> None:
    apps = {"yi": YI}
    if len(sys.argv) > 1:
        apps["elia"] = ([sys.argv[1]], ELIA_WORDS)
    times: dict[str, list[float]] = {name: [] for name in apps}
    with tempfile.TemporaryDirectory() as home:
        prepare(home)
        for round_ in range(ROUNDS + 1):
            for name, (command, words) in apps.items():
                seconds = first_paint(command, words, home)
                if round_:
                    times[name].append(seconds)
    for name, values in times.items():
        print(summary(f"first paint of {name}", values, "s"))
    if "elia" in times:
        ratio = statistics.median(times["yi"]) / statistics.median(times["elia"])
        print(f"ratio yi / elia: {ratio:.2f}")


def prepare(home: str) -> None:
    """A conversation is there already: no welcome is shown."""
    os.environ["YI_LOCAL_HOME"] = os.path.join(home, "yi")
    from yi_local import paths
    from yi_local.store.conversations import Store

    with Store(paths.data_dir() / "conversations.db") as store:
        conversation = store.create(title="Before")
        store.ask(conversation.id, None, "Hello")


def first_paint(command: Sequence[str], words: bytes, home: str) -> float:
    environ = {**os.environ, "HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    begun = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        os.execvpe(command[0], list(command), environ)
    try:
        return _until(terminal, words, begun)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


def _until(terminal: int, words: bytes, begun: float) -> float:
    """Seconds until the words are on the screen, read without what colours and places them."""
    seen = b""
    while words not in _ESCAPES.sub(b"", seen):
        left = begun + PATIENCE_S - time.perf_counter()
        if not select.select([terminal], [], [], max(left, 0))[0]:
            raise SystemExit(f"{words!r} was never shown: {seen[-500:]!r}")
        try:
            seen += os.read(terminal, 1 << 16)
        except OSError:  # EIO: the process has ended
            raise SystemExit(f"The process ended without a paint: {seen[-500:]!r}") from None
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
