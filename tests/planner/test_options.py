from dataclasses import replace

import pytest

from tests.planner.advisor import yi
from tests.planner.machines import GIB, apple, cpu_only, nvidia
from yi_local.hardware.snapshot import Cpu
from yi_local.planner.contexts import context_ladder, contexts
from yi_local.planner.options import most_layers, n_threads, partial, tensor_split, whole
from yi_local.planner.plan import Wish
from yi_local.types import LoadOptions

FILE = yi("Yi-6B", "Q4_K_M")
GPU = nvidia([8 * GIB])


def lattice(*ways: LoadOptions) -> list[tuple[int | None, str, int]]:
    return [(options.n_ctx, options.type_k, options.n_ubatch) for options in ways]


def test_the_lattice_goes_from_the_best_to_the_thriftiest() -> None:
    assert lattice(*whole(FILE, GPU, Wish())) == [
        *((16_384, kv_type, n) for kv_type in ("f16", "q8_0") for n in (512, 256, 128)),
        *((8_192, kv_type, n) for kv_type in ("f16", "q8_0") for n in (512, 256, 128)),
    ]


def test_every_number_is_explicit() -> None:
    for options in whole(FILE, GPU, Wish()):
        assert options.path == FILE.path
        assert options.n_gpu_layers == 33
        assert options.n_threads == 8
        assert options.use_mmap
        assert options.type_v == options.type_k
        # Quantized values need it; else it is taken where the device can (T5).
        assert options.flash_attention is (True if options.type_k == "q8_0" else None)


def test_without_an_accelerator_all_layers_are_on_the_cpu() -> None:
    assert {options.n_gpu_layers for options in whole(FILE, cpu_only(), Wish())} == {0}


def test_what_the_person_fixed_is_not_varied() -> None:
    wish = Wish(n_ctx=10_000, kv_type="q4_0", n_gpu_layers=20, n_threads=3)
    ways = whole(FILE, GPU, wish)
    assert lattice(*ways) == [(10_000, "q4_0", n) for n in (512, 256, 128)]
    assert {(options.n_gpu_layers, options.n_threads) for options in ways} == {(20, 3)}
    assert {options.flash_attention for options in ways} == {True}


def test_more_layers_than_there_are_means_all() -> None:
    assert whole(FILE, GPU, Wish(n_gpu_layers=999))[0].n_gpu_layers == 33


@pytest.mark.parametrize(
    ("n_ctx_train", "wish", "expected"),
    [
        (32_768, Wish(), (16_384, 8_192)),
        (32_768, Wish(n_ctx_goal=50_000), (32_768, 16_384, 8_192)),
        (32_768, Wish(n_ctx_goal=10_000), (10_000, 8_192)),
        (4_096, Wish(), (4_096,)),
        (10_000, Wish(), (10_000, 8_192)),
        (None, Wish(), (8_192,)),
        (4_096, Wish(n_ctx=6_000), (6_000,)),
        (32_768, Wish(n_ctx_goal=2_048), (2_048,)),
    ],
)
def test_contexts_halve_from_the_goal_to_the_least(
    n_ctx_train: int | None, wish: Wish, expected: tuple[int, ...]
) -> None:
    assert contexts(replace(FILE, n_ctx_train=n_ctx_train), wish) == expected


def test_the_ladder_of_a_200k_model_ends_with_all_it_knows() -> None:
    ladder = context_ladder(replace(FILE, n_ctx_train=200_000), Wish())
    assert ladder == (4096, 8192, 16_384, 32_768, 65_536, 131_072, 200_000)


def test_the_ladder_of_a_short_model_has_one_step() -> None:
    assert context_ladder(replace(FILE, n_ctx_train=2048), Wish()) == (2048,)
    assert context_ladder(replace(FILE, n_ctx_train=None), Wish()) == (4096, 8192, 16_384)
    assert context_ladder(replace(FILE, n_ctx_train=8192), Wish(n_ctx=6000)) == (4096, 6000, 8192)


# Layers


@pytest.mark.parametrize("limit", range(-1, 35))
def test_most_layers_is_found_in_few_questions(limit: int) -> None:
    asked = []

    def fits(options: LoadOptions) -> bool:
        assert options.n_gpu_layers is not None
        asked.append(options.n_gpu_layers)
        return options.n_gpu_layers <= limit

    found = most_layers(FILE, LoadOptions(FILE.path), fits)
    assert found == (None if limit < 0 else min(limit, 33))
    assert len(asked) <= 8


def test_partial_makes_each_sacrifice_before_that_of_a_layer() -> None:
    asked = []

    def fits(options: LoadOptions) -> bool:
        asked.append(options)
        return (options.n_gpu_layers or 0) <= 20

    ways = partial(FILE, GPU, Wish(), fits)
    assert {lattice(options)[0] for options in asked} == {(8192, "q8_0", 128)}
    assert {options.n_gpu_layers for options in ways} == {20}
    assert lattice(*ways) == lattice(*whole(FILE, GPU, Wish()))


@pytest.mark.parametrize(
    ("hardware", "wish", "most"),
    [(cpu_only(), Wish(), 20), (GPU, Wish(n_gpu_layers=5), 20), (GPU, Wish(), 33)],
)
def test_partial_adds_nothing_where_whole_says_it_all(
    hardware: object, wish: Wish, most: int
) -> None:
    machine = GPU if hardware is GPU else cpu_only()
    assert partial(FILE, machine, wish, lambda options: (options.n_gpu_layers or 0) <= most) == ()


def test_a_gpu_without_room_for_a_layer_leaves_them_to_the_cpu() -> None:
    ways = partial(FILE, GPU, Wish(), lambda options: not options.n_gpu_layers)
    assert {options.n_gpu_layers for options in ways} == {0}


# Devices and threads


def test_accelerators_share_by_free_memory() -> None:
    machine = nvidia([24 * GIB, 12 * GIB])
    assert tensor_split(machine) == (0.671, 0.329)
    assert whole(FILE, machine, Wish())[0].tensor_split == (0.671, 0.329)
    assert whole(FILE, machine, Wish(n_gpu_layers=0))[0].tensor_split == ()


def test_one_accelerator_or_unknown_memory_needs_no_split() -> None:
    assert tensor_split(GPU) == ()
    two = nvidia([24 * GIB, 12 * GIB])
    unknown = (two.devices[0], replace(two.devices[1], free_bytes=None))
    assert tensor_split(replace(two, devices=unknown)) == ()


@pytest.mark.parametrize(
    ("logical", "physical", "performance", "expected"),
    [(16, 8, None, 8), (8, 8, 4, 4), (2, 8, None, 2), (4, None, None, 4), (None, None, None, None)],
)
def test_threads_are_the_fast_cores_that_are_ours(
    logical: int | None, physical: int | None, performance: int | None, expected: int | None
) -> None:
    cpu = Cpu(None, "x86_64", logical, physical, performance)
    assert n_threads(replace(apple(8 * GIB), cpu=cpu)) == expected
