"""Plans that are guessed while the exact ones are being made."""

from pathlib import Path

import pytest

from tests.planning import GIB, plan_of
from yi_local.assistant.planning.plan_guess import guessed
from yi_local.planner.plan import Plan, Wish

PLAN = plan_of(Path("model.gguf"), n_ctx=4096, need_bytes=2 * GIB, gpu_bytes=6 * GIB)


def kv_bytes(plan: Plan) -> int:
    return sum(device.kv_cache_bytes for device in plan.memory.devices)


def weights(plan: Plan) -> list[int]:
    return [device.weights_bytes for device in plan.memory.devices]


@pytest.mark.parametrize(
    ("wish", "share"),
    [
        (Wish(n_ctx=8192, kv_type="f16"), 2.0),
        (Wish(n_ctx=2048, kv_type="f16"), 0.5),
        (Wish(n_ctx=4096, kv_type="q8_0"), 8.5 / 16),
        (Wish(n_ctx=8192, kv_type="q4_0"), 2 * 4.5 / 16),
    ],
)
def test_the_kv_cache_grows_with_context_and_bits(wish: Wish, share: float) -> None:
    found = guessed(PLAN, wish)
    assert kv_bytes(found) == pytest.approx(share * kv_bytes(PLAN), rel=1e-6)
    assert weights(found) == weights(PLAN)
    assert (found.options.n_ctx, found.options.type_k) == (wish.n_ctx, wish.kv_type)


def test_layers_that_leave_the_gpu_come_to_the_ram() -> None:
    found = guessed(PLAN, Wish(n_gpu_layers=1))
    ram, gpu = weights(found)
    assert gpu == GIB  # of three layers one is left
    assert ram + gpu == sum(weights(PLAN))
    assert kv_bytes(found) == kv_bytes(PLAN)


def test_a_wish_that_leaves_all_open_changes_nothing_but_the_reasons() -> None:
    assert guessed(PLAN, Wish()) == PLAN


def test_a_guess_may_say_that_something_does_not_fit() -> None:
    assert not guessed(PLAN, Wish(n_ctx=8192)).fits
