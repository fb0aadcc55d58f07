"""Reports in a language whose every letter takes two columns."""

import re
from gettext import NullTranslations

import pytest

from yi_local import language
from yi_local.cli.machine.doctor_report import _table
from yi_local.cli.models.show_report import _section
from yi_local.cli.parser import Parser
from yi_local.cli.progress import ProgressLine
from yi_local.language import tr
from yi_local.text import width_of


class _Wide(NullTranslations):
    """Every letter of a sentence becomes a hanzi; what stands for values stays."""

    def gettext(self, message: str) -> str:
        parts = re.split(r"(\{\w+\})", message)
        return "".join(
            part if part.startswith("{") else re.sub(r"[A-Za-z]", "字", part) for part in parts
        )

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self.gettext(many)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_current", _Wide())


def column_of(line: str, text: str) -> int:
    return width_of(line[: line.index(text)])


def test_the_values_of_doctor_and_show_stand_in_line() -> None:
    rows = [(tr("cores"), "4"), ("SIMD", "4 avx2"), (tr("RAM bandwidth"), "4 " + "宽" * 60)]
    widest = max(width_of(label) for label, _ in rows)
    lines = list(_table(rows, widest, 80))
    assert {column_of(line, "4") for line in lines[:3]} == {2 + widest + 2}
    assert all(width_of(line) <= 80 for line in lines)
    section = _section(tr("Model"), iter(rows), 80).splitlines()
    assert len({column_of(line, "4") for line in section[1:4]}) == 1
    assert all(width_of(line) <= 80 for line in section)


def test_help_has_no_english_heading_and_fits_its_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    parser = Parser(prog="yi x", takes="ID", description="", examples="")
    parser.add_argument("id", metavar="ID", help=tr("a long sentence of many letters, " * 4))
    shown = parser.format_help()
    assert not re.search(r"usage:|options|positional|show this", shown)
    assert shown.startswith("字字字字字: yi x ID [字字字字字字字]\n")
    assert all(width_of(line) <= 60 for line in shown.splitlines())


def test_a_progress_line_is_wiped_as_wide_as_it_was() -> None:
    written: list[str] = []
    line = ProgressLine(written.append, clock=lambda: 0.0)
    line.show(tr("Loading the model"), 1, 2)
    shown = written[-1].removeprefix("\r")
    line.clear()
    assert written[-1] == "\r" + " " * width_of(shown) + "\r"
    assert width_of(shown) > len(shown)
