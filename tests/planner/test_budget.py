from dataclasses import replace

import pytest

from tests.planner.advisor import NO_EXPERIENCE, yi
from tests.planner.machines import GIB, MIB, apple, cpu_only, nvidia
from yi_local.hardware.snapshot import Hardware
from yi_local.planner.budget import Budget, fits_accelerators, free_bytes, process_bytes
from yi_local.planner.plan import Candidate, Experience, MemoryEstimate, Wish
from yi_local.types import DeviceMemory, DryRun, LoadOptions

FILE = yi("Yi-6B", "Q4_K_M")
PROCESS = 32 * MIB + process_bytes(FILE, 8)


def estimate(
    hardware: Hardware,
    *devices: DeviceMemory,
    wish: Wish | None = None,
    experience: Experience = NO_EXPERIENCE,
) -> MemoryEstimate:
    budget = Budget(hardware, wish or Wish(), experience)
    return budget.estimate(Candidate(FILE, LoadOptions("yi.gguf"), DryRun(devices, 8192, True)))


def on_cpu(size: int = 0) -> DeviceMemory:
    return DeviceMemory("CPU", size, 0, 0)


def on_gpu(size: int, name: str = "CUDA0") -> DeviceMemory:
    return DeviceMemory(name, size, 0, 0)


def margins(memory: MemoryEstimate) -> list[int]:
    return [device.margin_bytes for device in memory.devices]


def test_the_process_grows_with_the_vocabulary_and_its_rows_of_logits() -> None:
    """memory.md, 7.6, with one row; each further row is 4 bytes for each token."""
    alone = 5 * MIB + 32 * (MIB // 10)
    assert process_bytes(FILE, 1) == alone + 192 * 64_000
    assert process_bytes(replace(FILE, n_merges=1000), 1) == alone + 192 * 64_000 + 115_000
    assert process_bytes(FILE, 8) == process_bytes(FILE, 1) + 7 * 4 * 64_000
    assert process_bytes(replace(FILE, n_vocab=None), 8) == alone


def test_margins_are_those_of_memory_md() -> None:
    gpu, small = on_gpu(GIB), nvidia([4 * GIB], ram=8 * GIB)
    assert margins(estimate(small, on_cpu(), gpu)) == [512 * MIB, 384 * MIB]
    big = nvidia([80 * GIB], ram=256 * GIB)
    assert margins(estimate(big, on_cpu(), gpu)) == [int(0.03 * 256 * GIB), int(0.03 * 80 * GIB)]


def test_a_card_that_draws_the_screen_keeps_a_gib() -> None:
    machine = nvidia([8 * GIB], display=True)
    assert margins(estimate(machine, on_cpu(), on_gpu(GIB)))[1] == GIB


def test_what_once_went_beyond_the_prediction_becomes_the_margin() -> None:
    seen = Experience(residual_bytes={"CUDA": 2 * GIB, "CPU": 10 * MIB})
    memory = estimate(nvidia([8 * GIB], ram=8 * GIB), on_cpu(), on_gpu(1), experience=seen)
    assert margins(memory) == [512 * MIB, 2 * GIB]


def test_headroom_comes_on_top_on_every_device() -> None:
    machine = nvidia([8 * GIB], ram=8 * GIB)
    memory = estimate(machine, on_cpu(), on_gpu(1), wish=Wish(headroom_bytes=GIB))
    assert margins(memory) == [GIB + 512 * MIB, GIB + 384 * MIB]


@pytest.mark.parametrize(("excess", "short"), [(0, 0), (1, 1)])
def test_a_candidate_fits_to_the_last_byte_and_not_beyond(excess: int, short: int) -> None:
    machine = cpu_only(8 * GIB, available=6 * GIB)
    size = 6 * GIB - 512 * MIB - PROCESS + excess
    memory = estimate(machine, on_cpu(size))
    assert memory.devices[0].short_bytes == short
    assert (memory.short is None) is (short == 0)


@pytest.mark.parametrize(("excess", "short"), [(0, 0), (1, 1)])
def test_unified_memory_is_counted_once_for_both_sides(excess: int, short: int) -> None:
    machine = apple(36 * GIB, available=16 * GIB)
    gpu = on_gpu(10 * GIB, "MTL0")
    size = 16 * GIB - 10 * GIB - 36 * GIB * 3 // 100 - PROCESS + excess
    host, metal = estimate(machine, on_cpu(size), gpu).devices
    assert host.short_bytes == short
    assert host.shared_bytes == 10 * GIB
    assert host.need_bytes == size + PROCESS  # what the GPU takes is listed there
    assert (metal.short_bytes, metal.margin_bytes) == (0, GIB)


def test_the_working_set_limit_of_metal_holds_for_its_own_part() -> None:
    machine = apple(16 * GIB, available=16 * GIB)
    limit = 16 * GIB * 2 // 3
    _, metal = estimate(machine, on_cpu(), on_gpu(limit - GIB + 5, "MTL0")).devices
    assert metal.short_bytes == 5


def test_mapped_weights_count_in_full_though_pages_may_be_dropped() -> None:
    mapped = DeviceMemory("CPU", 20 * GIB, 0, 0, pageable_bytes=20 * GIB)
    memory = estimate(cpu_only(16 * GIB), mapped)
    assert memory.short is not None
    assert memory.pageable_bytes == 20 * GIB


def test_what_nobody_knows_cannot_be_short() -> None:
    unknown = replace(nvidia([8 * GIB]).devices[0], free_bytes=None)
    machine = replace(nvidia([8 * GIB]), devices=(unknown,))
    memory = estimate(machine, on_cpu(), on_gpu(99 * GIB), on_gpu(GIB, "Vulkan7"))
    assert [device.free_bytes for device in memory.devices[1:]] == [None, None]
    assert memory.short is None


def test_a_driver_that_claims_more_than_there_is_is_not_believed() -> None:
    device = replace(nvidia([8 * GIB]).devices[0], free_bytes=9 * GIB)
    assert free_bytes(device) == 8 * GIB


def test_the_accelerators_can_be_asked_alone() -> None:
    machine = nvidia([8 * GIB], ram=8 * GIB)
    assert fits_accelerators(estimate(machine, on_cpu(99 * GIB), on_gpu(GIB)))
    assert not fits_accelerators(estimate(machine, on_cpu(), on_gpu(8 * GIB)))


def test_the_ram_comes_first_even_where_nothing_is_in_it() -> None:
    memory = estimate(nvidia([8 * GIB]), on_gpu(GIB))
    assert [device.device for device in memory.devices] == ["CPU", "CUDA0"]
    assert memory.devices[0].need_bytes == PROCESS
