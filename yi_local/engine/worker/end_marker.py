"""Finds the token that ends an answer: what a chat template writes after an assistant's content."""

from collections.abc import Iterator, Mapping
from enum import Enum

from jinja2 import Environment, TemplateSyntaxError, nodes

KNOWN = (
    "<|im_end|>",
    "<|eot_id|>",
    "<end_of_turn>",
    "<|end|>",
    "<|end_of_turn|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|eot|>",
    "<|end_of_text|>",
    "<turn|>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>",  # DeepSeek, in full-width bars
)
OTHER_ENDS = frozenset({"<|return|>", "<|call|>", "<|calls|>", "<|flush|>"})
_ANSWERER = frozenset({"assistant", "model", "ASSISTANT"})


class _Mark(Enum):
    CONTENT = "a message's text"
    EOS = "the file's own end token"
    BREAK = "something else begins"


_Item = tuple[bool, str | _Mark]  # whether only for an assistant's turn


def end_marker(template: str, special: Mapping[str, int]) -> str | None:
    """One of the `special` token texts; None where nothing but the declared end token ends.

    Reads the template's syntax tree and runs none of it, since a file's template is foreign code.
    Vocabularies in which several tokens end an answer, by what follows it, give None: llama.cpp
    knows them.
    """
    if OTHER_ENDS & special.keys():
        return None
    try:
        tree = Environment(extensions=["jinja2.ext.loopcontrols"]).parse(template)
    except TemplateSyntaxError:  # a tag of another engine: the text still tells
        return next((m for m in KNOWN if m in template and m in special), None)
    items = list(_walk(tree, False))
    answers = [pair for pair in items if pair[0]]
    for scope in (answers, items):
        for text in _after_content(scope):
            if text is _Mark.EOS:
                return None
            found = _first(text, special) if isinstance(text, str) else None
            if found:
                return found
    return None


def _first(text: str, special: Mapping[str, int]) -> str | None:
    """Directly behind the content any special token, later (behind tool calls) a known end."""
    behind = text.lstrip()
    starts = [marker for marker in special if marker and behind.startswith(marker)]
    if starts:
        return max(starts, key=len)
    known = [marker for marker in KNOWN if marker in special and marker in text]
    return min(known, key=text.index, default=None)


def _after_content(items: list[_Item]) -> Iterator[str | _Mark]:
    """For every content: the text behind it, or EOS where that comes before any text."""
    text: str | None = None
    for _, item in items:
        if isinstance(item, str):
            text = None if text is None else text + item
            continue
        if item is _Mark.EOS and text is not None and not text.strip():
            yield _Mark.EOS
        elif text:
            yield text
        text = "" if item is _Mark.CONTENT else None
    if text:
        yield text


def _walk(node: nodes.Node, answers: bool) -> Iterator[_Item]:
    """The template's texts and contents in the order of their writing."""
    match node:
        case nodes.If():
            mine = answers or _is_about_answers(node.test)
            for child in node.body:
                yield from _walk(child, mine)
            for branch in (*node.elif_, *node.else_):
                yield from _walk(branch, answers)
        case nodes.CondExpr(expr1=first, expr2=second):
            yield from _walk(first, answers)
            if second is not None:
                yield from _walk(second, answers)
        case nodes.Assign() | nodes.AssignBlock():
            yield answers, _Mark.BREAK
            for child in node.iter_child_nodes(exclude=("target",)):
                yield from _walk(child, answers)
            yield answers, _Mark.BREAK
        case nodes.TemplateData(data=text) | nodes.Const(value=str() as text):
            yield answers, text
        case nodes.Name(name="eos_token"):
            yield answers, _Mark.EOS
        case (
            nodes.Name(name="content")
            | nodes.Getattr(attr="content")
            | nodes.Getitem(arg=nodes.Const(value="content"))
        ):
            yield answers, _Mark.CONTENT
        case nodes.Compare() | nodes.Test() | nodes.Getitem():
            return
        case _:
            for child in node.iter_child_nodes(exclude=("target", "iter", "args", "kwargs")):
                yield from _walk(child, answers)


def _is_about_answers(test: nodes.Node) -> bool:
    """Whether the branch is taken for assistant turns: `role == 'assistant'`, also among `and`s."""
    for compare in (test, *test.find_all(nodes.Compare)):
        if isinstance(compare, nodes.Compare):
            operands = [(operand.op, operand.expr) for operand in compare.ops]
            if any(
                op == "eq" and isinstance(expr, nodes.Const) and expr.value in _ANSWERER
                for op, expr in operands
            ):
                return True
    return False
