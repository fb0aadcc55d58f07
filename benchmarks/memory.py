"""The memory that a dry run predicts, against what a real load takes, on the CPU under Linux.

    python benchmarks/memory.py                    all of tests/architectures.py, and the demo model
    python benchmarks/memory.py SHAPE_OR_FILE ...  these; with --no-repack: weights as they are
    python benchmarks/memory.py real MODEL CONFIG  one real load, in a process of its own

A real load is llama.cpp with the engine's parameters and nothing of yi_local around; it reports
llama.cpp's books and, after filling the whole context, its peak of resident memory. The shapes are
sparse files of zeros. Exits with 1 if a prediction misses the books by more than 0.5 %.
"""

import argparse
import ctypes as C
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from yi_local.assistant.models.reference import find_model
from yi_local.engine.probe import Probe
from yi_local.errors import CannotLoad
from yi_local.gguf_file import GgufHeader, SkippedArray, open_model
from yi_local.gguf_file.twin_file import write_twin
from yi_local.types import LoadOptions

LARGEST_ERROR_PERCENT = 0.5
MIB = 1 << 20
Books = tuple[int, ...]  # bytes of weights, KV cache, compute
N_BATCH, N_SEQ_MAX, N_THREADS = 512, 8, 2
GGML_TYPES = {"f16": 1, "q8_0": 8}  # ggml.h
FIRST_WORD = 300  # a token id beyond the special ones and the bytes, in any vocabulary here


@dataclass(frozen=True)
class Config:
    n_ctx: int
    n_ubatch: int
    flash_attention: bool
    type_k: str
    type_v: str
    repack: bool = True
    fill: bool = False  # the whole context, to see the peak; takes seconds

    def options(self, path: Path) -> LoadOptions:
        return LoadOptions(
            str(path),
            n_ctx=self.n_ctx,
            n_seq_max=N_SEQ_MAX,
            n_batch=N_BATCH,
            n_ubatch=self.n_ubatch,
            n_gpu_layers=0,
            type_k=self.type_k,
            type_v=self.type_v,
            flash_attention=self.flash_attention,
            n_threads=N_THREADS,
            use_mmap=False,
        )


def grid(repack: bool) -> list[Config]:
    """A quantized V needs flash attention."""
    kinds = [(True, "f16", "f16"), (True, "q8_0", "q8_0"), (False, "f16", "f16")]
    return [
        Config(n_ctx, n_ubatch, *kind, repack, fill=(n_ctx, n_ubatch) == (2048, 512))
        for n_ctx in (2048, 8192)
        for n_ubatch in (512, 128)
        for kind in [*kinds, (False, "q8_0", "f16")]
    ]


# -- a real load, in a process of its own


class _Map(C.Structure):
    """std::map of libstdc++; the third word points to the root of its tree."""

    _fields_ = (("words", C.c_uint64 * 6),)


class _Node(C.Structure):
    _fields_ = (
        ("color", C.c_long),
        ("links", C.c_void_p * 3),  # to its parent, left and right
        ("buffer_type", C.c_void_p),
        ("bytes", C.c_size_t * 3),  # model, context, compute
    )


def really_load(path: str, config: Config) -> dict[str, Any] | None:
    from llama_cpp import llama_cpp as ll  # here alone: whoever compares must not load it

    baseline = status_bytes("VmRSS")
    ll.llama_backend_init()
    model_params = ll.llama_model_default_params()
    model_params.load_mode = ll.LLAMA_LOAD_MODE_NONE
    model_params.use_extra_bufts, model_params.n_gpu_layers = config.repack, 0
    model = ll.llama_model_load_from_file(path.encode(), model_params)
    params = ll.llama_context_default_params()
    params.n_ctx, params.n_batch, params.n_ubatch = config.n_ctx, N_BATCH, config.n_ubatch
    params.n_seq_max = params.n_outputs_max = N_SEQ_MAX
    params.kv_unified, params.swa_full, params.no_perf = True, False, True
    params.flash_attn_type = int(config.flash_attention)
    params.type_k, params.type_v = GGML_TYPES[config.type_k], GGML_TYPES[config.type_v]
    params.n_threads = params.n_threads_batch = N_THREADS
    context = ll.llama_init_from_model(model, params) if model else None
    if not context:
        return None
    if config.fill:
        fill(ll, context, config.n_ctx)
    books = read_books(ll, context)
    return {"books": books, "peak": status_bytes("VmHWM") - baseline}


