"""A growing answer: every way of showing it ends with the same text on the screen."""

import asyncio
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.tui.snapshot import screen_text
from tests.tui.waiting import until
from yi_local.store.records import Node
from yi_local.tui.chat.feed import Feed
from yi_local.tui.themes import OWN_THEMES
from yi_local.tui.widgets.transcript.answer import Answer
from yi_local.tui.widgets.transcript.body import Body
from yi_local.tui.widgets.transcript.entry import Entry
from yi_local.types import Message

EMPTY = Node(2, 1, 1, Message("assistant", ""), 0.0, None, model="demo")
TEXTS = {
    "paragraphs": "One **bold** line.\n\nAnother one, with `code`.\n",
    "a fence": "Look:\n\n```python\n" + "x = 1  # a line\n" * 70 + "```\n\nDone.\n",
    "a list": "- one\n- two\n  - three\n\n1. a\n2. b\n",
    "a table": "| a | b |\n|---|---|\n| 1 | 2 |\n\nafter\n",
    "links": "See [this][1].\n\n[1]: https://example.org\n",
    "Chinese": "你好，**世界**。\n\n> 引用\n",
    "html": "A <b>tag</b> and\n\n<div>\nblock\n</div>\n",
}


class Host(App[None]):
    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.answer = Answer(entry)

    def compose(self) -> ComposeResult:
        yield self.answer

    def on_mount(self) -> None:
        self.register_theme(OWN_THEMES[0])
        self.theme = OWN_THEMES[0].name


def shown(app: App[object]) -> list[str]:
    lines = [line.rstrip() for line in screen_text(app).splitlines()]
    return [line for line in lines if line]


async def ended(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_an_answer_that_came_in_pieces_looks_as_one_that_came_whole(text: str) -> None:
    whole = Host(Entry(Node(2, 1, 1, Message("assistant", text), 0.0, "stop", model="demo"), (2,)))
    async with whole.run_test(size=(80, 100)) as pilot:
        await ended(pilot)
        expected = shown(pilot.app)
    feed = Feed(lambda: loop.call_soon_threadsafe(feed.arrived))
    loop = asyncio.get_running_loop()
    async with Host(Entry(EMPTY, (2,), feed=feed)).run_test(size=(80, 100)) as pilot:
        for at in range(0, len(text), 7):
            feed.push(text[at : at + 7])
            await asyncio.sleep(0)
        await asyncio.to_thread(feed.end)
        await ended(pilot)
        assert shown(pilot.app) == expected


async def test_a_table_gets_its_real_cells_in_the_end() -> None:
    feed = Feed(lambda: feed.arrived())
    app = Host(Entry(EMPTY, (2,), feed=feed))
    async with app.run_test(size=(80, 24)) as pilot:
        for piece in TEXTS["a table"]:
            feed.push(piece)
        feed.end()
        await ended(pilot)
        assert len(app.query("MarkdownTableCellContents")) == 4


async def test_who_comes_later_sees_all_of_the_text_and_what_follows() -> None:
    feed = Feed(lambda: feed.arrived())
    feed.begin("It began ")
    app = Host(Entry(EMPTY, (2,), feed=feed))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "It began" in screen_text(pilot.app))
        feed.push("and went on.")
        await until(pilot, lambda: "It began and went on." in screen_text(pilot.app))
        feed.end()
        await ended(pilot)
        assert app.query_one(Body).source == "It began and went on."


async def test_an_answer_that_was_read_just_before_its_end_gets_its_text() -> None:
    app = Host(Entry(EMPTY, (2,)))
    async with app.run_test(size=(80, 24)) as pilot:
        await ended(pilot)
        whole = replace(EMPTY, message=Message("assistant", "All of it."), finish_reason="stop")
        app.answer.show(Entry(whole, (2,)))
        await until(pilot, lambda: "All of it." in screen_text(pilot.app))


async def test_an_answer_that_leaves_the_screen_stops_following() -> None:
    feed = Feed(lambda: feed.arrived())
    app = Host(Entry(EMPTY, (2,), feed=feed))
    async with app.run_test(size=(80, 24)) as pilot:
        feed.push("text")
        await until(pilot, lambda: "text" in screen_text(pilot.app))
        await app.answer.remove()
        await ended(pilot)
        feed.push(" more")
        assert feed.text == "text more"


def test_a_thousand_tokens_between_two_looks_are_one_message() -> None:
    told: list[int] = []
    feed = Feed(lambda: told.append(1))
    for _ in range(1000):
        feed.push("x")
    assert len(told) == 1
    assert feed.text == "x" * 1000
    feed.push("y")
    assert len(told) == 2
