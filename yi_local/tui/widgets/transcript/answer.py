"""A model's message: who speaks, its text as Markdown, how it ended."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import PurePath
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.css.query import NoMatches
from textual.events import Key
from textual.widgets import Markdown, Static

from yi_local.language import tr, trn
from yi_local.store.records import Node
from yi_local.text import clean
from yi_local.tui.chat.feed import Feed
from yi_local.tui.chat.markdown_text import differs_when_streamed
from yi_local.tui.chat.pace import pause_s
from yi_local.tui.own_keys import key_of
from yi_local.tui.widgets.transcript.body import Body
from yi_local.tui.widgets.transcript.entry import Entry
from yi_local.tui.widgets.transcript.title import Title, speaker
from yi_local.tui.widgets.transcript.turn import Turn


class Answer(Turn):
    """Follows its feed for as long as there is one, at a pace that leaves the model its core."""

    DEFAULT_CSS = """
    Answer {
        layout: vertical;
        .answer-foot { color: $foreground-muted; height: auto; margin: 0 0 1 0; }
        .answer-unseen { color: $warning; height: auto; }
    }
    """
    NEVER: ClassVar[frozenset[str]] = frozenset({"edit"})

    def __init__(self, entry: Entry, own_keys: Callable[[], Mapping[str, str]] = dict) -> None:
        """`own_keys` are those that a person has changed, by the actions' ids."""
        super().__init__(entry)
        self._own_keys = own_keys
        self._body = Body()
        self._begun = False
        self._progress = ""
        self._filled = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Title(self._speaker())
        yield Static(clean(self.entry.unseen), markup=False, classes="answer-unseen")
        yield self._body
        yield Static(self._foot(), markup=False, classes="answer-foot")

    def on_mount(self) -> None:
        self._label()

    @on(Markdown.TableOfContentsUpdated)
    def _body_is_there(self, event: Markdown.TableOfContentsUpdated) -> None:
        """Its first sign of life: what is written before, Textual's own first step takes away."""
        event.stop()
        if not self._begun:
            self._begun = True
            self._write()

    async def filled(self) -> None:
        """Waits until the text that was there in the beginning is shown."""
        await self._filled.wait()

    def show(self, entry: Entry) -> None:
        """Its text again where nobody follows it: it may have been read before the end came."""
        before = self.entry
        super().show(entry)
        self._label()
        if entry.feed is None:
            is_other = before.feed is None and entry.text != before.text
        else:
            is_other = entry.feed is not before.feed
        if self._begun and is_other:
            self._write()

    def progress(self, text: str) -> None:
        """What goes on before the first word comes."""
        self._progress = text
        self._label()

    def on_key(self, event: Key) -> None:
        """A code block's number copies it."""
        if event.character is not None and event.character in "123456789":
            event.stop()
            self.post_message(Turn.Code(self, int(event.character)))

    # -- inside

    @work(exclusive=True, exit_on_error=False, group="write")
    async def _write(self) -> None:
        """All of the text, and what is still to come of it."""
        feed = self.entry.feed
        text = self.entry.text
        await self._body.fill(clean(text), growing=feed is not None)
        self._filled.set()
        if feed is not None:
            await self._follow(feed, len(text))
            self._label()

    async def _follow(self, feed: Feed, shown: int) -> None:
        began, processor_s = time.monotonic(), time.thread_time()
        ended = False
        while not ended:
            ended = feed.ended  # asked before the text is taken: then that is all of it
            text = feed.text
            if len(text) > shown:
                await self._body.append(clean(text[shown:]))
                shown = len(text)
                if self._progress:
                    self.progress("")
            if not ended:
                before, processor_s = processor_s, time.thread_time()
                pause = pause_s(time.monotonic() - began, processor_s - before)
                await asyncio.sleep(pause)
                await feed.news()
        if differs_when_streamed(text):
            await self._body.update(clean(text))
        self._body.settle()

    def _label(self) -> None:
        with suppress(NoMatches):  # not composed yet
            self.query_one(Title).show(self._speaker(), costs(self.entry.node))
            unseen = self.query_one(".answer-unseen", Static)
            unseen.update(Content(clean(self.entry.unseen)))
            unseen.display = bool(self.entry.unseen)
            foot, text = self.query_one(".answer-foot", Static), self._foot()
            foot.update(text)
            foot.display = bool(text)

    def _speaker(self) -> Content:
        return speaker(model_title(self.entry.node.model), "bold $accent", self.entry)

    def _foot(self) -> Content:
        feed = self.entry.feed
        if feed is not None:
            return Content("" if feed.ended else clean(self._progress))
        key = key_of("message.go-on", self._own_keys())
        return Content.styled(ending(self.entry.node, key), "$warning")


def model_title(model: str | None) -> str:
    """As a person called it; of a path the file's name."""
    if not model:
        return tr("Model")
    return PurePath(model).stem if model.lower().endswith(".gguf") else model


def ending(node: Node, key: str) -> str:
    """Nothing where the model came to its end; by `key` it goes on."""
    match node.finish_reason:
        case "cancelled":
            return tr("stopped")
        case "length":
            return tr("cut at the length limit: {key} goes on", key=key)
        case "error":
            return tr("ended by an error: {key} goes on", key=key)
        case None:
            return tr("not finished: {key} goes on", key=key)
        case _:
            return ""


def costs(node: Node) -> str:
    """Nothing where it is unknown."""
    usage = node.receipt.usage if node.receipt else None
    if usage is None:
        return ""
    tokens = trn("{n} token", "{n} tokens", usage.completion_tokens)
    if usage.decode_tps is None:
        return tokens
    return tr("{tokens} · {rate} tok/s", tokens=tokens, rate=f"{usage.decode_tps:.1f}")
