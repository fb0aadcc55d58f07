"""Text for people: cleaned for terminals, sizes and times in words."""

_C0 = (code for code in range(0x20) if chr(code) not in "\n\t")
_DELETE_AND_C1 = range(0x7F, 0xA0)
# Unicode's Bidi_Control property: they reorder what stands around them on the screen.
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_DROPPED = dict.fromkeys((*_C0, *_DELETE_AND_C1, *_BIDI))

_UNITS = ("B", "kB", "MB", "GB", "TB")


def clean(text: str) -> str:
    """Drops what a terminal would obey: control characters but newline and tab, bidi controls.

    It works character by character, so a stream may be cleaned piece by piece. Dropping every
    carriage return turns CRLF into a newline.
    """
    return text.translate(_DROPPED)


def wrapped(text: str, columns: int | None, indent: str = "") -> str:
    """Lines broken between words so as to fit; None leaves them as they are.

    What has no spaces, as Chinese or a path, is left to the terminal. `indent` goes before the
    lines that follow a break.
    """
    if columns is None:
        return text
    return "\n".join(_broken(line, columns, indent) for line in text.split("\n"))


def _broken(line: str, columns: int, indent: str) -> str:
    if len(line) <= columns:
        return line
    first, *words = line.lstrip(" ").split(" ")
    lines, current = [], " " * (len(line) - len(line.lstrip(" "))) + first
    for word in words:
        if len(current) + 1 + len(word) > columns:
            lines.append(current)
            current = indent + word
        else:
            current += f" {word}"
    return "\n".join([*lines, current])


def human_bytes(size: int | None) -> str:
    """A size with about two digits, in powers of 1000 as the Hub and disks count."""
    if size is None:
        return "unknown"
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 1 if unit > 0 and value < 9.95 else 0
    return f"{value:.{digits}f} {_UNITS[unit]}"


def human_duration(seconds: float | None) -> str:
    """A time with about two digits: 45 ms, 1.3 s, 12 s, 2 min 5 s, 1 h 3 min."""
    if seconds is None:
        return "unknown"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
