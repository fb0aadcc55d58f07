"""yi_local.cli.answer: events on their way to the output."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.cli.answer import AnswerView
from yi_local.cli.output import Output
from yi_local.errors import EngineDied
from yi_local.types import Done, TextDelta, Usage

END = Done("stop", Usage(1, 0, 1, None, None, None))


def never() -> None:
    raise AssertionError("nobody asked to cancel")


@given(st.lists(st.text(st.sampled_from("a\n "), min_size=1)))
def test_however_a_text_is_cut_it_ends_with_exactly_one_newline(pieces: list[str]) -> None:
    stdout = io.StringIO()
    view = AnswerView(Output(stdout, None, {}))
    view.show([*map(TextDelta, pieces), END], never)
    assert stdout.getvalue() == "".join(pieces).rstrip("\n") + "\n"
    assert view.text == "".join(pieces)
    assert view.done is END


def test_nothing_is_written_where_nothing_is_streamed() -> None:
    stdout = io.StringIO()
    view = AnswerView(Output(stdout, None, {}), streams=False)
    view.show([TextDelta("text"), END], never)
    assert (stdout.getvalue(), view.text) == ("", "text")


@pytest.mark.parametrize(("pieces", "written"), [([], ""), (["half"], "half\n")])
def test_an_answer_that_breaks_off_ends_the_line_it_began(pieces: list[str], written: str) -> None:
    def events() -> object:
        yield from map(TextDelta, pieces)
        raise EngineDied("gone")

    stdout = io.StringIO()
    view = AnswerView(Output(stdout, None, {}))
    with pytest.raises(EngineDied):
        view.show(events(), never)  # type: ignore[arg-type]
    assert stdout.getvalue() == written
    assert view.done is None
