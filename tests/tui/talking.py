"""Conversations for tests of the chat: typed into the app, or put into the store."""

from textual.pilot import Pilot

from tests.tui.waiting import until
from yi_local.store.conversations import Store
from yi_local.tui.chat.pane import ChatPane
from yi_local.tui.screens.chat import ChatScreen
from yi_local.tui.widgets.transcript.answer import Answer
from yi_local.tui.widgets.transcript.window import lacking


def screen_of(pilot: Pilot[None]) -> ChatScreen:
    screen = pilot.app.screen
    assert isinstance(screen, ChatScreen)
    return screen


def pane_of(pilot: Pilot[None]) -> ChatPane:
    return screen_of(pilot).pane


async def ready(pilot: Pilot[None]) -> ChatPane:
    """The model is loaded."""
    pane = pane_of(pilot)
    await until(pilot, lambda: pane.model is not None and pane.model.loaded)
    return pane


async def ask(pilot: Pilot[None], text: str) -> None:
    """Types it and waits until the answer has ended and is shown."""
    pane = await ready(pilot)
    pane.prompt.put(text)
    await pilot.press("enter")
    await until(pilot, lambda: not pane.prompt.text and pane.talk.running is None and shown(pane))


def shown(pane: ChatPane) -> bool:
    """There is an answer at the end, none is growing any more, and no message is on its way."""
    transcript, turns = pane.transcript, pane.transcript.turns
    is_answered = bool(turns) and isinstance(turns[-1], Answer)
    is_busy = pane._showing.locked() or transcript._filling
    is_whole = not is_busy and lacking(transcript.window, transcript._view) is None
    return is_answered and is_whole and all(turn.entry.feed is None for turn in turns)


def texts(pane: ChatPane) -> list[str]:
    """Of the mounted messages."""
    return [turn.entry.text for turn in pane.transcript.turns]


def long_conversation(store: Store, messages: int, *, answer: str = "Answer {n}.") -> list[int]:
    """The ids of its messages: questions and answers, numbered from 1."""
    conversation = store.create(model="tiny", title="A long one")
    ids: list[int] = []
    for n in range(1, messages + 1):
        parent = ids[-1] if ids else None
        if n % 2:
            node = store.ask(conversation.id, parent, f"Question {n}, about a thing?")
        else:
            assert parent is not None
            node = store.begin_answer(conversation.id, parent, "tiny")
            store.finish(node.id, answer.format(n=n), "stop", None)
        ids.append(node.id)
    return ids
