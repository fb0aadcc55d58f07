"""One question and its answer in a conversation: for scripts, which retry what has failed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from yi_local.assistant.talk.counting import Counter
from yi_local.assistant.talk.fitting import seen
from yi_local.assistant.talk.manner import sampling_of
from yi_local.assistant.talk.session import Asked, Failed, Session, SessionEvent, Variant
from yi_local.assistant.talk.title import title_of
from yi_local.errors import CannotLoad, YiLocalError
from yi_local.language import tr
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment, Node
from yi_local.types import Message


def one_answer(
    store: Store,
    session: Session,
    text: str,
    attachments: Sequence[Attachment] = (),
    chosen: Mapping[str, Any] | None = None,
) -> Iterator[SessionEvent]:
    """Asks below the last answer: a question that got none is passed over, as if never asked.

    `chosen` holds for this answer. The model is loaded already. Raises PromptTooLong, with numbers
    and nothing stored; otherwise as Session does.
    """
    sampling = dict(chosen or {})
    nodes = answered(session.path())
    _demand_fit(session, nodes, text, attachments, sampling)
    question = _stored(store, session, nodes, text, attachments)
    yield Asked(question)
    for _, event in session.compare_again(question.id, (Variant(session.model, sampling),)):
        if isinstance(event, Failed):
            raise event.error
        yield event


def answered(nodes: Sequence[Node]) -> Sequence[Node]:
    """The path to its last answer."""
    for end in range(len(nodes), 0, -1):
        last = nodes[end - 1]
        if last.message.role == "assistant" and last.message.content:
            return nodes[:end]
    return ()


def _demand_fit(
    session: Session,
    nodes: Sequence[Node],
    text: str,
    attachments: Sequence[Attachment],
    chosen: Mapping[str, Any],
) -> None:
    """By the loaded model's own count."""
    engine = session.model.engine
    if not session.model.loaded:
        raise CannotLoad(tr("The model was unloaded as soon as it was loaded."))
    question = Node(0, 0, None, Message("user", text), 0.0, None, tuple(attachments))
    seen(
        [*nodes, question],
        session.system,
        "",
        n_ctx=session.model.n_ctx,
        max_tokens=sampling_of(
            session.model, {**session.conversation.sampling, **chosen}
        ).max_tokens,
        policy=session.policy,
        engine=engine,
        counter=Counter(lambda: engine),
    )


def _stored(
    store: Store,
    session: Session,
    nodes: Sequence[Node],
    text: str,
    attachments: Sequence[Attachment],
) -> Node:
    conversation = session.conversation
    parent_id = nodes[-1].id if nodes else None
    question = store.ask(conversation.id, parent_id, text, tuple(attachments))
    fields: dict[str, Any] = {"model": session.model.name}
    if parent_id is None and not conversation.titled:
        fields["title"] = title_of(text) or (attachments[0].name if attachments else "")
    with suppress(YiLocalError):  # the question is safe: that is what matters
        store.update(conversation.id, **fields)
    return question
