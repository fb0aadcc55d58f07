"""Memory in parts that add up."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.planning import GIB, GPU, MACHINE, MIB, plan_of
from yi_local.assistant.planning.memory_picture import (
    Bar,
    Share,
    columns,
    differences,
    given_back,
    picture_of_load,
    picture_of_plan,
)
from yi_local.types import AllocatedMemory, DeviceMemory, ModelInfo

HARDWARE = replace(MACHINE, devices=(GPU,))
FILE = Path("model.gguf")


def info(memory: AllocatedMemory | None) -> ModelInfo:
    return ModelInfo(
        "m", "llama", "llama", 10**9, GIB, 2, 3, 4096, 32768, 300, 2, True, 1.0, "0.3.36", (),
        memory,
    )  # fmt: skip


def test_a_plan_that_fits_fills_each_device_exactly() -> None:
    ram, gpu = picture_of_plan(plan_of(FILE, need_bytes=2 * GIB, gpu_bytes=4 * GIB), HARDWARE)
    assert sum(share.size_bytes for share in ram.shares) == ram.total_bytes == 16 * GIB
    assert sum(share.size_bytes for share in gpu.shares) == gpu.total_bytes == 8 * GIB
    assert [share.part for share in ram.shares] == [
        "others", "weights", "kv-cache", "free", "margin",
    ]  # fmt: skip
    assert gpu.of("weights") == gpu.of("kv-cache") == 2 * GIB
    assert (ram.missing_bytes, gpu.missing_bytes) == (0, 0)


def test_a_plan_that_does_not_fit_goes_beyond_the_device_by_what_is_missing() -> None:
    _, gpu = picture_of_plan(plan_of(FILE, gpu_bytes=9 * GIB), HARDWARE)
    assert gpu.missing_bytes == GIB + 512 * MIB
    assert sum(share.size_bytes for share in gpu.shares) == 8 * GIB + gpu.missing_bytes
    drawn = columns(gpu, 95)
    assert drawn[-1] == ("missing", 15)
    assert sum(count for _, count in drawn) == 95


def test_where_the_free_memory_is_not_known_only_the_model_is_drawn() -> None:
    plan = plan_of(FILE)
    estimate = replace(plan.memory.devices[0], free_bytes=None)
    plan = replace(plan, memory=replace(plan.memory, devices=(estimate,)))
    [ram] = picture_of_plan(plan, HARDWARE)
    assert {share.part for share in ram.shares} == {"weights", "kv-cache"}
    assert ram.missing_bytes == 0


def test_a_load_is_shown_as_it_was_taken_and_compared_with_the_plan() -> None:
    plan = plan_of(FILE, need_bytes=GIB, gpu_bytes=2 * GIB)
    memory = AllocatedMemory(
        devices=(
            DeviceMemory("CPU", GIB, GIB, 100 * MIB, pageable_bytes=GIB),
            DeviceMemory("CUDA0", 2 * GIB, GIB, 300 * MIB),
        ),
        process_bytes=GIB + 200 * MIB,
        taken_bytes={"CUDA0": 4 * GIB},
    )
    ram, gpu = picture_of_load(info(memory), plan, HARDWARE)
    assert (ram.of("weights"), ram.of("kv-cache"), ram.of("compute")) == (GIB, GIB, 100 * MIB)
    assert ram.of("process") == 100 * MIB  # what no book explains
    assert gpu.of("process") == GIB - 300 * MIB
    of_ram, of_gpu = differences(info(memory), plan, HARDWARE)
    assert (of_ram.device, of_gpu.device) == ("CPU", "CUDA")
    assert of_gpu.more_bytes == 2 * GIB
    assert of_ram.predicted_bytes == GIB // 2


def test_a_load_that_says_nothing_is_shown_as_planned() -> None:
    plan = plan_of(FILE)
    assert picture_of_load(info(None), plan, HARDWARE) == picture_of_plan(plan, HARDWARE)
    assert differences(info(None), plan, HARDWARE) == ()


def test_a_load_with_closed_books_keeps_the_plans_parts() -> None:
    plan = plan_of(FILE, gpu_bytes=2 * GIB)
    memory = AllocatedMemory(devices=(), process_bytes=None, taken_bytes={"CUDA0": 3 * GIB})
    _, gpu = picture_of_load(info(memory), plan, HARDWARE)
    assert gpu.of("weights") == GIB
    assert gpu.of("process") == GIB


def test_what_loaded_models_have_taken_counts_as_free_again() -> None:
    taken = AllocatedMemory((), process_bytes=GIB, taken_bytes={"CUDA0": 2 * GIB})
    small = replace(HARDWARE, devices=(replace(GPU, free_bytes=GIB),))
    freed = given_back(small, [taken, None])
    assert freed.memory.available_bytes == 13 * GIB
    assert freed.devices[0].free_bytes == 3 * GIB


sizes = st.lists(st.integers(1, 64 * GIB), min_size=1, max_size=7)


@given(sizes, st.integers(1, 250), st.integers(0, 100))
def test_columns_are_exactly_as_wide_as_asked(found: list[int], width: int, beyond: int) -> None:
    total = sum(found)
    parts = ("others", "weights", "kv-cache", "compute", "process", "free", "margin")
    shares = tuple(Share(part, size) for part, size in zip(parts, found, strict=False))
    bar = Bar("CPU", "", total, total, shares, total * beyond // 100)
    drawn = columns(bar, width)
    assert sum(count for _, count in drawn) == width
    assert all(count > 0 for _, count in drawn)


@given(sizes)
def test_with_room_enough_no_part_is_invisible(found: list[int]) -> None:
    parts = ("others", "weights", "kv-cache", "compute", "process", "free", "margin")
    shares = tuple(Share(part, size) for part, size in zip(parts, found, strict=False))
    bar = Bar("CPU", "", sum(found), sum(found), shares, 0)
    assert {part for part, _ in columns(bar, 60)} == {share.part for share in shares}


def test_nothing_is_drawn_of_nothing() -> None:
    assert columns(Bar("CPU", "", None, None, (), 0), 40) == ()
