"""An engine without a model, which writes its answers at a steady pace: RATE in tokens a second.

It answers "paragraphs" and "fence", with texts of the same length.
"""

import argparse
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.fake_worker import FakeWorker, arguments

TOKEN_CHARS = 4
_TEXT = "the heat that a pump moves comes from the air outside, even when that is cold; "
_LINE = '    total_{n} = reading("sensor-{n}", offset={n}) * 0.25  # degrees\n'
FENCE_LINES = 150


def answer(kind: str) -> str:
    fence = "```python\n" + "".join(_LINE.format(n=n) for n in range(FENCE_LINES)) + "```\n"
    if kind == "fence":
        return fence
    words, text, n = _TEXT.split(), "", 0
    while len(text) < len(fence):
        paragraph = " ".join(words[(n + at) % len(words)] for at in range(70))
        text, n = f"{text}{paragraph[:200]}**{paragraph[200:210]}**{paragraph[210:]}\n\n", n + 7
    return text[: len(fence)]


def tokens(kind: str) -> list[str]:
    text = answer(kind)
    return [text[at : at + TOKEN_CHARS] for at in range(0, len(text), TOKEN_CHARS)]


def paced(pieces: list[str], rate: float) -> Iterator[str]:
    began = time.monotonic()
    for number, piece in enumerate(pieces):
        time.sleep(max(began + number / rate - time.monotonic(), 0))
        yield piece


class PacedEngine(FakeWorker):
    def __init__(self, args: argparse.Namespace, rate: float) -> None:
        super().__init__(args)
        self._rate = rate

    def _pieces(
        self, request: dict[str, Any], prompt: str, cancelled: threading.Event
    ) -> Iterator[str]:
        yield from paced(tokens(prompt.strip()), self._rate)


if __name__ == "__main__":
    rate = float(sys.argv.pop(1))
    PacedEngine(arguments(), rate).serve()
