"""Text for people: cleaned for terminals, broken into lines, sizes and times in words."""

import re
import unicodedata
from collections.abc import Iterator

from yi_local.language import tr

_C0 = (code for code in range(0x20) if chr(code) not in "\n\t")
_DELETE_AND_C1 = range(0x7F, 0xA0)
# Unicode's Bidi_Control property: they reorder what stands around them on the screen.
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_DROPPED = dict.fromkeys((*_C0, *_DELETE_AND_C1, *_BIDI))

_WIDE = 2  # columns
_NEVER_FIRST = frozenset(
    "。．，、：；！？）］｝〉》」』】〕〗”’…—～·・ーゝ々％,.:;!?)]}%ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
_NEVER_LAST = frozenset("（［｛〈《「『【〔〖“‘([{")
_PATH = re.compile(r"[^。，、：；！？（）《》「」“”]*[/\\][^。，、：；！？（）《》「」“”]*")

_UNITS = ("B", "kB", "MB", "GB", "TB")


def clean(text: str) -> str:
    """Drops what a terminal would obey: control characters but newline and tab, bidi controls.

    It works character by character, so a stream may be cleaned piece by piece. Dropping every
    carriage return turns CRLF into a newline.
    """
    return text.translate(_DROPPED)


def width_of(text: str) -> int:
    """Columns on a terminal."""
    if text.isascii() and text.isprintable():  # nearly every text; the rest is slow
        return len(text)
    return sum(map(_width, text))


def padded(text: str, width: int) -> str:
    """At least so wide, by spaces on the right; `str.ljust` counts characters, not columns."""
    return text + " " * (width - width_of(text))


def cut(text: str, width: int) -> str:
    """As much of its beginning as is at most so wide."""
    taken = 0
    for position, mark in enumerate(text):
        taken += _width(mark)
        if taken > width:
            return text[:position]
    return text


def one_line(text: object) -> str:
    """For a cell of a table: cleaned, without line breaks."""
    return " ".join(clean(str(text)).split())


def shortened(text: str, width: int) -> str:
    """At most so wide; what goes is in the middle, for names differ at their ends."""
    if width_of(text) <= width:
        return text
    head, tail = text[: len(text) // 2], text[len(text) // 2 :]
    while width_of(head) + width_of(tail) + 1 > width and (head or tail):
        if width_of(head) >= width_of(tail):
            head = head[:-1]
        else:
            tail = tail[1:]
    return f"{head}…{tail}"


def wrapped(text: str, columns: int | None, indent: str = "") -> str:
    """Lines broken so as to fit: between words, and anywhere in Chinese but before a closing mark.

    None leaves them as they are. A longer word, as a path, is left to the terminal. `indent` goes
    before the lines that follow a break.
    """
    if columns is None:
        return text
    return "\n".join(_broken(line, columns, indent) for line in text.split("\n"))


def _broken(line: str, columns: int, indent: str) -> str:
    if width_of(line) <= columns:
        return line
    body = line.lstrip(" ")
    lines: list[str] = []
    current, width = "", 0
    for gap, piece in _pieces(body):
        wide = len(gap) + width_of(piece)
        if not lines and not current:
            current = " " * (len(line) - len(body)) + piece
            width = width_of(current)
        elif width + wide > columns:
            lines.append(current)
            current = indent + piece
            width = width_of(current)
        else:
            current, width = current + gap + piece, width + wide
    return "\n".join([*lines, current])


def _pieces(line: str) -> Iterator[tuple[str, str]]:
    """What is never broken, each with the space that it loses at the beginning of a line."""
    for number, word in enumerate(line.split(" ")):
        gap, start = " " if number else "", 0
        if not word.isascii():
            paths = [match.span() for match in _PATH.finditer(word)]
            for at in range(1, len(word)):
                if _breaks(word[at - 1], word[at]) and not any(a < at < b for a, b in paths):
                    yield gap, word[start:at]
                    gap, start = "", at
        yield gap, word[start:]


def _breaks(before: str, after: str) -> bool:
    """Whether a line may end between two characters that no space parts."""
    return (
        _WIDE in (_width(before), _width(after))
        and after not in _NEVER_FIRST
        and before not in _NEVER_LAST
        and 0 not in (_width(before), _width(after))  # they belong to their neighbour
    )


def _width(mark: str) -> int:
    if mark.isascii():
        return 1
    if unicodedata.category(mark) in ("Mn", "Me", "Cf"):
        return 0
    return _WIDE if unicodedata.east_asian_width(mark) in ("W", "F") else 1


def human_bytes(size: int | None) -> str:
    """A size with about two digits, in powers of 1000 as the Hub and disks count."""
    if size is None:
        return tr("unknown")
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 1 if unit > 0 and value < 9.95 else 0
    return f"{value:.{digits}f} {_UNITS[unit]}"


def human_duration(seconds: float | None) -> str:
    """A time with about two digits: 45 ms, 1.3 s, 12 s, 2 min 5 s, 1 h 3 min."""
    if seconds is None:
        return tr("unknown")
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    if minutes < 60:
        return tr("{minutes} min {rest} s", minutes=minutes, rest=rest)
    hours, minutes = divmod(minutes, 60)
    return tr("{hours} h {minutes} min", hours=hours, minutes=minutes)
