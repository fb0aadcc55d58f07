from dataclasses import replace

import pytest

from tests.planner.advisor import dry_run, yi
from tests.planner.machines import GIB, apple, cpu_only, cuda, nvidia
from yi_local.hardware.snapshot import Device, Gpu, Hardware
from yi_local.planner.gpu_match import gpu_of
from yi_local.planner.plan import Candidate, Experience, ModelFile, Speed
from yi_local.planner.speed import Pace
from yi_local.types import LoadOptions

FILE = yi("Yi-6B", "Q4_K_M")
KV_READ = 4096 * 65_536  # bytes of the KV cache of 4,096 tokens


def candidate(
    hardware: Hardware, layers: int, n_ctx: int = 8192, file: ModelFile = FILE
) -> Candidate:
    options = LoadOptions(file.path, n_ctx=n_ctx, n_gpu_layers=layers)
    return Candidate(file, options, dry_run(file, options, hardware.accelerators))


def decode(
    hardware: Hardware, layers: int = 0, experience: Experience | None = None, n_ctx: int = 8192
) -> Speed | None:
    pace = Pace(hardware, experience or Experience())
    return pace.decode(candidate(hardware, layers, n_ctx))


def test_decoding_reads_the_active_weights_and_4096_tokens_of_kv_cache() -> None:
    speed = decode(cpu_only(ram_bandwidth=50e9))
    assert speed is not None
    expected = 0.55 * 50e9 / (FILE.active_bytes + KV_READ)
    assert speed.tokens_per_s == pytest.approx(expected, rel=1e-3)
    assert speed.basis == "from memory bandwidth"


def test_a_longer_context_is_not_slower_before_it_is_used() -> None:
    machine = cpu_only()
    short, long = decode(machine, n_ctx=8192), decode(machine, n_ctx=32_768)
    assert short is not None
    assert long is not None
    assert long.tokens_per_s == pytest.approx(short.tokens_per_s)


def test_a_bandwidth_that_was_measured_by_reading_is_better_used() -> None:
    machine = cpu_only(ram_bandwidth=50e9)
    measured = replace(machine, memory=replace(machine.memory, bandwidth_measured=True))
    by_sheet, by_reading = decode(machine), decode(measured)
    assert by_sheet is not None
    assert by_reading is not None
    assert by_reading.tokens_per_s == pytest.approx(by_sheet.tokens_per_s * 0.7 / 0.55)


def test_i_quants_are_slower_on_a_cpu_than_their_size_promises() -> None:
    machine = nvidia([24 * GIB], bandwidth=1000e9, ram_bandwidth=50e9)
    small = replace(FILE, quant="IQ4_XS")
    pace = Pace(machine, Experience())
    on_cpu, on_gpu = (
        [pace.decode(candidate(machine, layers, file=file)) for file in (FILE, small)]
        for layers in (0, 33)
    )
    assert on_cpu[0] is not None
    assert on_cpu[1] is not None
    assert on_cpu[1].tokens_per_s < 0.65 * on_cpu[0].tokens_per_s
    assert on_gpu[0] == on_gpu[1]


def test_a_quantized_kv_cache_is_not_taken_for_a_faster_one() -> None:
    machine = cpu_only()
    options = LoadOptions(FILE.path, n_ctx=8192, n_gpu_layers=0)
    speeds = []
    for kind in ("f16", "q8_0", "q4_0"):
        typed = replace(options, type_k=kind, type_v=kind)
        found = Pace(machine, Experience()).decode(Candidate(FILE, typed, dry_run(FILE, typed, ())))
        assert found is not None
        speeds.append(found.tokens_per_s)
    assert speeds == pytest.approx([speeds[0]] * 3)


def test_layers_on_the_gpu_are_read_at_its_bandwidth() -> None:
    machine = nvidia([24 * GIB], bandwidth=1000e9, ram_bandwidth=50e9)
    speeds = [decode(machine, layers) for layers in (0, 17, 33)]
    on_cpu, half, whole = (speed.tokens_per_s for speed in speeds if speed)
    assert whole == pytest.approx(20 * on_cpu, rel=0.02)
    assert on_cpu < half < 2.2 * on_cpu


def test_what_was_measured_here_beats_the_specification() -> None:
    seen = Experience(bandwidth_bytes_s={"CPU": 30e9})
    speed = decode(cpu_only(ram_bandwidth=50e9), experience=seen)
    assert speed is not None
    assert speed.tokens_per_s == pytest.approx(30e9 / (FILE.active_bytes + KV_READ), rel=1e-3)
    assert speed.basis == "measured here"


