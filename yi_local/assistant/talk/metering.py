"""How full the context is, part by part."""

from collections.abc import Sequence

from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.talk.counting import Counter
from yi_local.assistant.talk.prompt import documents_of
from yi_local.assistant.talk.window import Meter
from yi_local.store.records import Node

_TEMPLATE_TOKENS = 6  # about so many come with each message: its role, its marks
_FALLBACK_CTX = 8192  # the engine's own choice where a plan leaves it open


def meter_of(
    nodes: Sequence[Node],
    system: str | None,
    model: OpenModel,
    counter: Counter,
    running_tokens: int,
) -> Meter:
    """Of the path; the newest messages count first, and what is beyond n_ctx is not in it.

    `running_tokens` are those of an answer that is being written, which the store may not have yet.
    """
    info = model.engine.model
    n_ctx = info.n_ctx if info is not None else model.plan.options.n_ctx or _FALLBACK_CTX
    is_estimated = info is None
    counted, _ = counter.count(system or "")
    system_tokens = min(counted, n_ctx)
    left = n_ctx - system_tokens
    answer_tokens = document_tokens = turn_tokens = 0
    for position, node in enumerate(reversed(nodes)):
        is_last_answer = position == 0 and node.message.role == "assistant"
        typed, guessed = counter.count(node.message.content)
        documents, guessed_too = counter.count(documents_of(node.attachments))
        is_estimated = is_estimated or guessed or guessed_too
        typed = max(typed + _TEMPLATE_TOKENS, running_tokens if is_last_answer else 0)
        if typed + documents > left:
            break
        left -= typed + documents
        document_tokens += documents
        if is_last_answer:
            answer_tokens = typed
        else:
            turn_tokens += typed
    return Meter(n_ctx, system_tokens, document_tokens, turn_tokens, answer_tokens, is_estimated)
