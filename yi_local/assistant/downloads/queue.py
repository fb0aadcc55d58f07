"""The download queue: models fetched one after the other in a thread of their own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Condition, Lock, Thread, current_thread
from typing import Any
from uuid import uuid4

from yi_local.assistant.downloads.item import Item
from yi_local.assistant.downloads.kept_queue import KeptQueue, Notes
from yi_local.assistant.models.fetching import (
    Fetched,
    FetchProgress,
    discard_partial,
    fetch_model,
    here_bytes,
)
from yi_local.assistant.models.sources import Sources
from yi_local.errors import Cancelled, YiLocalError
from yi_local.hub.repo import Listing, ModelGroup
from yi_local.language import tr

AT_ONCE = 1  # transfers; one of them fills a line, or the disk
_PATIENCE_S = 5.0  # for a transfer to notice that it shall end; it looks four times a second


class DownloadQueue:
    """From any thread. Whoever shows it takes `watch` or `snapshot`; items are frozen values.

    What was under way when the app was closed is paused the next time; `resume` goes on with it.
    Every method may wait for the disk: call them from a thread where that matters.
    """

    def __init__(self, notes: Notes, open_sources: Callable[[], Sources]) -> None:
        self._kept = KeptQueue(notes)
        self._open_sources = open_sources
        self._changed = Condition()
        self._version = 0
        self._items: tuple[Item, ...] = ()
        self._stopping: set[str] = set()  # keys of transfers that shall end
        self._dropped: dict[str, bool] = {}  # those that go then, and whether their bytes go too
        self._threads: list[Thread] = []
        self._loading = Lock()
        self._loaded = self._closed = False

    # -- what there is

    def snapshot(self) -> tuple[Item, ...]:
        return self._items

    def watch(self) -> Iterator[tuple[Item, ...]]:
        """What there is, again after each change, until the queue is closed.

        Who is slow misses states in between, and never the last one.
        """
        self._load()
        seen = -1
        while True:
            with self._changed:
                while not self._closed and self._version == seen:
                    self._changed.wait()
                if self._closed:
                    return
                seen, items = self._version, self._items
            yield items

    # -- what can be done

    def add(self, listing: Listing, group: ModelGroup, *, then_chat: bool = False) -> Item:
        """One that is in the queue already goes on instead."""
        self._load()
        new = Item(uuid4().hex, replace(listing, groups=(group,)), then_chat=then_chat)
        with self._changed:
            same = next((each for each in self._items if each.is_same(new)), None)
            waits = same is not None and same.state != "done"
            if same is not None and waits:
                self._put(replace(same, then_chat=same.then_chat or then_chat))
            else:
                self._change((*(each for each in self._items if each is not same), new))
        if same is not None and waits:
            self.resume(same.key)
            return same
        self._go()
        return new

    def pause(self, key: str) -> None:
        """What came stays; it goes on from there."""
        with self._changed:
            item = self._find(key)
            if item is None or not item.is_under_way:
                return
            if item.state == "queued":
                self._put(replace(item, state="paused", detail=""))
            else:
                self._stopping.add(key)
        self._save()

    def resume(self, key: str) -> None:
        """Also one that failed."""
        self._load()
        with self._changed:
            item = self._find(key)
            if item is None or item.is_under_way or item.state == "done":
                return
            self._put(replace(item, state="queued", detail="", hint=""))
        self._go()

    def cancel(self, key: str, *, delete_partial: bool = True) -> None:
        """It leaves the queue; one that is being transferred, as soon as that has ended."""
        with self._changed:
            item = self._find(key)
            if item is None:
                return
            if item.state in ("transferring", "verifying"):
                self._dropped[key] = delete_partial
                self._stopping.add(key)
                return
            self._remove(key)
        self._save()
        if delete_partial and item.state != "done":
            with self._open_sources() as sources:
                discard_partial(sources, item.listing, item.group)

    def forget_done(self) -> None:
        with self._changed:
            self._change(tuple(item for item in self._items if item.state != "done"))

    def close(self) -> None:
        """Ends what goes on, keeps it for the next time."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._stopping |= {item.key for item in self._items}
            self._changed.notify_all()
            threads = tuple(self._threads)
        for thread in threads:
            thread.join(_PATIENCE_S)
        if self._loaded:
            self._save()

    # -- the thread

    def _go(self) -> None:
        self._save()
        with self._changed:
            if len(self._threads) < AT_ONCE and not self._closed:
                thread = Thread(target=self._work, name="downloads", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        while (item := self._next()) is not None:
            self._transfer(item)
            if not self._closed:  # else whoever closes saves: the store may be gone soon
                self._save()

    def _next(self) -> Item | None:
        """None: there is nothing to do, and this thread does not count any more."""
        with self._changed:
            item = next((each for each in self._items if each.state == "queued"), None)
            if item is None or self._closed:
                self._threads.remove(current_thread())
                return None
            self._stopping.discard(item.key)
            return self._put(replace(item, state="transferring", detail="", hint=""))

    def _transfer(self, item: Item) -> None:
        ending = _failed(tr("It ended, and nobody knows why."))
        try:
            with self._open_sources() as sources:
                try:
                    ending = self._fetch(sources, item)
                finally:
                    if self._dropped.get(item.key):
                        discard_partial(sources, item.listing, item.group)
        except Cancelled:
            ending = {"state": "paused"}
        except YiLocalError as error:
            ending = _failed(error.message, error.hint or "")
        except OSError as error:
            ending = _failed(tr("The disk refused: {why}.", why=error.strerror or str(error)))
        finally:  # also where nobody foresaw what happened: it must not look as if it went on
            self._end(item.key, ending)

    def _fetch(self, sources: Sources, item: Item) -> dict[str, Any]:
        """What the item is in the end."""

        def stopped() -> bool:
            return item.key in self._stopping

        for event in fetch_model(sources, item.listing, item.group, stopped):
            if isinstance(event, Fetched):
                done = item.total_bytes
                return {"state": "done", "path": event.paths[0], "done_bytes": done}
            self._tell(item.key, event)
        return _failed(tr("It ended, and nobody knows why."))

    def _tell(self, key: str, event: FetchProgress) -> None:
        progress = event.progress
        speed, left_s = progress.bytes_per_s, None
        if progress.state == "transferring" and speed:
            left_s = (event.total_bytes - event.done_bytes) / speed
        with self._changed:
            item = self._find(key)
            if item is not None:
                self._put(
                    replace(
                        item,
                        state="verifying" if progress.state == "verifying" else "transferring",
                        done_bytes=event.done_bytes,
                        bytes_per_s=speed,
                        left_s=left_s,
                        detail=progress.detail,
                    )
                )

    def _end(self, key: str, ending: dict[str, Any]) -> None:
        with self._changed:
            if self._dropped.pop(key, None) is not None:
                self._remove(key)
            elif (item := self._find(key)) is not None:
                rest = {"detail": "", "hint": "", "bytes_per_s": None, "left_s": None}
                self._put(replace(item, **(rest | ending)))

    # -- the list; `_changed` is held, but for loading and saving

    def _find(self, key: str) -> Item | None:
        return next((item for item in self._items if item.key == key), None)

    def _put(self, item: Item) -> Item:
        self._change(tuple(item if each.key == item.key else each for each in self._items))
        return item

    def _remove(self, key: str) -> None:
        self._change(tuple(item for item in self._items if item.key != key))

    def _change(self, items: tuple[Item, ...]) -> None:
        self._items = items
        self._version += 1
        self._changed.notify_all()

    def _load(self) -> None:
        """Once, when somebody first asks."""
        with self._loading:
            if self._loaded:
                return
            items = self._kept.read()
            if items:
                with self._open_sources() as sources:
                    items = tuple(_with_bytes(sources, item) for item in items)
            with self._changed:
                self._change((*items, *self._items))
            self._loaded = True

    def _save(self) -> None:
        self._kept.write(self.snapshot())


def _with_bytes(sources: Sources, item: Item) -> Item:
    try:
        return replace(item, done_bytes=here_bytes(sources, item.listing, item.group))
    except YiLocalError:  # a name that leads nowhere; going on with it will say so
        return item


def _failed(why: str, hint: str = "") -> dict[str, Any]:
    return {"state": "failed", "detail": why, "hint": hint}
