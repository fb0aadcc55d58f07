"""What is chosen for the machines people have."""

from dataclasses import replace

import pytest

from tests.planner.advisor import (
    CARD,
    advise,
    best,
    candidates,
    family,
    on_gpu,
    said,
    shown,
    yi,
)
from tests.planner.machines import GIB, apple, cpu_only, nvidia
from yi_local.planner.choose import choose
from yi_local.planner.plan import Wish

YI = family("Yi-6B", "Yi-9B", "Yi-34B")
SLOW_RAM = 20e9  # bytes/s: a 34B model decodes with one token a second


# The machines people have


def test_an_8_gb_card_takes_yi_9b_in_q6_k_whole() -> None:
    plan = best(YI, nvidia([8 * GIB], ram_bandwidth=SLOW_RAM))
    assert shown(plan) == ("Yi-9B-Q6_K", 8192, "q8_0", 512, 49)


def test_an_8_gb_card_takes_yi_6b_in_q8_0_with_the_whole_context() -> None:
    plan = best(family("Yi-6B"), nvidia([8 * GIB]))
    assert shown(plan) == ("Yi-6B-Q8_0", 16_384, "f16", 512, 33)
    assert plan.reasons == ()  # nothing was given up, and nothing better exists


def test_a_24_gb_card_takes_yi_34b_in_q4_k_m_with_16k() -> None:
    """memory.md, 10.4: about 16k in f16."""
    plan = best(YI, nvidia([24 * GIB], bandwidth=1000e9))
    assert shown(plan) == ("Yi-34B-Q4_K_M", 16_384, "f16", 128, 61)


def test_two_cards_share_yi_34b_in_q6_k() -> None:
    plan = best(YI, nvidia([24 * GIB, 12 * GIB], bandwidth=1000e9))
    assert shown(plan) == ("Yi-34B-Q6_K", 16_384, "f16", 512, 61)
    assert plan.options.tensor_split == (0.671, 0.329)
    assert [device.device for device in plan.memory.devices] == ["CPU", "CUDA0", "CUDA1"]


@pytest.mark.parametrize(
    ("ram_gb", "expected"),
    [
        (8, ("Yi-9B-Q3_K_M", 8192, "q8_0", 256, 48)),
        (16, ("Yi-9B-Q8_0", 16_384, "q8_0", 512, 49)),
        (36, ("Yi-34B-Q4_K_M", 16_384, "f16", 512, 61)),
        (128, ("Yi-34B-Q6_K", 16_384, "f16", 512, 61)),
    ],
)
def test_apple_silicon_takes_what_its_memory_holds(
    ram_gb: int, expected: tuple[str, int, str, int, int]
) -> None:
    plan = best(YI, apple(ram_gb * GIB, bandwidth=1000e9))
    assert shown(plan) == expected


def test_a_vm_with_8_gb_and_no_gpu_takes_yi_9b_in_q4_k_m() -> None:
    plan = best(YI, cpu_only(8 * GIB, ram_bandwidth=None))
    assert shown(plan) == ("Yi-9B-Q4_K_M", 16_384, "f16", 512, 0)
    assert plan.decode is None
    assert said(plan, "next-better") == "Q5_K_M needs 11 MiB more"


def test_a_raspberry_pi_gets_an_answer_though_nothing_fits() -> None:
    ranking = advise(YI, cpu_only(2 * GIB))
    assert ranking.best is None
    nearest = ranking.too_big[0]
    assert shown(nearest)[0] == "Yi-6B-IQ2_M"
    assert said(nearest, "too-big") == "it needs 1.1 GiB more than the 1.8 GiB of free RAM allow"
    shortages = [plan.memory.short for plan in ranking.too_big]
    sizes = [short.short_bytes for short in shortages if short]
    assert sizes == sorted(sizes)
    assert len(sizes) == len(shortages)


def test_every_file_has_its_row() -> None:
    ranking = advise(YI, nvidia([8 * GIB]))
    assert {plan.file.name for plan in ranking.each_file} == {file.name for file in YI}
    assert ranking.each_file[0] == ranking.best


# The order of sacrifices


LARGE, SMALL = yi("Yi-9B", "Q6_K"), yi("Yi-6B", "Q6_K")
SACRIFICES = [
    on_gpu(LARGE, 1),
    on_gpu(LARGE, 1, n_ubatch=256),
    on_gpu(LARGE, 1, n_ubatch=128),
    on_gpu(LARGE, 1, type_k="q8_0"),
    on_gpu(LARGE, 1, type_k="q8_0", n_ubatch=128),
    on_gpu(LARGE, 1, n_ctx=8192),
    on_gpu(LARGE, 1, n_ctx=8192, type_k="q8_0"),
    on_gpu(yi("Yi-9B", "Q5_K_M"), 1),
    on_gpu(yi("Yi-9B", "Q4_K_M"), 1),
    on_gpu(yi("Yi-9B", "IQ4_XS"), 1),
    on_gpu(LARGE, 1, n_gpu_layers=48),
    on_gpu(LARGE, 1, n_gpu_layers=20),
    on_gpu(yi("Yi-9B", "Q3_K_M"), 1),
    on_gpu(SMALL, 1),
    on_gpu(yi("Yi-9B", "IQ2_M"), 1),  # below 3.4 bits per weight
]


@pytest.mark.parametrize("shift", [0, 4, 9])
def test_sacrifices_are_made_in_the_order_of_memory_md(shift: int) -> None:
    offered = SACRIFICES[shift:] + SACRIFICES[:shift]
    ranking = choose(offered, CARD, Wish())
    assert [plan.options for plan in ranking.plans] == [c.options for c in SACRIFICES]


