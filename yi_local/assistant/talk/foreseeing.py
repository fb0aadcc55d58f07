"""Whether a question will fit, known before it is asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from yi_local.assistant.session import Session
from yi_local.assistant.talk.counting import Counter
from yi_local.assistant.talk.fitting import seen
from yi_local.assistant.talk.manner import sampling_of
from yi_local.errors import CannotLoad
from yi_local.language import tr
from yi_local.store.records import Attachment, Node
from yi_local.types import Message


def demand_fit(
    session: Session, text: str, attachments: Sequence[Attachment], chosen: Mapping[str, Any]
) -> None:
    """By the loaded model's own count. Raises PromptTooLong, with numbers; nothing is stored."""
    engine = session.model.engine
    info = engine.model
    if info is None:
        raise CannotLoad(tr("The model was unloaded as soon as it was loaded."))
    question = Node(0, 0, None, Message("user", text), 0.0, None, tuple(attachments))
    sampling = sampling_of(session.model, {**session.conversation.sampling, **chosen})
    seen(
        [*session.path(), question],
        session.system,
        "",
        n_ctx=info.n_ctx,
        max_tokens=sampling.max_tokens,
        policy=session.policy,
        engine=engine,
        counter=Counter(lambda: engine),
    )
