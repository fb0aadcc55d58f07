"""Plain tables for terminals, in columns that Chinese names do not break."""

from collections.abc import Sequence

from yi_local.text import width_of

_GAP = "  "


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = ()) -> str:
    """Columns as wide as needed, aligned to the right but for the numbers in `left`."""
    lines = [head, *rows]
    widths = [max(width_of(line[column]) for line in lines) for column in range(len(head))]
    return "".join(
        _GAP.join(
            _cell(text, width, column in left)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        + "\n"
        for line in lines
    )


def _cell(text: str, width: int, to_left: bool) -> str:
    space = " " * (width - width_of(text))
    return text + space if to_left else space + text
