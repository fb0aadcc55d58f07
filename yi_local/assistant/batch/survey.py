"""What is to be done of an input, compared with what an output says is done."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from yi_local.assistant.batch.line import Manner, digest_of, is_empty, read_line
from yi_local.assistant.batch.record import Finished
from yi_local.errors import UsageError
from yi_local.language import tr


@dataclass(frozen=True, slots=True)
class Survey:
    total: int  # lines that are not empty
    left: int  # of them, those that the output does not have


def survey(
    raws: Iterable[bytes], manner: Manner, finished: Mapping[int, Finished], *, strict: bool
) -> Survey:
    """Reads all of it. Raises UsageError for a changed input; `strict`, for the first bad line."""
    total = left = last = 0
    for number, raw in numbered(raws):
        total, last = total + 1, number
        if number in finished:
            demand_same(finished[number], digest_of(raw, manner))
            continue
        left += 1
        if strict and (error := read_line(raw, number, manner).error) is not None:
            raise bad_line(number, error)
    demand_all(finished, last)
    return Survey(total, left)


def numbered(raws: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Without empty lines, which count all the same: the number is the one an editor shows."""
    for number, raw in enumerate(raws, start=1):
        if not is_empty(raw):
            yield number, raw


def lines_of(file: Path) -> Iterator[bytes]:
    """Raises UsageError where it cannot be read."""
    try:
        with file.open("rb") as stream:
            yield from stream
    except OSError as error:
        raise UsageError(
            tr("{path} cannot be read: {reason}.", path=file, reason=error.strerror),
            tr("Check the path."),
        ) from None


def demand_same(known: Finished, digest: str) -> None:
    if known.digest != digest:
        raise UsageError(
            tr(
                "Line {number} is not what it was when the output was begun: it has changed, or "
                "the model or an option is another one.",
                number=known.number,
            ),
            tr("Give the same again, another output, or --restart to begin anew."),
        )


def demand_all(finished: Mapping[int, Finished], last: int) -> None:
    """The input may have grown since; it must not have shrunk."""
    beyond = max(finished, default=0)
    if beyond > last:
        raise UsageError(
            tr(
                "The output has an answer to line {number}; the input ends before it.",
                number=beyond,
            ),
            tr("Give the same input again, another output, or --restart to begin anew."),
        )


def bad_line(number: int, error: UsageError) -> UsageError:
    return UsageError(
        tr("Line {number}: {reason}", number=number, reason=error.message),
        tr("Mend it; without --strict it becomes an error line, and the others are answered."),
    )
