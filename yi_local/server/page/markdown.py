"""Markdown as trees of the few tags and attributes that the page draws.

A tree is a text, or [tag, attributes, its trees ...]. HTML is text like any other, an image is a
link to it, and a link leads to web pages and mail only: nothing a model writes runs or is fetched.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

Tree = str | list[Any]

TAGS = frozenset(
    (
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code",
        "em", "strong", "s", "a", "hr", "br", "table", "thead", "tbody", "tr", "th", "td",
    )
)  # fmt: skip
_ALIGNMENTS = {f"text-align:{side}": side for side in ("left", "center", "right")}
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_MAX_NESTING = 40  # what lies deeper is left out: whoever walks a tree has an end of his stack
_LONGEST_LANGUAGE = 40
_OPEN_ENDED = 2  # so many last blocks may still turn into something else


def blocks(text: str) -> list[Tree]:
    return _trees(_parser().parse(text))


class Growing:
    """The blocks of a text that comes piece by piece; only the end is looked at again.

    `changed` may be a little wrong where a later part says what an earlier one means (links that
    are defined further down); `whole` puts that right.
    """

    def __init__(self, begun: str = "") -> None:
        self._pieces: list[str] = []
        self._rest = ""  # the source of the blocks that are not settled
        self._held = ""  # half a line break
        self._settled: list[Tree] = []
        self._open: list[Tree] = []  # as they were told
        self._links: dict[str, Any] = {}  # defined in what is settled
        self.add(begun)

    def add(self, text: str) -> None:
        self._pieces.append(text)
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        self._rest += text.removesuffix(self._held).replace("\r\n", "\n").replace("\r", "\n")

    @property
    def n_open(self) -> int:
        """Characters that are looked at again each time."""
        return len(self._rest)

    def changed(self) -> tuple[int, list[Tree]] | None:
        """From which block on all are replaced, and by which; None where all is as it was."""
        tokens = _parser().parse(self._rest, {"references": dict(self._links)})
        now = _trees(tokens)
        first = len(self._settled)
        change = _change(self._open, now)
        self._settle(tokens, now)
        return None if change is None else (first + change, now[change:])

    def whole(self) -> tuple[int, list[Tree]] | None:
        """`changed` for the end of the text."""
        told = [*self._settled, *self._open]
        now = blocks("".join(self._pieces))
        change = _change(told, now)
        return None if change is None else (change, now[change:])

    def _settle(self, tokens: Sequence[Token], trees: list[Tree]) -> None:
        """Blocks are closed for good when others have begun below them."""
        starts = [token.map[0] for token in tokens if token.map is not None and not token.level]
        n_settled = max(len(trees) - _OPEN_ENDED, 0)
        self._settled += trees[:n_settled]
        self._open = trees[n_settled:]
        if not n_settled:
            return
        lines = self._rest.split("\n")
        above, below = lines[: starts[n_settled]], lines[starts[n_settled] :]
        if any("]:" in line for line in above):
            found: dict[str, Any] = {"references": self._links}
            _parser().parse("\n".join(above), found)
        self._rest = "\n".join(below)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.parse("x")  # it puts its rules in order now: threads must not meet over that
    return parser


def _change(before: Sequence[Tree], now: Sequence[Tree]) -> int | None:
    for number, (old, new) in enumerate(zip(before, now, strict=False)):
        if old != new:
            return number
    return None if len(before) == len(now) else min(len(before), len(now))


# From tokens to trees


def _trees(tokens: Sequence[Token]) -> list[Tree]:
    root: list[Any] = []
    _grow(root, tokens, False)
    return root


def _grow(root: list[Any], tokens: Sequence[Token], in_link: bool) -> None:
    """Puts them below `root`, which is a list of trees or a tree."""
    stack = [root]
    links = [in_link]
    for token in tokens:
        top = stack[-1]
        if token.nesting == 1:
            made = _element(token, links[-1])
            if made is not None:
                top.append(made)
            stack.append(top if made is None else made)
            links.append(links[-1] or token.type == "link_open")
        elif token.nesting == -1:
            stack.pop()
            links.pop()
        elif token.type == "inline":
            _grow(top, token.children or (), links[-1])
        else:
            _append(top, _leaf(token, links[-1]))


def _append(top: list[Any], tree: Tree) -> None:
    """Texts side by side are one; the first of a tree's strings is its tag."""
    if isinstance(tree, str) and len(top) > 2 and isinstance(top[-1], str):
        top[-1] += tree
    elif tree:
        top.append(tree)


def _element(token: Token, in_link: bool) -> list[Any] | None:
    """None: what is in it stands in its place."""
    if token.hidden or token.tag not in TAGS:
        return None
    attributes: dict[str, Any] = {}
    if token.tag == "a":
        address = _address(token.attrs.get("href"))
        if address is None or in_link:
            return None
        attributes["href"] = address
    elif token.tag == "ol" and token.attrs.get("start", 1) != 1:
        attributes["start"] = int(token.attrs["start"])
    elif token.tag in ("th", "td") and token.attrs.get("style") in _ALIGNMENTS:
        attributes["align"] = _ALIGNMENTS[str(token.attrs["style"])]
    return [token.tag, attributes]


def _leaf(token: Token, in_link: bool) -> Tree:
    match token.type:
        case "fence" | "code_block":
            language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
            attributes = {"language": language[:_LONGEST_LANGUAGE]} if language else {}
            return ["pre", attributes, ["code", {}, token.content]]
        case "code_inline":
            return ["code", {}, token.content]
        case "softbreak":
            return "\n"
        case "hardbreak":
            return ["br", {}]
        case "hr":
            return ["hr", {}]
        case "image":
            return _picture(token, in_link)
    return token.content


def _picture(token: Token, in_link: bool) -> Tree:
    text = "".join(each.content for each in token.children or ())
    address = _address(token.attrs.get("src"))
    if address is None or in_link:
        return text
    return ["a", {"href": address}, text or address]


def _address(found: object) -> str | None:
    return found if isinstance(found, str) and _ADDRESS.fullmatch(found) else None
