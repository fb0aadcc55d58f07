"""The model that the next answer comes from: found, planned for and loaded in a thread."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from yi_local.assistant.loading.loader import NextPlan
from yi_local.assistant.loading.open_model import Models
from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.models.reference import DEMO, find_model
from yi_local.errors import ModelNotFound
from yi_local.planner.plan import Wish
from yi_local.store.conversations import Store
from yi_local.types import LoadProgress

LAST_MODEL = "last-model"  # the store's note


@dataclass
class Opened(Message):
    """It is here and fits; it will be loaded."""

    model: TalkModel


@dataclass
class Loading(Message):
    """Only the newest counts."""

    model: TalkModel
    event: LoadProgress | NextPlan

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Loading) and isinstance(message.event, LoadProgress)


@dataclass
class Loaded(Message):
    """It is ready, or its loading has ended in another way: `model.loaded` tells."""

    model: TalkModel


@dataclass
class NotOpened(Message):
    """The one before, if any, stays in use."""

    name: str


def first_model(store: Store) -> str | None:
    """What was talked with last, else the demo where it is installed."""
    noted = store.note(LAST_MODEL)
    if noted is not None:
        return noted
    try:
        find_model(DEMO)
    except ModelNotFound:
        return None
    return DEMO


def use(
    name: str,
    models: Models,
    store: Store,
    post: Callable[[Message], object],
    cancelled: Callable[[], bool],
    *,
    wish: Wish | None,
    force: bool,
) -> None:
    """Seconds of planning, then of loading; what goes wrong is raised, after it was posted."""
    model: TalkModel | None = None
    try:
        model = models.open(name, wish, force=force)
        store.keep_note(LAST_MODEL, name)
        post(Opened(model))
        for event in model.load(cancelled):
            post(Loading(model, event))
    finally:
        post(Loaded(model) if model is not None else NotOpened(name))
