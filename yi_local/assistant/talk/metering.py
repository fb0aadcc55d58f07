"""How full the context is, part by part."""

from collections.abc import Sequence

from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.counting import Counter
from yi_local.assistant.talk.fitting import TEMPLATE_TOKENS
from yi_local.assistant.talk.prompt import documents_of
from yi_local.assistant.talk.window import Meter
from yi_local.store.records import Node


def meter_of(
    nodes: Sequence[Node],
    system: str | None,
    model: TalkModel,
    counter: Counter,
    running_tokens: int,
) -> Meter | None:
    """Of the path; the newest messages count first, and what is beyond n_ctx is not in it.

    None where nobody tells n_ctx. `running_tokens` are those of an answer that is being written,
    which the store may not have yet.
    """
    n_ctx = model.n_ctx
    if n_ctx is None:
        return None
    is_estimated = not model.loaded
    counted, _ = counter.count(system or "")
    system_tokens = min(counted, n_ctx)
    left = n_ctx - system_tokens
    answer_tokens = document_tokens = turn_tokens = 0
    for position, node in enumerate(reversed(nodes)):
        is_last_answer = position == 0 and node.message.role == "assistant"
        typed, guessed = counter.count(node.message.content)
        documents, guessed_too = counter.count(documents_of(node.attachments))
        is_estimated = is_estimated or guessed or guessed_too
        typed = max(typed + TEMPLATE_TOKENS, running_tokens if is_last_answer else 0)
        if typed + documents > left:
            break
        left -= typed + documents
        document_tokens += documents
        if is_last_answer:
            answer_tokens = typed
        else:
            turn_tokens += typed
    return Meter(n_ctx, system_tokens, document_tokens, turn_tokens, answer_tokens, is_estimated)
