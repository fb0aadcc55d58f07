"""yi_local.server.queue: places, the line before them, and its end."""

import asyncio

import pytest

from yi_local.server.openai.write.errors import QueueFull
from yi_local.server.queue import Place, Slots, Stopping


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def in_line(slots: Slots, wanted: int = 1) -> "asyncio.Task[Place]":
    return asyncio.ensure_future(slots.take(wanted))


async def test_no_more_are_in_at_once_than_there_are_places() -> None:
    slots = Slots(2, 10)
    first, _ = await slots.take(), await slots.take()
    third = in_line(slots)
    await settled()
    assert (third.done(), slots.n_taken, slots.n_waiting) == (False, 2, 1)
    first.release()
    await third
    assert (slots.n_taken, slots.n_waiting) == (2, 0)


async def test_a_place_is_given_back_once() -> None:
    slots = Slots(2, 10)
    place = await slots.take()
    place.release()
    place.release()
    assert slots.n_taken == 0


async def test_a_line_that_is_full_refuses_and_says_when_to_come_again() -> None:
    slots = Slots(1, 1)
    await slots.take()
    waiting = in_line(slots)
    await settled()
    with pytest.raises(QueueFull) as refused:
        await slots.take()
    with pytest.raises(QueueFull):
        slots.demand_room()
    assert 1 <= refused.value.retry_after_s <= 60
    waiting.cancel()


async def test_a_line_without_room_still_lets_in_whoever_needs_not_wait() -> None:
    slots = Slots(1, 0)
    (await slots.take()).release()
    await slots.take()
    with pytest.raises(QueueFull):
        await slots.take()


async def test_room_can_be_demanded_before_a_place_is_taken() -> None:
    slots = Slots(1, 0)
    slots.demand_room()
    place = await slots.take()
    with pytest.raises(QueueFull):
        slots.demand_room()
    place.release()
    slots.demand_room()
    slots.close()
    with pytest.raises(Stopping):
        slots.demand_room()


async def test_who_wants_more_than_there_are_gets_all() -> None:
    slots = Slots(3, 10)
    assert (await slots.take(8)).size == 3


async def test_nobody_overtakes_one_who_needs_several() -> None:
    slots = Slots(2, 10)
    first = await slots.take()
    several, single = in_line(slots, 2), in_line(slots)
    await settled()
    assert not single.done()
    first.release()
    (await several).release()
    await single


async def test_who_leaves_the_line_holds_nobody_up() -> None:
    slots = Slots(1, 10)
    first = await slots.take()
    leaving, next_one = in_line(slots), in_line(slots)
    await settled()
    leaving.cancel()
    await settled()
    first.release()
    (await next_one).release()
    assert (slots.n_taken, slots.n_waiting) == (0, 0)


async def test_who_leaves_at_the_moment_of_being_let_in_loses_no_place() -> None:
    slots = Slots(1, 10)
    first = await slots.take()
    leaving = in_line(slots)
    await settled()
    first.release()
    leaving.cancel()
    await settled()
    assert slots.n_taken == 0


async def test_closing_sends_all_away_who_wait() -> None:
    slots = Slots(1, 10)
    await slots.take()
    waiting = in_line(slots)
    await settled()
    slots.close()
    with pytest.raises(Stopping):
        await waiting
    with pytest.raises(Stopping):
        await slots.take()
