"""What llama.cpp would allocate for a model, found by loading its twin without allocating."""

import ctypes as C
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from yi_local.engine.worker.breakdown import HOST, Breakdown
from yi_local.engine.worker.devices import read_devices
from yi_local.engine.worker.embedding.sizes import fitted
from yi_local.engine.worker.log import Log
from yi_local.engine.worker.native import Native
from yi_local.engine.worker.params import context_params, model_params
from yi_local.errors import CannotLoad
from yi_local.gguf_file import open_model_file, read_header
from yi_local.hardware.snapshot import accelerators
from yi_local.language import tr
from yi_local.types import DeviceMemory, DryRun, LoadOptions

_COMPUTE = re.compile(r"sched_reserve: +(\S+) compute buffer size = +([\d.]+) MiB")
# What src/llama-context.cpp says where it was to choose, and chose it.
_FLASH_ATTENTION_CHOSEN = ("Flash Attention enabled", "enabling flash_attn")
_MIB = 1 << 20

_ModelKey = tuple[str, int | None, tuple[float, ...], bool]


class DryRunner:
    """Keeps the last twin loaded: many contexts are tried on one placement of the layers."""

    def __init__(self, ll: Any, native: Native) -> None:
        self._ll = ll
        self._log = Log(ll, to_stderr=False)
        self._breakdown = Breakdown(native)
        self._work = WorkBuffer(native)
        self._mmap = all(device.mmap for device in accelerators(read_devices(native)))
        self._key: _ModelKey | None = None
        self._model: Any = None
        ll.llama_backend_init()

    def run(self, twin: str, options: LoadOptions, cpu_repack: bool) -> DryRun:
        """`options.n_ctx` and `n_threads` must be numbers.

        Raises CannotLoad, with llama.cpp's reason, for what it could not load either.
        """
        if options.embedding:
            with open_model_file(Path(twin)) as source:
                options = fitted(options, read_header(source))
        assert options.n_ctx is not None
        assert options.n_threads is not None
        self._load(twin, options, cpu_repack)
        self._log.clear()
        params = context_params(self._ll, options, options.n_ctx, options.n_threads)
        context = self._ll.llama_init_from_model(self._model, params)
        if not context:
            raise CannotLoad(
                tr("llama.cpp makes no context for this model: {reason}.", reason=self._log.reason),
                tr("Other options may work: another --kv-type, a smaller --ctx."),
            )
        try:
            return self._read(context, options)
        finally:
            self._ll.llama_free(context)

    # -- inside

    def _load(self, twin: str, options: LoadOptions, cpu_repack: bool) -> None:
        key = (twin, options.n_gpu_layers, options.tensor_split, cpu_repack)
        if key == self._key:
            return
        self.close()
        self._log.clear()
        params, keep = model_params(self._ll, options, cpu_repack)
        params.no_alloc = True
        params.load_mode = self._ll.LLAMA_LOAD_MODE_NONE  # with mmap, no_alloc aborts
        self._model = self._ll.llama_model_load_from_file(os.fsencode(twin), params)
        del keep
        if not self._model:
            raise CannotLoad(
                tr(
                    "The installed llama.cpp cannot load this model: {reason}.",
                    reason=self._log.reason,
                ),
                tr("A newer one may: pip install --upgrade llama-cpp-python"),
            )
        self._key = key

    def close(self) -> None:
        if self._model:
            self._ll.llama_model_free(self._model)
        self._model = self._key = None

    def _read(self, context: Any, options: LoadOptions) -> DryRun:
        n_ctx = int(self._ll.llama_n_ctx(context))
        flash_attention = options.flash_attention
        if flash_attention is None:
            flash_attention = any(words in self._log.text for words in _FLASH_ATTENTION_CHOSEN)
        devices = self._breakdown.of(context, will_map=options.use_mmap and self._mmap)
        basis: Any = "llama.cpp"
        if devices is None:  # what its log tells is the part that no formula gives
            devices, basis = _compute_in(self._log.text), "formulas"
        host, *others = devices
        work = self._work.size(context, options, n_ctx)
        return DryRun((replace(host, work_bytes=work), *others), n_ctx, flash_attention, basis)


def _compute_in(log: str) -> tuple[DeviceMemory, ...]:
    """The compute buffers by device, the RAM first, each to 0.01 MiB."""
    found = {HOST: 0.0}
    for name, mib in _COMPUTE.findall(log):
        device = HOST if name.startswith("CPU") or name.endswith("_Host") else name
        found[device] = found.get(device, 0.0) + float(mib)
    return tuple(DeviceMemory(name, 0, 0, round(mib * _MIB)) for name, mib in found.items())


class _GraphPlan(C.Structure):
    """ggml_cplan (ggml/include/ggml-cpu.h), returned by value; only the first field matters."""

    _fields_: ClassVar = [("work_size", C.c_size_t), ("rest", C.c_uint64 * 8)]


class WorkBuffer:
    """The CPU backend's scratch for one graph, in none of llama.cpp's books.

    Without flash attention it has n_ctx x n_ubatch x n_head x 2 bytes: a GiB for a 6B model with
    32,768 tokens.
    """

    def __init__(self, native: Native) -> None:
        uint = C.c_uint32
        self._reserve = native.function(
            "_Z19llama_graph_reserveP13llama_contextjjj",
            [C.c_void_p, uint, uint, uint],
            C.c_void_p,
        )
        self._plan = native.function(
            "ggml_graph_plan", [C.c_void_p, C.c_int, C.c_void_p], _GraphPlan
        )

    def size(self, context: Any, options: LoadOptions, n_ctx: int) -> int:
        """In bytes, for the largest prompt batch and for one token; 0 where nobody can tell."""
        if self._reserve is None or self._plan is None:
            return 0
        pointer = C.cast(context, C.c_void_p)
        sizes = [0]
        for n_tokens in (min(options.n_ubatch, options.n_batch, n_ctx), 1):
            graph = self._reserve(pointer, n_tokens, 1, 1)
            if graph:
                sizes.append(int(self._plan(graph, options.n_threads, None).work_size))
        return max(sizes)
