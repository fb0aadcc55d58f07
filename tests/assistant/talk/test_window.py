"""yi_local.assistant.talk.window: what fits the context."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.assistant.talk.window import Meter, Policy, Turn, answer_room, fit
from yi_local.errors import PromptTooLong

SIZES = st.integers(0, 400)
CONVERSATIONS = st.lists(st.tuples(SIZES, st.booleans(), st.booleans()), min_size=1, max_size=30)
CONTEXTS = st.integers(8, 4000)


def turns(*sizes: int, pinned: tuple[int, ...] = (), unanswered: tuple[int, ...] = ()) -> Any:
    return [
        Turn((2 * at, 2 * at + 1), size, at in pinned, at not in unanswered)
        for at, size in enumerate(sizes)
    ]


def ids(of: tuple[Turn, ...]) -> list[int]:
    return [turn.ids[0] // 2 for turn in of]


def fitted(conversation: list[Turn], n_ctx: int, policy: Policy = "drop-oldest") -> Any:
    room = answer_room(n_ctx, None)
    return fit(conversation, n_ctx=n_ctx, fixed_tokens=0, answer_tokens=room, policy=policy)


def test_all_stay_where_there_is_room() -> None:
    assert ids(fitted(turns(100, 100, 100), 400).kept) == [0, 1, 2]


def test_the_oldest_go_first() -> None:
    found = fitted(turns(100, 100, 100, 100), 400)
    assert (ids(found.left_out), ids(found.kept)) == ([0], [1, 2, 3])
    assert found.left_out_ids == (0, 1)


def test_pinned_ones_stay_and_later_ones_go_instead() -> None:
    found = fitted(turns(100, 100, 100, 100, pinned=(0,)), 400)
    assert ids(found.left_out) == [1]


def test_what_must_stay_may_take_of_the_answers_room_but_not_all_of_it() -> None:
    assert ids(fitted(turns(100, 340), 400).kept) == [1]
    with pytest.raises(PromptTooLong, match="The question needs 390 tokens"):
        fitted(turns(100, 390), 400)
    with pytest.raises(PromptTooLong, match="pinned messages need 440 tokens"):
        fitted(turns(100, 340, pinned=(0,)), 400)


def test_stopping_keeps_every_answered_turn_or_raises() -> None:
    assert ids(fitted(turns(100, 100, 100), 400, "stop").kept) == [0, 1, 2]
    with pytest.raises(PromptTooLong, match=r"grown to 400 tokens.* of which 100"):
        fitted(turns(100, 100, 100, 100), 400, "stop")
    found = fitted(turns(100, 100, 100, 100, unanswered=(1,)), 400, "stop")
    assert ids(found.left_out) == [1]


@pytest.mark.parametrize(
    ("n_ctx", "max_tokens", "room"),
    [(4096, None, 1024), (4096, 100, 100), (4096, 9999, 2048), (4096, 2000, 2000)],
)
def test_an_answer_gets_what_it_may_take_and_half_at_most(
    n_ctx: int, max_tokens: int | None, room: int
) -> None:
    assert answer_room(n_ctx, max_tokens) == room


@given(CONVERSATIONS, CONTEXTS, st.integers(0, 300), st.sampled_from(["drop-oldest", "stop"]))
def test_whatever_comes_out_fits_and_nothing_is_lost_from_sight(
    sizes: list[tuple[int, bool, bool]], n_ctx: int, fixed: int, policy: Policy
) -> None:
    all_turns = [
        Turn((at,), size, pinned, answered) for at, (size, pinned, answered) in enumerate(sizes)
    ]
    room = answer_room(n_ctx, None)
    try:
        found = fit(all_turns, n_ctx=n_ctx, fixed_tokens=fixed, answer_tokens=room, policy=policy)
    except PromptTooLong:
        must_stay = [
            turn
            for turn in all_turns
            if turn is all_turns[-1] or turn.pinned or (policy == "stop" and turn.answered)
        ]
        assert fixed + sum(turn.tokens for turn in must_stay) > n_ctx - room
        return
    kept, left_out = set(found.kept), set(found.left_out)
    assert kept | left_out == set(all_turns)
    assert not kept & left_out
    assert list(found.kept) == sorted(kept, key=lambda turn: turn.ids)
    assert all_turns[-1] in kept
    assert not any(turn.pinned for turn in left_out)
    assert sum(turn.tokens for turn in kept) + fixed < n_ctx
    droppable = [turn for turn in all_turns[:-1] if not turn.pinned]
    if policy == "stop":
        assert not any(turn.answered for turn in left_out)
        droppable = [turn for turn in droppable if not turn.answered]
    assert list(found.left_out) == droppable[: len(left_out)]  # the oldest
    if left_out:  # not one more than was needed
        last_gone = found.left_out[-1].tokens
        assert fixed + sum(turn.tokens for turn in kept) + last_gone > n_ctx - room


def test_a_meters_parts_add_up() -> None:
    meter = Meter(1000, 10, 20, 30, 40)
    assert (meter.used_tokens, meter.free_tokens) == (100, 900)
