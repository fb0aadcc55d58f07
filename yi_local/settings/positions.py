"""On which line of a TOML text an entry stands, for problems that the parser does not see."""

import re
from collections.abc import Iterator

Where = tuple[str | int, ...]  # ("model", 0, "repo", 2, "id")

_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*[=.]""")


def line_of(text: str, where: Where) -> int | None:
    """The line of an entry, else of the table it should be in; None for nothing of that name."""
    lines: dict[Where, int] = {}
    for place, line in _places(text):
        lines.setdefault(place, line)
    while where:
        if where in lines:
            return lines[where]
        where = where[:-1]
    return None


def _places(text: str) -> Iterator[tuple[Where, int]]:
    """Exact for the plain style of our own files; lines in the middle of long texts may mislead."""
    here: Where = ()
    counts: dict[Where, int] = {}
    for line, content in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(content):
            here = _resolve(header[2].split("."), header[1] == "[[", counts)
            yield here, line
        elif key := _KEY.match(content):
            yield (*here, key[1] or key[2] or key[3]), line


def _resolve(names: list[str], is_entry: bool, counts: dict[Where, int]) -> Where:
    """("model", 1, "repo", 0) of "model.repo": each list means its latest entry."""
    place: Where = ()
    for depth, name in enumerate(names, 1):
        place = (*place, name.strip().strip("\"'"))
        if is_entry and depth == len(names):
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place
