"""What the page gets to see of the store's records, as JSON without places of this machine."""

import re
from collections.abc import Sequence
from dataclasses import asdict

from yi_local.errors import YiLocalError
from yi_local.server.openai.paths_out import without_paths
from yi_local.server.openai.write.errors import status_of
from yi_local.server.page.markdown import Tree, blocks
from yi_local.server.replies import discreet, private_roots
from yi_local.store.records import Conversation, Hit, Node
from yi_local.types import Json

_PATH = re.compile(r"[/~.\\]|[A-Za-z]:[\\/]|.*\\|.*\.gguf$", re.IGNORECASE | re.DOTALL)


def shown_model(name: str) -> str:
    """As it is asked for here; of a path, under which the terminal knows it too, the file."""
    if _PATH.match(name):
        return _last_part(name).removesuffix(".gguf")
    return name


def chat_json(conversation: Conversation) -> Json:
    return {
        "id": conversation.id,
        "title": conversation.title,
        "model": shown_model(conversation.model) if conversation.model is not None else None,
        "system": conversation.system,
        "sampling": dict(conversation.sampling),
        "preset": conversation.preset,
        "created_s": conversation.created_s,
        "updated_s": conversation.updated_s,
        "n_messages": conversation.n_messages,
    }


def message_json(node: Node, siblings: Sequence[int]) -> Json:
    """Only an answer is Markdown: what a person typed is shown as it was typed."""
    receipt, text = node.receipt, node.message.content
    usage = receipt.usage if receipt is not None else None
    return {
        "id": node.id,
        "parent_id": node.parent_id,
        "role": node.message.role,
        "text": text,
        "blocks": blocks(text) if node.message.role == "assistant" else None,
        "created_s": node.created_s,
        "finish_reason": node.finish_reason,
        "model": shown_model(node.model) if node.model is not None else None,
        "pinned": node.pinned,
        "attachments": [
            {"name": _last_part(each.name), "chars": len(each.text)} for each in node.attachments
        ],
        "siblings": list(siblings),
        "usage": asdict(usage) if usage is not None else None,
        "left_out": list(receipt.left_out) if receipt is not None else [],
    }


def hit_json(hit: Hit) -> Json:
    return {
        "chat": chat_json(hit.conversation),
        "node_id": hit.node_id,
        "role": hit.role,
        "before": hit.before,
        "found": hit.found,
        "after": hit.after,
    }


# Events of an answer on its way


def blocks_event(change: tuple[int, list[Tree]]) -> Json:
    first, trees = change
    return {"type": "blocks", "from": first, "blocks": trees}


def error_event(error: YiLocalError) -> Json:
    error = discreet(error)
    roots = private_roots()
    return {
        "type": "error",
        "message": without_paths(error.message, roots),
        "hint": without_paths(error.hint, roots) if error.hint else None,
        "code": status_of(error)[1],
    }


def _last_part(path: str) -> str:
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]
