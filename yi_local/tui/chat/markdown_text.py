"""What can be known of a Markdown text without showing it."""

import re
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt

_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:\s*\S", re.MULTILINE)
_TABLE_RULE = re.compile(r"^[ >]*\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*$", re.M)


@dataclass(frozen=True, slots=True)
class CodeBlock:
    language: str  # as the model named it; "" where it did not
    code: str


@cache
def parser() -> MarkdownIt:
    """HTML is text like any other: a model that writes a tag means it to be read."""
    return MarkdownIt("gfm-like", {"html": False})


def code_blocks(text: str) -> tuple[CodeBlock, ...]:
    """All of them, from the top; one that is not closed counts."""
    return tuple(
        CodeBlock(language_of(token.info), token.content.rstrip("\n"))
        for token in parser().parse(text)
        if token.type in ("fence", "code_block")
    )


def language_of(info: str) -> str:
    """The first word behind the fence."""
    return info.split(maxsplit=1)[0] if info.strip() else ""


def differs_when_streamed(text: str) -> bool:
    """Whether piece by piece it does not look as it does in one go: tables, reference links."""
    return has_references(text) or _TABLE_RULE.search(text) is not None


def has_references(text: str) -> bool:
    """Whether a part of it cannot be understood without another part that defines a link."""
    return _DEFINITION.search(text) is not None


def pieces(text: str, most_lines: int) -> list[str]:
    """The text cut between top-level blocks, in pieces that are cheap to show one after another.

    Nothing for no text. A block that is longer than `most_lines` is a piece of its own.
    """
    lines = text.splitlines(keepends=True)
    starts = [
        token.map[0] for token in parser().parse(text) if token.map is not None and not token.level
    ]
    if not starts:
        return [text] if text else []
    cuts = [0]
    for start, following in zip(starts, [*starts[1:], len(lines)], strict=True):
        if following - cuts[-1] > most_lines and start > cuts[-1]:
            cuts.append(start)
    parts = ("".join(lines[a:b]) for a, b in zip(cuts, [*cuts[1:], len(lines)], strict=True))
    return [part for part in parts if part]
