"""Many ways to load many files, to choose from: made by formulas, or recorded from llama.cpp."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

from tests.planner.advisor import QUANTS, dry_run, yi
from yi_local.hardware.snapshot import Device
from yi_local.planner.plan import Candidate, ModelFile
from yi_local.types import DeviceMemory, DryRun, LoadOptions

RECORDED = Path(__file__).parent / "data" / "dry_runs.csv.gz"
COLUMNS = (
    *("file", "quant", "n_params", "n_layer"),
    *("n_ctx", "type_k", "n_ubatch", "n_gpu_layers"),
    *("device", "weights", "kv", "compute", "work", "pageable"),
    "tensor_split",  # may be missing
)
_GPUS = tuple(Device(f"CUDA{n}", "CUDA", "gpu", "RTX", None, None, unified=False) for n in range(2))
_SPLITS = ((0.5, 0.5), (0.75, 0.25))


@cache
def by_formulas() -> tuple[Candidate, ...]:
    """Yi-6B, 9B and 34B in seven quants, on a CPU, on one GPU and on two."""
    files = [yi(model, quant) for model in ("Yi-6B", "Yi-9B", "Yi-34B") for quant in QUANTS]
    lattice = product((8_192, 16_384, 32_768), ("f16", "q8_0"), (512, 128))
    return tuple(
        Candidate(file, options, dry_run(file, options, gpus))
        for (n_ctx, kv_type, n_ubatch), file in product(list(lattice), files)
        for n_gpu_layers, split, gpus in _placements(file)
        for options in [
            LoadOptions(
                path=file.path,
                n_ctx=n_ctx,
                n_ubatch=n_ubatch,
                n_gpu_layers=n_gpu_layers,
                tensor_split=split,
                type_k=kv_type,
                type_v=kv_type,
                n_threads=8,
            )
        ]
    )


def _placements(
    file: ModelFile,
) -> Iterator[tuple[int, tuple[float, ...], tuple[Device, ...]]]:
    whole = file.n_layer + 1
    yield 0, (), ()
    for layers in (whole // 3, 2 * whole // 3, whole):
        yield layers, (), _GPUS[:1]
    for split in _SPLITS:
        yield whole, split, _GPUS
    yield whole // 2, _SPLITS[0], _GPUS


@cache
def recorded(path: Path = RECORDED) -> tuple[Candidate, ...]:
    """One candidate for each dry run; a row of the file is what it takes of one device.

    Its name is llama.cpp's, CPU being the RAM; what it takes is in bytes.
    """
    runs: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            key = ("file", "n_ctx", "type_k", "n_ubatch", "n_gpu_layers", "tensor_split")
            runs[tuple(row.get(column) or "" for column in key)].append(row)
    weights: dict[str, int] = {}
    for rows in runs.values():  # a tied table counts twice on a GPU: the least sum is the file's
        name, size = rows[0]["file"], sum(int(row["weights"]) for row in rows)
        weights[name] = min(size, weights.get(name, size))
    return tuple(_candidate(rows, weights[rows[0]["file"]]) for rows in runs.values())


def _candidate(rows: list[dict[str, str]], weights_bytes: int) -> Candidate:
    first = rows[0]
    file = ModelFile(
        name=first["file"],
        path=first["file"],
        architecture="llama",
        quant=first["quant"],
        size_bytes=weights_bytes,
        weights_bytes=weights_bytes,
        n_params=int(first["n_params"]),
        active_bytes=weights_bytes,
        active_params=int(first["n_params"]),
        idle_bytes=0,
        n_layer=int(first["n_layer"]),
        n_ctx_train=200_000,
        n_vocab=64_000,
        imatrix=True,
    )
    options = LoadOptions(
        path=file.path,
        n_ctx=int(first["n_ctx"]),
        n_ubatch=int(first["n_ubatch"]),
        n_gpu_layers=int(first["n_gpu_layers"]),
        type_k=first["type_k"],
        type_v=first["type_k"],
    )
    columns = ("weights", "kv", "compute", "work", "pageable")
    devices = sorted(
        (DeviceMemory(row["device"], *(int(row[column]) for column in columns)) for row in rows),
        key=lambda device: (device.device != "CPU", device.device),
    )
    return Candidate(file, options, DryRun(tuple(devices), int(first["n_ctx"]), None))
