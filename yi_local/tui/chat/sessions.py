"""From a talk to its session: conversations come into being when something is said."""

from collections.abc import Callable, Iterator

from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.session import Session, SessionEvent
from yi_local.settings import Preset, Settings
from yi_local.store.conversations import Store
from yi_local.tui.chat.talk import Running, Talk

Make = Callable[[Session], Iterator[SessionEvent]]


def session_of(
    talk: Talk, model: TalkModel, store: Store, settings: Settings, *, talking: bool
) -> Session:
    """The talk's; blocks for a few milliseconds: from a thread.

    Where it is for talking, the conversation is made if need be and goes on with this model.
    """
    with talk.lock:
        if talk.session is None:
            talk.session = _opened(talk, model, store, settings)
        session = talk.session
        if talking:
            session.policy = settings.context_policy
            if session.model is not model:
                session.set_model(model)
        return session


def _opened(talk: Talk, model: TalkModel, store: Store, settings: Settings) -> Session:
    if talk.id is not None:
        conversation = store.conversation(talk.id)
        return Session(store, conversation, model, settings.context_policy)
    conversation = store.create(model=model.name)
    session = Session(store, conversation, model, settings.context_policy)
    talk.id = conversation.id
    if (preset := preset_for(model, settings)) is not None:
        session.set_preset(preset)
    return session


def events_of(
    make: Make, running: Running, prepare: Callable[[], Session]
) -> Iterator[SessionEvent]:
    """A generator: whatever goes wrong, goes wrong while it is iterated."""
    running.session = prepare()
    events = make(running.session)
    if running.stopping:  # it was asked for before there was anything to stop
        running.session.cancel()
    yield from events


def preset_for(model: TalkModel, settings: Settings) -> Preset | None:
    """What a new conversation begins with."""
    known = model.known
    return settings.preset_for(*([known.id] if known is not None else []), model.name)