def test_context_is_not_the_first_victim() -> None:
    plan = best(YI, nvidia([24 * GIB], bandwidth=1000e9))
    assert plan.options.n_ctx == 16_384
    assert plan.options.n_ubatch < 512


def test_half_the_context_costs_as_much_as_memory_md_says() -> None:
    """.02: more than Q8_0 is better than Q6_K, less than .05 for half the comfortable speed."""
    longer, finer = on_gpu(SMALL, 1), on_gpu(yi("Yi-6B", "Q8_0"), 1, n_ctx=8192)
    assert choose([finer, longer], CARD, Wish()).best == choose([longer], CARD, Wish()).best
    scaled = replace(SMALL, quant="Q5_K_S", path="s", n_vocab=None)  # .0166
    coarser = replace(SMALL, quant="Q4_K_M", path="m", n_vocab=None)  # .0282
    near, far = on_gpu(scaled, 1, n_ctx=8192), on_gpu(coarser, 1)
    assert choose([near, far], CARD, Wish()).plans[0].file == coarser  # .0282 < .0366
    far = on_gpu(replace(coarser, quant="IQ4_XS", imatrix=True), 1)
    near = on_gpu(replace(scaled, quant="Q5_K_M"), 1, n_ctx=8192)
    assert choose([near, far], CARD, Wish()).plans[0].file.quant == "Q5_K_M"  # .0308 < .0363


def test_a_smaller_model_in_q6_k_beats_a_larger_one_in_iq2() -> None:
    files = [yi("Yi-34B", "IQ2_M"), yi("Yi-9B", "Q6_K")]
    assert shown(best(files, nvidia([16 * GIB])))[0] == "Yi-9B-Q6_K"


def test_a_larger_model_in_q3_k_m_beats_a_smaller_one_in_q8_0() -> None:
    files = [yi("Yi-34B", "Q3_K_M"), yi("Yi-9B", "Q8_0")]
    assert shown(best(files, nvidia([24 * GIB])))[0] == "Yi-34B-Q3_K_M"


def test_f16_never_beats_q8_0() -> None:
    q8_0 = yi("Yi-6B", "Q8_0")
    weights = q8_0.weights_bytes * 2
    f16 = replace(q8_0, quant="F16", path="f16", weights_bytes=weights, size_bytes=weights)
    plan = choose([on_gpu(f16, 1), on_gpu(q8_0, 1)], CARD, Wish()).best
    assert plan is not None
    assert plan.file == q8_0


def test_ties_go_to_the_importance_matrix_and_to_what_a_cpu_repacks() -> None:
    plain, weighed = replace(SMALL, imatrix=False, path="plain"), SMALL
    ranking = choose([on_gpu(plain, 1), on_gpu(weighed, 1)], CARD, Wish())
    assert ranking.plans[0].file == weighed
    # One size and, by its bits, one quality: only the type of the weights tells them apart.
    slow = replace(SMALL, quant="IQ4_XL", path="slow", name="a")
    fast = replace(SMALL, quant="Q4_K_XL", path="fast", name="b")
    on_cpu = [on_gpu(file, 1, n_gpu_layers=0) for file in (slow, fast)]
    assert choose(on_cpu, CARD, Wish()).plans[0].file == fast


def test_the_order_of_the_candidates_does_not_matter() -> None:
    machine = nvidia([8 * GIB])
    offered = candidates(YI, machine, Wish())
    assert choose(offered, machine, Wish()).best == choose(offered[::-1], machine, Wish()).best


# What a person fixes


def test_a_fixed_context_is_kept_to_the_token() -> None:
    ranking = advise(YI, nvidia([24 * GIB]), Wish(n_ctx=5000))
    assert {plan.options.n_ctx for plan in (*ranking.plans, *ranking.too_big)} == {5000}
    assert choose([on_gpu(SMALL, 1)], CARD, Wish(n_ctx=5000)).plans == ()


def test_a_fixed_number_of_layers_or_kv_type_is_kept() -> None:
    wish = Wish(n_gpu_layers=20, kv_type="q4_0")
    plan = best(YI, nvidia([24 * GIB]), wish)
    assert (plan.options.n_gpu_layers, plan.options.type_v) == (20, "q4_0")
    assert said(plan, "layers") is None
    others = [on_gpu(SMALL, 1), on_gpu(SMALL, 1, n_gpu_layers=20)]
    assert choose(others, CARD, wish).plans == ()


def test_less_than_the_least_context_is_not_offered() -> None:
    short = on_gpu(SMALL, 1, n_ctx=4096)
    assert choose([short], CARD, Wish()).plans == ()
    old = replace(SMALL, n_ctx_train=4096)  # knows no more
    assert choose([on_gpu(old, 1, n_ctx=4096)], CARD, Wish()).best is not None


def test_headroom_is_left_free() -> None:
    machine = nvidia([8 * GIB])
    plan = best(YI, machine, Wish(headroom_bytes=2 * GIB))
    for device in plan.memory.devices:
        assert device.free_bytes is not None
        assert device.need_bytes + 2 * GIB < device.free_bytes


def test_a_200k_model_can_have_its_whole_context_where_memory_allows() -> None:
    file = yi("Yi-6B", "Q4_K_M", n_ctx_train=200_000)
    plan = best([file], nvidia([24 * GIB]), Wish(n_ctx_goal=200_000))
    assert shown(plan) == ("Yi-6B-Q4_K_M", 200_000, "f16", 512, 33)
    smaller = best([file], nvidia([8 * GIB]), Wish(n_ctx_goal=200_000))
    assert smaller.options.n_ctx == 100_000
    assert said(smaller, "n-ctx") == (
        "context 100,000 instead of 200,000: "
        "that would need 2.9 GiB more than the 7.6 GiB free on CUDA0 allow"
    )
