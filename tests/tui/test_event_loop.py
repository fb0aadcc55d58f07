"""Nothing blocks the event loop: a watcher measures it at work."""

import asyncio
import time
from collections.abc import Callable

from textual.content import Content
from textual.widgets import Static

from tests.tui.conftest import Running
from tests.tui.talking import ask, long_conversation, pane_of, ready, screen_of, shown
from tests.tui.waiting import until, until_seen
from tests.tui.watch import watched
from yi_local.tui.services import Services
from yi_local.tui.widgets.entries import Entries
from yi_local.tui.widgets.transcript.fence import Fence

ANSWER = (
    "Answer {n}, with **bold** text.\n\n- one\n- two\n\n```python\nfor x in range({n}):\n"
    "    print(x)\n```\n\n" + "A paragraph of several words that goes on for a while. " * 6
)


async def test_loading_streaming_and_stopping_let_the_loop_go_on(
    running: Running, services: Services
) -> None:
    async with running(services) as pilot, watched() as watch:
        watch.now("loading")
        pane = await ready(pilot)
        watch.now("streaming")
        await pilot.press(*"tick", "enter")
        await until_seen(pilot, "tick tick")
        for letter in "typed meanwhile":
            await pilot.press(letter)
        watch.now("stopping")
        await pilot.press("escape")
        await until_seen(pilot, "stopped")
        await until(pilot, lambda: shown(pane))


async def test_a_long_fence_lets_the_loop_go_on(running: Running, services: Services) -> None:
    code = "\n".join(f"total_{n} = reading({n}) * 2  # degrees" for n in range(150))
    async with running(services) as pilot:
        await ready(pilot)
        async with watched() as watch:
            watch.now("streaming a fence")
            await ask(pilot, f"say ```python\n{code}\n```")


async def test_opening_long_code_lets_the_loop_go_on(running: Running, services: Services) -> None:
    code = "\n".join(f"total_{n} = reading({n}) * 2  # degrees" for n in range(800))
    ids = long_conversation(services.store, 2, answer=f"```python\n{code}\n```")
    async with running(services) as pilot:
        pane = await ready(pilot)
        async with watched() as watch:
            watch.now("opening")
            screen_of(pilot).open_conversation(services.store.conversations()[0].id)
            await until(pilot, lambda: pane.transcript.turn(ids[-1]))
            fence = pane.transcript.turns[-1].query_one(Fence)
            await until(pilot, lambda: all(is_coloured(piece) for piece in fence._pieces))


def is_coloured(piece: Static) -> bool:
    return isinstance(piece.content, Content) and bool(piece.content.spans)


async def test_opening_and_scrolling_5000_messages_lets_the_loop_go_on(
    running: Running, services: Services
) -> None:
    ids = long_conversation(services.store, 5000, answer=ANSWER)
    conversation_id = services.store.conversations()[0].id
    async with running(services) as pilot:
        pane = await ready(pilot)
        async with watched() as watch:
            watch.now("opening")
            began = time.monotonic()
            screen_of(pilot).open_conversation(conversation_id)
            await until(pilot, lambda: pane.transcript.turn(ids[-1]) is not None)
            assert time.monotonic() - began < 3  # 0.5 s where nobody else computes
            watch.now("scrolling")
            for _ in range(8):
                pane.transcript.scroll_page_up(animate=False)
                await pilot.pause()
            watch.now("opening in the middle")
            screen_of(pilot).open_conversation(conversation_id, ids[2500])
            await until(pilot, lambda: pane.transcript.turn(ids[2500]) is not None)
            await pilot.pause(0.3)  # what is around it comes in


async def test_searching_lets_the_loop_go_on(
    running: Running, services_with: Callable[..., Services]
) -> None:
    services = services_with()
    long_conversation(services.store, 600)
    async with running(services, size=(120, 30)) as pilot:
        await ready(pilot)
        async with watched() as watch:
            watch.now("searching")
            await pilot.press("ctrl+f", *"thing")
            listed = screen_of(pilot).conversation_list
            await until(pilot, lambda: listed._hits)
            assert pane_of(pilot).is_mounted


async def test_the_first_look_at_every_part_lets_the_loop_go_on(
    running: Running, services: Services
) -> None:
    seen = {"f3": "On this machine", "f4": "What would a model take?", "f5": "New preset"}
    async with running(services, size=(120, 40)) as pilot:
        await ready(pilot)
        async with watched() as watch:
            for key, text in seen.items():
                watch.now(f"the first {key}")
                await pilot.press(key)
                await until_seen(pilot, text)
                await asyncio.sleep(0.3)  # what is read in a thread comes in
            watch.now("going back")
            await pilot.press("f2")
            await until(pilot, lambda: pilot.app.current_mode == "chat")


async def test_the_dialogs_let_the_loop_go_on(running: Running, services: Services) -> None:
    seen = {"f1": "Side by side", "ctrl+p": "New chat  ", "ctrl+o": "Filter"}
    async with running(services, size=(120, 40)) as pilot:
        await ready(pilot)
        async with watched() as watch:
            for key, text in seen.items():
                watch.now(f"the first {key}")
                await pilot.press(key)
                await until_seen(pilot, text)
                watch.now(f"closing what {key} opened")
                await pilot.press("escape")
                await until(pilot, lambda: len(pilot.app.screen_stack) == 1)


async def test_3000_conversations_let_the_loop_go_on(running: Running, services: Services) -> None:
    store = services.store
    for n in range(3000):
        conversation = store.create(model="tiny", title=f"About thing {n} and others of its kind")
        store.ask(conversation.id, None, "What is it?")
    async with running(services, size=(120, 40)) as pilot:
        await ready(pilot)
        screen = screen_of(pilot)
        options = screen.query_one(Entries)
        async with watched() as watch:
            watch.now("the first filling")
            screen._most = 3000
            screen.list_conversations()
            await until(pilot, lambda: options.option_count > 3000)
            watch.now("one that moves to the top")
            store.ask(conversation.id - 50, None, "What else?")
            screen.list_conversations()
            await until_seen(pilot, "About thing 2949")
            watch.now("a screen that is too narrow for the list")
            await pilot.resize_terminal(80, 24)
            watch.now("the list on all of it")
            await pilot.press("ctrl+b")
            await until_seen(pilot, "About thing 2999 and others of its kind")
            watch.now("another width")
            await pilot.resize_terminal(40, 24)
            await until_seen(pilot, "About thing 2999 and others of its")
            await until_seen(pilot, "kind")
            watch.now("another height")
            await pilot.resize_terminal(40, 20)
            watch.now("its end")
            await pilot.press("end")
            await until_seen(pilot, "About thing 0 and")