def fill(ll: Any, context: Any, n_ctx: int) -> None:
    """Logits are asked for the last token of each batch alone."""
    batch = ll.llama_batch_init(N_BATCH, 0, 1)
    for start in range(0, n_ctx, N_BATCH):
        batch.n_tokens = min(N_BATCH, n_ctx - start)
        for i in range(batch.n_tokens):
            batch.token[i], batch.pos[i] = FIRST_WORD + (start + i) % 1000, start + i
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, 0
            batch.logits[i] = i == batch.n_tokens - 1
        assert ll.llama_decode(context, batch) == 0


def read_books(ll: Any, context: Any) -> list[int]:
    """llama_get_memory_breakdown (src/llama-ext.h), all buffer types together."""
    breakdown = ll._lib._Z26llama_get_memory_breakdownPK13llama_context
    breakdown.argtypes, breakdown.restype = [C.c_void_p], _Map
    nodes = [breakdown(C.cast(context, C.c_void_p)).words[2]]
    totals = [0, 0, 0]
    for address in nodes:
        if address:
            node = _Node.from_address(address)
            totals = [total + more for total, more in zip(totals, node.bytes, strict=True)]
            nodes += node.links[1:]
    return totals


def status_bytes(field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M)
    assert found
    return 1024 * int(found[1])


# -- the comparison


@dataclass(frozen=True)
class Outcome:
    """Bytes; None where llama.cpp refused, or no peak was measured."""

    predicted: Books | None
    real: Books | None
    predicted_peak: int = 0
    peak: int | None = None

    @property
    def error(self) -> int:
        """Signed, of weights, KV cache or compute, whichever is furthest from the truth."""
        pairs = zip(self.predicted or (0, 0, 0), self.real or (0, 0, 0), strict=True)
        return max((predicted - real for predicted, real in pairs), key=abs)

    @property
    def error_percent(self) -> float:
        """Of the total. A load that only one side allows misses by its largest part."""
        return 100 * self.error / sum(self.real or self.predicted or (1,))

    @property
    def peak_error_percent(self) -> float:
        return 100 * (self.predicted_peak - self.peak) / self.peak if self.peak else 0.0


def compare(probe: Probe, twin: Path, model: Path, config: Config, process_bytes: int) -> Outcome:
    command = [sys.executable, __file__, "real", str(model), json.dumps(asdict(config))]
    child = subprocess.run(command, capture_output=True, text=True)
    if child.returncode:
        print(child.stderr[-2000:], file=sys.stderr)
        sys.exit(f"{model.name}: llama.cpp ended with {child.returncode}; try --no-repack?")
    real = json.loads(child.stdout)
    books = tuple(real["books"]) if real else None
    try:
        [ram] = probe.dry_run(twin, config.options(model)).devices
    except CannotLoad:
        return Outcome(None, books)
    predicted = (ram.weights_bytes, ram.kv_cache_bytes, ram.compute_bytes)
    peak = real["peak"] if real and config.fill else None
    return Outcome(predicted, books, ram.total_bytes + process_bytes, peak)


def process_bytes(header: GgufHeader) -> int:
    """What a process takes beside the books: graphs, rows of logits, the vocabulary, its merges.

    The rows are exact (`output_reserve` in src/llama-context.cpp); the rest is fitted to 25 loads
    with flash attention, of 2 to 96 layers and 16,000 to 262,144 tokens, with and without merges.
    """
    merges = header.metadata.get("tokenizer.ggml.merges")
    n_merges = merges.length if isinstance(merges, SkippedArray) else 0
    n_layer = int(header.metadata[f"{header.architecture}.block_count"])
    per_token = 153 + 4 * N_SEQ_MAX
    return round((4.5 + 0.1 * n_layer) * MIB) + per_token * (header.n_vocab or 0) + 115 * n_merges