def test_an_answer_that_was_held_up_is_not_believed_to_the_letter() -> None:
    seen = Experience(bandwidth_bytes_s={"CPU": 1e9})
    speed = decode(cpu_only(ram_bandwidth=50e9), experience=seen)
    assert speed is not None
    expected = 0.55 * 50e9 / 3 / (FILE.active_bytes + KV_READ)
    assert speed.tokens_per_s == pytest.approx(expected, rel=1e-3)


def test_one_unmeasured_device_makes_the_whole_a_calculation() -> None:
    machine = nvidia([24 * GIB])
    speed = decode(machine, 17, Experience(bandwidth_bytes_s={"CUDA": 400e9}))
    assert speed is not None
    assert speed.basis == "from memory bandwidth"


def test_what_the_ram_alone_takes_is_a_limit_where_a_gpu_is_not_known() -> None:
    machine = nvidia([24 * GIB], bandwidth=None, ram_bandwidth=50e9)
    speed = decode(machine, 17)
    on_cpu = decode(machine, 0)
    assert speed is not None
    assert on_cpu is not None
    assert speed.basis == "at most"
    assert 1.5 * on_cpu.tokens_per_s < speed.tokens_per_s < 3 * on_cpu.tokens_per_s


def test_an_unknown_bandwidth_gives_no_speed() -> None:
    assert decode(cpu_only(ram_bandwidth=None)) is None
    machine = nvidia([24 * GIB], bandwidth=None)
    assert decode(machine, 33) is None
    assert decode(machine, 0) is not None  # nothing is on the GPU


def test_a_unified_gpu_reads_the_ram() -> None:
    machine = apple(16 * GIB, bandwidth=100e9)
    silent = replace(machine, gpus=(replace(machine.gpus[0], bandwidth_bytes_s=None),))
    assert decode(machine, 33) == decode(silent, 33)


def test_prefill_is_known_only_from_experience() -> None:
    machine = cpu_only()
    assert Pace(machine, Experience()).prefill(candidate(machine, 0)) is None
    seen = Experience(compute_flops={"CPU": 1e12})
    speed = Pace(machine, seen).prefill(candidate(machine, 0))
    assert speed is not None
    assert speed.tokens_per_s == pytest.approx(1e12 / (2 * FILE.active_params))
    assert speed.basis == "measured here"


def test_experts_that_rest_are_not_read() -> None:
    sparse = replace(FILE, active_bytes=FILE.active_bytes // 4)
    machine = nvidia([24 * GIB])
    dense_tps, sparse_tps = (
        Pace(machine, Experience()).decode(candidate(machine, 33, file=file))
        for file in (FILE, sparse)
    )
    assert dense_tps is not None
    assert sparse_tps is not None
    assert 3 < sparse_tps.tokens_per_s / dense_tps.tokens_per_s < 4


# Which GPU a device is


def test_a_gpu_is_found_by_its_name() -> None:
    gpus = (Gpu("nvidia", "RTX 4090", None, False, 1008e9), Gpu("nvidia", "RTX 3060", None, False))
    devices = (cuda(0, 12 * GIB, name="RTX 3060"), cuda(1, 24 * GIB, name="RTX 4090"))
    machine = replace(nvidia([]), gpus=gpus, devices=devices)
    assert [gpu_of(device, machine) for device in devices] == [gpus[1], gpus[0]]


def test_gpus_of_one_name_are_told_apart_by_their_order() -> None:
    gpus = tuple(Gpu("nvidia", "RTX", None, False, bandwidth) for bandwidth in (1.0, 2.0))
    devices = (cuda(0, GIB), cuda(1, GIB))
    machine = replace(nvidia([]), gpus=gpus, devices=devices)
    assert gpu_of(devices[1], machine) == gpus[1]


def test_a_hidden_gpu_makes_the_order_a_guess() -> None:
    gpus = tuple(Gpu("nvidia", "RTX", None, False, bandwidth) for bandwidth in (1.0, 2.0))
    machine = replace(nvidia([]), gpus=gpus, devices=(cuda(0, GIB),))
    assert gpu_of(machine.devices[0], machine) is None


def test_a_device_elsewhere_is_none_of_our_gpus() -> None:
    remote = Device("RPC0", "RPC", "gpu", "RTX", GIB, GIB, unified=False)
    machine = replace(nvidia([GIB]), devices=(remote,))
    assert gpu_of(remote, machine) is None
