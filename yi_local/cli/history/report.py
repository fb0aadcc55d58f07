"""Conversations as tables and trees for people, as JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from yi_local.assistant.exchange.markdown import speaker_of, title_of, when
from yi_local.assistant.exchange.native import conversation_json, node_json
from yi_local.assistant.exchange.whole import Whole, children_of, path_of
from yi_local.cli.table import table
from yi_local.language import tr, trn
from yi_local.store.records import Conversation, Hit, Node
from yi_local.text import cut, one_line, shortened, width_of, wrapped

_NARROWEST_TITLE = 16  # columns
_WIDEST_MODEL = 24
_OTHERS = 34  # columns of id, time, messages, and the gaps
_ON_PATH, _BESIDE = ">", " "


def list_text(conversations: Sequence[Conversation], columns: int) -> str:
    title_width = max(columns - _OTHERS - _WIDEST_MODEL, _NARROWEST_TITLE)
    rows = [
        [
            str(each.id),
            when(each.updated_s),
            cut_with_dots(one_line(title_of(each)), title_width),
            shortened(one_line(each.model or ""), _WIDEST_MODEL),
            f"{each.n_messages:,}",
        ]
        for each in conversations
    ]
    head = [tr("id"), tr("when"), tr("title"), tr("model"), tr("messages")]
    return table(head, rows, left=(1, 2, 3))


def cut_with_dots(text: str, width: int) -> str:
    """Its beginning: a sentence is known by that."""
    return text if width_of(text) <= width else cut(text, width - 1) + "…"


def list_json(conversations: Sequence[Conversation]) -> str:
    return _lines({"conversations": [conversation_json(each) for each in conversations]})


def hits_text(hits: Sequence[Hit], columns: int) -> str:
    """By conversation, best first; what was found stands between >> and <<."""
    parts: dict[int, list[str]] = {}
    for hit in hits:
        found = parts.setdefault(hit.conversation.id, [])
        if not found:
            found.append(f"{hit.conversation.id}  {one_line(title_of(hit.conversation))}\n")
        said = one_line(f"{hit.before}>>{hit.found}<<{hit.after}")
        line = f"  m{hit.node_id} {_speaker(hit.role)}: {said}"
        found.append(wrapped(line, columns, indent="    ") + "\n")
    return "\n".join("".join(lines) for lines in parts.values())


def hits_json(hits: Sequence[Hit]) -> str:
    found = [
        {
            "conversation_id": hit.conversation.id,
            "title": hit.conversation.title,
            "message_id": hit.node_id,
            "role": hit.role,
            "before": hit.before,
            "found": hit.found,
            "after": hit.after,
            "score": hit.score,
        }
        for hit in hits
    ]
    return _lines({"hits": found})


def whole_json(whole: Whole, path: Sequence[Node] | None) -> str:
    """None: every branch."""
    nodes = whole.nodes if path is None else path
    messages = [node_json(node, node.id in whole.chosen) for node in nodes]
    return _lines(conversation_json(whole.conversation) | {"messages": messages})


def tree_text(whole: Whole, columns: int) -> str:
    """A line for every message; branches are indented, the current path is marked."""
    lines = [f"# {one_line(title_of(whole.conversation))}", ""]
    children = children_of(whole.nodes)
    on_path = {node.id for node in path_of(whole)}
    waiting = [(node, "") for node in reversed(children.get(None, []))]
    if len(waiting) > 1:
        waiting = [(node, "  ") for node, _ in waiting]
    while waiting:
        node, indent = waiting.pop()
        lines.append(_tree_line(node, indent, node.id in on_path, columns))
        below = children.get(node.id, [])
        deeper = indent + ("  " if len(below) > 1 else "")
        waiting += [(child, deeper) for child in reversed(below)]
    mark = tr("{mark} marks the current path.", mark=_ON_PATH)
    return "\n".join([*lines, "", mark]) + "\n"


def removal_text(conversations: Sequence[Conversation]) -> str:
    return "\n".join(
        trn(
            "remove {id}  {title}, {n} message, {when}",
            "remove {id}  {title}, {n} messages, {when}",
            each.n_messages,
            id=each.id,
            title=one_line(title_of(each)),
            when=when(each.updated_s),
        )
        for each in conversations
    )


def removal_json(conversations: Sequence[Conversation], removed: bool) -> str:
    listed = [conversation_json(each) for each in conversations]
    return _lines({"conversations": listed, "removed": removed})


def _tree_line(node: Node, indent: str, on_path: bool, columns: int) -> str:
    mark = _ON_PATH if on_path else _BESIDE
    text = f"{mark} {indent}m{node.id} {one_line(speaker_of(node))}: "
    return text + cut_with_dots(one_line(node.message.content), max(columns - width_of(text), 8))


def _speaker(role: str) -> str:
    names: Mapping[str, str] = {
        "user": tr("You"),
        "assistant": tr("Assistant"),
        "title": tr("title"),
    }
    return names.get(role, role)


def _lines(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
