"""Records dry runs of Yi by llama.cpp for tests/planner: on the CPU alone, and with a fake GPU.

    python benchmarks/record_dry_runs.py          writes tests/planner/data/dry_runs.csv.gz
    python benchmarks/record_dry_runs.py FILE     writes it elsewhere

Needs a llama.cpp with the RPC backend (fake_gpu.py). Yi-6B, 9B and 34B are headers alone, in the
types that llama.cpp's quantizer chooses. The same build and CPU write the same bytes; another CPU
rearranges other weights.
"""

import csv
import gzip
import io
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from fake_gpu import ANY_SIZE, NO_RPC, engine_command, rpc_available

from yi_local.assistant.planning.advisor import Subject, read_subject
from yi_local.engine.probe import Probe
from yi_local.gguf_file.twin_file import save_twin
from yi_local.types import DryRun, LoadOptions

ROOT = Path(__file__).resolve().parent.parent
RECORDED = ROOT / "tests" / "planner" / "data" / "dry_runs.csv.gz"
MODELS = ("Yi-6B", "Yi-9B", "Yi-34B")
N_CTX = (4096, 8192, 16_384, 32_768)
KV_TYPES = ("f16", "q8_0")
N_UBATCH = (512, 256, 128)
N_THREADS = 8  # of the machine that is planned for; the work buffer depends on it
DEVICE = "CUDA0"  # llama.cpp says RPC0; the planner knows no such GPU's display or bandwidth
Row = tuple[str | int, ...]


@dataclass(frozen=True)
class Model:
    subject: Subject
    quant: str
    twin: Path


def models(folder: Path) -> Iterator[Model]:
    sys.path.insert(0, str(ROOT))
    from tests.yi_shapes import QUANTS, write_header_only  # not for the card: NumPy and gguf

    for name, quant in product(MODELS, QUANTS):
        path = write_header_only(folder / f"{name}-{quant}.gguf", name.lower(), quant)
        subject = read_subject(path)
        path.unlink()
        yield Model(subject, quant, save_twin(subject.twin, folder))


def options(n_gpu_layers: int) -> Iterator[LoadOptions]:
    """As the planner writes them: quantized values need flash attention."""
    for n_ctx, kv_type, n_ubatch in product(N_CTX, KV_TYPES, N_UBATCH):
        yield LoadOptions(
            path="",
            n_ctx=n_ctx,
            n_ubatch=n_ubatch,
            n_gpu_layers=n_gpu_layers,
            type_k=kv_type,
            type_v=kv_type,
            flash_attention=None if kv_type == "f16" else True,
            n_threads=N_THREADS,
        )


def layers_on_gpu(n_layer: int) -> tuple[int, ...]:
    """A quarter, a half, three quarters, all but one block's, all."""
    return (n_layer // 4, n_layer // 2, 3 * n_layer // 4, n_layer, n_layer + 1)


def record(model: Model, without_gpu: Probe, with_gpu: Probe) -> Iterator[Row]:
    ways = [(0, without_gpu)]
    ways += [(layers, with_gpu) for layers in layers_on_gpu(model.subject.file.n_layer)]
    for n_gpu_layers, probe in ways:
        for way in options(n_gpu_layers):
            yield from rows(model, way, probe.dry_run(model.twin, way))


def rows(model: Model, way: LoadOptions, dry_run: DryRun) -> Iterator[Row]:
    """One for each device, in the order of tests/planner/grid.py's COLUMNS."""
    file = model.subject.file
    assert dry_run.basis == "llama.cpp"
    assert dry_run.n_ctx == way.n_ctx
    for memory in dry_run.devices:
        yield (
            *(file.name, model.quant, file.n_params, file.n_layer),
            *(way.n_ctx or 0, way.type_k, way.n_ubatch, way.n_gpu_layers or 0),
            memory.device if memory.device == "CPU" else DEVICE,
            *(memory.weights_bytes, memory.kv_cache_bytes, memory.compute_bytes),
            *(memory.work_bytes, memory.pageable_bytes),
            "",  # one GPU: nothing to split
        )


def write(path: Path, table: list[Row]) -> None:
    """No time and no name in it: the same rows give the same bytes."""
    from tests.planner.grid import COLUMNS

    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    lines.writerows(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))


def main(path: Path) -> int:
    if not rpc_available():
        print(NO_RPC, file=sys.stderr)
        return 2
    begun = time.monotonic()
    table: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = engine_command(ANY_SIZE)
        with (
            Probe(log_dir=folder) as without_gpu,
            Probe(log_dir=folder, command=command) as with_gpu,
        ):
            for model in models(folder):
                table += record(model, without_gpu, with_gpu)
    write(path, table)
    seconds = time.monotonic() - begun
    print(f"{len(table)} rows, {path.stat().st_size} bytes, {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDED))
