"""On ten thousand random machines: nothing exceeds a device, and nothing better is passed over."""

import csv
import gzip
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from tests.planner import grid, oracle
from tests.planner.machines import GIB, MIB
from yi_local.hardware.snapshot import Cpu, Device, Gpu, Hardware, Memory
from yi_local.planner.choose import choose
from yi_local.planner.plan import Candidate, Experience, Plan, Wish

MACHINES = 10_000
CANDIDATES = 20  # offered to each
_CPU = Cpu("a CPU", "x86_64", 8, 8, None)


def test_formulas_on_random_machines() -> None:
    check(grid.by_formulas(), seed=135)


@pytest.mark.skipif(not grid.RECORDED.exists(), reason="no dry runs recorded from llama.cpp here")
def test_recorded_dry_runs_on_random_machines() -> None:
    check(grid.recorded(), seed=721)


def test_recorded_dry_runs_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "dry_runs.csv.gz"
    written = grid.by_formulas()[::50]
    with gzip.open(path, "wt", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(grid.COLUMNS)
        for candidate in written:
            table.writerows(rows(candidate))
    read = grid.recorded(path)
    assert [c.dry_run.devices for c in read] == [c.dry_run.devices for c in written]
    for one, other in zip(read, written, strict=True):
        assert one.file.n_layer == other.file.n_layer
        assert one.options.n_gpu_layers == other.options.n_gpu_layers


def rows(candidate: Candidate) -> Iterator[list[object]]:
    file, options = candidate.file, candidate.options
    way = [options.n_ctx, options.type_k, options.n_ubatch, options.n_gpu_layers]
    for memory in candidate.dry_run.devices:
        sizes = [memory.weights_bytes, memory.kv_cache_bytes, memory.compute_bytes]
        sizes += [memory.work_bytes, memory.pageable_bytes]
        first = [file.name, file.quant, file.n_params, file.n_layer]
        yield [*first, *way, memory.device, *sizes, str(options.tensor_split)]


def check(candidates: Sequence[Candidate], seed: int) -> None:
    random = Random(seed)
    names = sorted({m.device for c in candidates for m in c.dry_run.devices} - {"CPU"})
    by_count = [usable(candidates, names[:count]) for count in range(3)]
    planned = 0
    for _ in range(MACHINES):
        machine = random_machine(random, names)
        wish, experience = random_wish(random), random_experience(random, machine)
        pool = by_count[len(machine.devices)]
        offered = random.sample(pool, min(len(pool), CANDIDATES))
        planned += check_one(offered, machine, wish, experience)
    assert planned > MACHINES / 3  # else this would prove little


def check_one(
    offered: Sequence[Candidate], machine: Hardware, wish: Wish, experience: Experience
) -> bool:
    ranking = choose(offered, machine, wish, experience)
    by_identity = {(c.file.path, c.options): c for c in offered}
    chosen = [by_identity[plan.file.path, plan.options] for plan in ranking.plans]
    wanted = [c for c in offered if oracle.allowed(c, machine, wish)]
    context = (machine, wish, experience)
    assert all(not oracle.exceeded(candidate, *context) for candidate in chosen), context
    feasible = [c for c in wanted if not oracle.exceeded(c, *context)]
    assert {identity(c) for c in feasible} == {identity(c) for c in chosen}, context
    assert len(ranking.plans) + len(ranking.too_big) == len(wanted), context
    keys = [oracle.key(candidate, *context) for candidate in chosen]
    for better, worse in pairwise(keys):
        assert not oracle.clearly_better(worse, better), context
    assert all(not oracle.clearly_better(key, keys[0]) for key in keys), context
    assert all(short_device(plan) for plan in ranking.too_big), context
    return bool(chosen)


def identity(candidate: Candidate) -> tuple[str, object]:
    return candidate.file.path, candidate.options


def short_device(plan: Plan) -> bool:
    return plan.memory.short is not None and not plan.fits


def usable(candidates: Sequence[Candidate], names: Sequence[str]) -> list[Candidate]:
    """Those that need no device that is not there."""
    there = {"CPU", *names}
    return [c for c in candidates if there.issuperset(m.device for m in c.dry_run.devices)]


def random_machine(random: Random, names: Sequence[str]) -> Hardware:
    ram = int(2 ** random.uniform(1.5, 8) * GIB)
    count = random.choice([0, 1, 1, 2])
    unified = count == 1 and random.random() < 0.3
    devices = tuple(random_device(random, name, ram, unified) for name in names[:count])
    bandwidth = random.choice([None, 100e9, 400e9, 1000e9])
    display = random.random() < 0.3
    gpu = Gpu("nvidia", "RTX", None, unified, bandwidth, drives_display=display)
    memory = Memory(
        ram,
        None if random.random() < 0.02 else int(ram * random.uniform(0.3, 0.95)),
        bandwidth_bytes_s=random.choice([None, 40e9, 90e9, 400e9]),
    )
    return Hardware("Linux", memory, _CPU, (gpu,) * count, devices)


def random_device(random: Random, name: str, ram: int, unified: bool) -> Device:
    total = ram * 3 // 4 if unified else int(2 ** random.uniform(1, 6.5) * GIB)
    free = int(total * random.uniform(0.4, 1.1))  # some drivers claim more than there is
    backend = name.rstrip("0123456789")
    return Device(
        name=name,
        backend=backend,
        kind="gpu",
        description="NVIDIA RTX",
        free_bytes=None if random.random() < 0.05 else free,
        total_bytes=total,
        unified=unified,
    )


def random_wish(random: Random) -> Wish:
    return Wish(
        n_ctx=random.choice([None] * 8 + [8_192, 16_384]),
        n_ctx_goal=random.choice([8_192, 16_384, 32_768]),
        n_ctx_min=random.choice([4_096, 8_192, 16_384]),
        decode_floor_tps=random.choice([0.0, 8.0, 8.0, 20.0]),
        headroom_bytes=random.choice([0, 0, 0, GIB]),
        n_gpu_layers=random.choice([None] * 8 + [0, 99]),
        kv_type=random.choice([None] * 8 + ["f16", "q8_0"]),
    )


def random_experience(random: Random, machine: Hardware) -> Experience:
    backends = ["CPU", *{device.backend for device in machine.devices}]
    return Experience(
        residual_bytes={
            backend: random.randrange(4 * GIB) if random.random() < 0.3 else 50 * MIB
            for backend in backends
            if random.random() < 0.5
        },
        bandwidth_bytes_s={
            backend: random.uniform(20e9, 800e9) for backend in backends if random.random() < 0.3
        },
    )
