"""A checkup as plain text: sections of labels and values, the findings last."""

from collections.abc import Iterator

from yi_local.assistant.doctor.checkup import Checkup
from yi_local.assistant.doctor.finding import Finding
from yi_local.cli.machine.doctor_rows import (
    Row,
    installed,
    llama_cpp,
    machine,
    network,
    place,
    residual,
    speed,
)
from yi_local.language import tr
from yi_local.text import padded, width_of, wrapped

_INDENT = "  "
_GAP = 2  # columns between label and value
_TEXT_INDENT = "     "  # of a finding
_COMMAND_INDENT = "       "  # commands are never broken: they are to be pasted


def report(checkup: Checkup, columns: int) -> str:
    sections: tuple[tuple[str, list[Row]], ...] = (
        (tr("Installed"), list(installed(checkup))),
        (tr("Machine"), list(machine(checkup.hardware))),
        ("llama.cpp", list(llama_cpp(checkup))),
        (tr("Folders"), [place(each) for each in checkup.places]),
        (tr("Network"), list(network(checkup))),
        (tr("Memory, measured minus predicted"), [residual(each) for each in checkup.residuals]),
        (tr("Speed learnt from answers"), [speed(each) for each in checkup.speeds]),
    )
    widest = max(width_of(label) for _, rows in sections for label, _ in rows)
    lines: list[str] = []
    for title, rows in sections:
        lines += [title, *_table(rows, widest, columns), ""]
    return "\n".join((*lines, *_findings(checkup.findings, columns))) + "\n"


def _table(rows: list[Row], widest: int, columns: int) -> Iterator[str]:
    """`widest`: the longest label of all sections, so that they stand in line."""
    if not rows:
        yield _INDENT + tr("nothing yet")
    for label, value in rows:
        first = _INDENT + padded(label, widest + _GAP)
        yield from _wrapped(value, columns, first, " " * width_of(first))


def _wrapped(text: str, columns: int, first: str, later: str) -> list[str]:
    """Breaks at spaces alone: a path or a version stays whole, even if it is too long."""
    body = wrapped(" ".join(text.split()), columns - width_of(later)).split("\n")
    return [(later if number else first) + line for number, line in enumerate(body)]


def _findings(findings: tuple[Finding, ...], columns: int) -> Iterator[str]:
    if not findings:
        yield tr("Nothing to mend.")
        return
    yield tr("To mend")
    for number, finding in enumerate(findings, 1):
        if number > 1:
            yield ""
        yield from _wrapped(finding.problem, columns, f"{_INDENT}{number}. ", _TEXT_INDENT)
        yield from _wrapped(finding.explanation, columns, _TEXT_INDENT, _TEXT_INDENT)
        if finding.remedy_command is not None:
            yield from ("", _COMMAND_INDENT + finding.remedy_command)
        if finding.other_command is not None:
            yield from ("", _TEXT_INDENT + tr("or:"), "", _COMMAND_INDENT + finding.other_command)