def models(names: Sequence[str], folder: Path) -> Iterator[tuple[str, Path]]:
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.architectures import SHAPES, write  # not for the real load: NumPy and gguf

    for name in names or [*SHAPES, "demo"]:
        if name in SHAPES:
            yield name, write(folder / f"{name}.gguf", name)
            (folder / f"{name}.gguf").unlink()
        else:
            path = find_model(name)
            yield path.stem[:24], path


def measure(probe: Probe, model: Path, configs: Sequence[Config], folder: Path) -> list[Outcome]:
    twin = write_twin(model, folder)
    with open_model(model) as opened:
        extra = process_bytes(opened.parts[0][1])
    return [compare(probe, twin, model, config, extra) for config in configs]


def books_row(name: str, outcomes: Sequence[Outcome]) -> str:
    refused = sum(outcome.real is None and outcome.predicted is None for outcome in outcomes)
    sizes = [sum(outcome.real) / MIB for outcome in outcomes if outcome.real]
    over = max(outcomes, key=lambda outcome: outcome.error)
    under = min(outcomes, key=lambda outcome: outcome.error)
    worst = "".join(f"{one.error:+11} {one.error_percent:+7.3f} %" for one in (over, under))
    return f"{name:24}{len(outcomes):8}{refused:9}{min(sizes):7.0f} to {max(sizes):4.0f}{worst}"


def peak_row(name: str, configs: Sequence[Config], outcomes: Sequence[Outcome]) -> str:
    """What was measured, and how far above it the prediction was."""
    cells = [
        f"{outcome.peak / MIB:7.0f} {outcome.peak_error_percent:+6.2f} %"
        if outcome.peak
        else f"{'refused':>16}"
        for config, outcome in zip(configs, outcomes, strict=True)
        if config.fill
    ]
    return f"{name:24}" + "".join(cells)


def summary(configs: Sequence[Config], outcomes: Sequence[Outcome], largest: float) -> str:
    lines = [f"books: largest error of {len(outcomes)} predictions: {largest:+.3f} %"]
    for flash_attention, words in ((True, "with"), (False, "without")):
        errors = [
            outcome.peak_error_percent
            for config, outcome in zip(configs, outcomes, strict=True)
            if outcome.peak and config.flash_attention == flash_attention
        ]
        span = f"{min(errors):+.2f} % to {max(errors):+.2f} %"
        lines.append(f"peaks {words} flash attention: {span} in {len(errors)} filled contexts")
    return "\n".join(lines)


def main(names: Sequence[str], repack: bool) -> int:
    configs = grid(repack)
    outcomes: list[Outcome] = []
    peaks = []
    print(f"llama-cpp-python {version('llama-cpp-python')}, CPU, {'no ' * (not repack)}repack")
    print(BOOKS_HEAD)
    with tempfile.TemporaryDirectory() as folder, Probe(log_dir=Path(folder)) as probe:
        probe.cpu_repack = repack
        for name, model in models(names, Path(folder)):
            measured = measure(probe, model, configs, Path(folder))
            print(books_row(name, measured), flush=True)
            peaks.append(peak_row(name, configs, measured))
            outcomes += measured
    print(PEAK_HEAD, *peaks, sep="\n")
    largest = max((outcome.error_percent for outcome in outcomes), key=abs)
    print(f"\n{summary(configs * len(peaks), outcomes, largest)}")
    return int(abs(largest) > LARGEST_ERROR_PERCENT)


BOOKS_HEAD = f"""
llama.cpp's books: predicted - allocated, in bytes and in percent of the total
{"":24} configs  refused  allocated MiB         largest over        largest under"""
PEAK_HEAD = f"""
Peak of resident memory, context filled: MiB measured, and (predicted - measured) in percent
{"":24}{"FA, f16":>16}{"FA, q8_0":>16}{"no FA, f16":>16}{"no FA, K q8_0":>16}"""


if __name__ == "__main__":
    if sys.argv[1:2] == ["real"]:
        print(json.dumps(really_load(sys.argv[2], Config(**json.loads(sys.argv[3])))))
        sys.exit()
    parser = argparse.ArgumentParser(description="predicted against really allocated memory")
    parser.add_argument("models", nargs="*", metavar="SHAPE_OR_FILE")
    parser.add_argument("--no-repack", action="store_true", help="load weights as they are")
    given = parser.parse_args()
    sys.exit(main(given.models, not given.no_repack))
