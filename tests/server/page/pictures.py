"""The picture of the web page in the README: `python -m tests.server.page.pictures` draws it anew.

A real server shows conversations that are put into a store of its own; nothing is asked of a model.
"""

import os
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.server.live import Live
from tests.server.page.browser import find_browser, started
from tests.server.page.reading import conversation
from tests.tiny_gguf import write_smallest
from yi_local.store.conversations import Store

PICTURE = Path(__file__).resolve().parents[3] / "docs" / "page.png"
SIZE = {"width": 1200, "height": 760}
MODEL = "yi-1.5-9b-chat"

_OTHERS = ("Plan three days in Hangzhou", "A haiku about rain", "用一句话介绍黄鹤楼")
_TALK = (
    (
        "How much of an iceberg is under water?",
        "About **nine tenths**. What floats displaces its own weight, so the share below the "
        "surface is the ratio of the two densities:\n\n"
        "```python\ndef submerged(ice: float = 917.0, water: float = 1025.0) -> float:\n"
        '    """The fraction below the surface; densities in kg/m³."""\n'
        "    return ice / water  # 0.895\n```\n\n"
        "| Water | Density (kg/m³) | Below the surface |\n|:--|--:|--:|\n"
        "| Fresh | 1000 | 92 % |\n| Sea | 1025 | 89 % |\n| Dead Sea | 1240 | 74 % |",
    ),
)


def draw(page: Page) -> None:
    page.locator(".wide").wait_for()
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=PICTURE)


def main() -> None:
    path = find_browser()
    assert path is not None, "there is no Chromium here: YI_TEST_BROWSER may name one"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["YI_LOCAL_HOME"] = str(folder / "home")
        write_smallest(folder / f"{MODEL}.gguf")
        store = Store(folder / "conversations.db")
        for title in _OTHERS:
            conversation(store, (title, "Yes."), title=title, model=MODEL)
        number = conversation(store, *_TALK, title=_TALK[0][0], model=MODEL)
        live = Live(folder, first=(MODEL,), store=store)
        try:
            with started(path) as browser:
                page = browser.new_page(viewport=SIZE, locale="en-US", reduced_motion="reduce")
                page.goto(f"{live.url}/#{number}")
                draw(page)
        finally:
            live.close()


if __name__ == "__main__":
    main()
