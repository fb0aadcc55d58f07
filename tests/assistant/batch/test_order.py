"""yi_local.assistant.batch.order and .turns: which line comes next, in and out."""

from hypothesis import given
from hypothesis import strategies as st

from yi_local.assistant.batch.line import Line
from yi_local.assistant.batch.order import Order
from yi_local.assistant.batch.turns import Turns
from yi_local.types import Message


def line(number: int, text: str) -> Line:
    return Line(number, number, "", (Message("user", text),))


def filled(side_by_side: bool, *texts: str) -> Order:
    order = Order(side_by_side)
    for number, text in enumerate(texts, start=1):
        order.add(line(number, text))
    return order


def taken(order: Order) -> list[int]:
    numbers = []
    while (next_one := order.take()) is not None:
        numbers.append(next_one.number)
    return numbers


def test_alone_lines_go_in_the_order_of_the_input() -> None:
    assert taken(filled(False, "b", "a", "b", "a")) == [1, 2, 3, 4]


def test_side_by_side_lines_that_begin_alike_follow_each_other() -> None:
    assert taken(filled(True, "b1", "a1", "b2", "a2")) == [2, 4, 1, 3]


def test_what_comes_in_later_keeps_nobody_waiting_for_ever() -> None:
    order = filled(True, "b", "c")
    assert order.take() is not None
    order.add(line(3, "a"))
    assert taken(order) == [2, 3]


@given(st.lists(st.text("ab", max_size=6)), st.booleans())
def test_every_line_is_taken_once(texts: list[str], side_by_side: bool) -> None:
    assert sorted(taken(filled(side_by_side, *texts))) == list(range(1, len(texts) + 1))


@given(st.permutations(range(1, 9)))
def test_whatever_finishes_first_the_input_s_order_goes_out(finishing: list[int]) -> None:
    turns, out = Turns(ordered=True), []
    for number in range(1, 9):
        turns.begin(number)
    for number in finishing:
        turns.finish(number, b"%d" % number)
        out += turns.ready()
    assert out == [b"%d" % number for number in range(1, 9)]
    assert turns.n_waiting == 0


def test_without_an_order_each_goes_out_at_once() -> None:
    turns = Turns(ordered=False)
    for number in (3, 1, 2):
        turns.begin(number)
        assert turns.finish(number, b"x")
        assert turns.ready() == [b"x"]
