"""The pictures in the README: `python -m tests.tui.pictures` draws them anew.

The app itself draws them, with conversations that are put into a store of their own. What the
models' part shows of this machine is imagined, so that the pictures are the same everywhere.
"""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from yi_local import language
from yi_local.assistant.loading.open_model import Models
from yi_local.catalogue.read import read_catalogue
from yi_local.settings import Settings
from yi_local.store.conversations import Store
from yi_local.tui.app import YiApp
from yi_local.tui.services import Services

PICTURES = Path(__file__).resolve().parents[2] / "docs"
SIZE = (110, 32)

_TALK = (
    (
        "Why does ice float on water?",
        "Water is densest at about 4 °C. When it freezes, its molecules arrange themselves in an "
        "open hexagonal lattice that takes **9 % more room**, so ice is lighter than the water "
        "around it.",
    ),
    (
        "Write a function that says how much of an iceberg is under water.",
        "```python\ndef submerged(ice: float = 917.0, water: float = 1025.0) -> float:\n"
        '    """The fraction below the surface; densities in kg/m³."""\n'
        "    return ice / water\n```\n\nFor sea water that is about **89 %**.",
    ),
)
_OTHERS = ("用一句话介绍黄鹤楼", "A haiku about rain", "Plan three days in Hangzhou")


def fill(store: Store) -> None:
    for title in _OTHERS:
        conversation = store.create(model="demo", title=title)
        store.ask(conversation.id, None, title)
    conversation = store.create(model="demo", title="Why does ice float on water?")
    parent: int | None = None
    for question, answer in _TALK:
        asked = store.ask(conversation.id, parent, question)
        answered = store.begin_answer(conversation.id, asked.id, "demo")
        store.finish(answered.id, answer, "stop", None)
        parent = answered.id


async def draw(services: Services) -> None:
    app = YiApp(services)
    async with app.run_test(size=SIZE) as pilot:
        await _settle(pilot, lambda: "Ask anything" in _seen(app))
        await pilot.press("ctrl+f")
        await pilot.press("tab", "enter")
        await _settle(pilot, lambda: "89 %" in _seen(app))
        await pilot.press("escape")
        await _settle(pilot, lambda: True)
        _save(app, "chat")
        await pilot.press("f3", "2")
        await _settle(pilot, lambda: "Yi-1.5-9B-Chat" in _seen(app))
        _save(app, "models")


async def _settle(pilot, reached) -> None:  # type: ignore[no-untyped-def]
    for _ in range(600):
        await pilot.pause(0.02)
        if reached():
            break
    await pilot.pause(0.5)


def _seen(app: YiApp) -> str:
    from tests.tui.snapshot import screen_text

    return screen_text(app)


def _save(app: YiApp, name: str) -> None:
    """Without the address of a font: nothing is asked of the network to show a picture."""
    svg = re.sub(r"@font-face\s*\{.*?\}", "", app.export_screenshot(title="yi"), flags=re.DOTALL)
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")


def main() -> None:
    language.use("en")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["YI_LOCAL_HOME"] = folder
        store = Store(Path(folder) / "conversations.db")
        fill(store)
        store.keep_note("last-model", "demo")
        store.keep_note("welcomed", "1")
        services = Services(store, Models(), read_catalogue(), Settings(), offline=True)
        try:
            asyncio.run(draw(services))
        finally:
            services.close()


if __name__ == "__main__":
    main()
