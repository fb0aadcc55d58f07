"""Memory by closed formulas: the fallback where llama.cpp cannot dry-load, and a cross-check.

Weights and KV cache are exact for the architectures that the formulas know; compute buffers are an
estimate. `closed_form` also answers for devices that are not here ("what if I had...").
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from yi_local.gguf_file import TensorInfo
from yi_local.hardware.snapshot import Cpu, Device
from yi_local.planner.formulas.block_memory import BlockMemory
from yi_local.planner.formulas.compute_buffer import (
    block_compute_bytes,
    input_compute_bytes,
    mask_bytes,
    output_compute_bytes,
    work_bytes,
)
from yi_local.planner.formulas.hyperparameters import Unknowable
from yi_local.planner.formulas.kv_cache import kv_cache_bytes, padded_n_ctx
from yi_local.planner.formulas.placement import places
from yi_local.planner.formulas.repack import is_repacked, repacked_types
from yi_local.planner.formulas.shape import ModelShape
from yi_local.planner.formulas.weights import weights_bytes
from yi_local.types import DeviceMemory, DryRun, LoadOptions

DEFAULT_N_CTX = 8192  # the engine's own, where the options leave it open
_PIPELINE_COPIES = 4  # GGML_SCHED_MAX_COPIES: inputs are kept for so many batches in flight


@dataclass(slots=True)
class _Part:
    """What one device gets of a model."""

    gpu: Device | None  # None is the CPU
    tensors: list[TensorInfo] = field(default_factory=list)
    blocks: list[BlockMemory] = field(default_factory=list)
    pageable: list[TensorInfo] = field(default_factory=list)  # of the tensors


def closed_form(
    shape: ModelShape,
    options: LoadOptions,
    gpus: Sequence[Device] = (),
    cpu: Cpu | None = None,
) -> DryRun | None:
    """`gpus` are the devices to put layers on, in llama.cpp's order; `cpu` refines the RAM's part.

    None where the formulas do not hold: a KV type that does not divide the heads.
    """
    n_ctx = options.n_ctx or DEFAULT_N_CTX
    try:
        layers = _layers(shape, options, gpus)
        parts = _parts(shape, layers, gpus, cpu)
        pipelined = len(set(layers)) > 1 and None not in layers
        devices = tuple(_memory(part, shape, options, n_ctx, pipelined) for part in parts)
    except Unknowable:
        return None
    return DryRun(devices, padded_n_ctx(n_ctx), options.flash_attention, "formulas")


def _memory(
    part: _Part, shape: ModelShape, options: LoadOptions, n_ctx: int, pipelined: bool
) -> DeviceMemory:
    on_cpu = part.gpu is None
    if part.blocks:
        compute = block_compute_bytes(shape, options, n_ctx)
    elif on_cpu:
        compute = input_compute_bytes(shape, options, n_ctx)
    else:
        compute = output_compute_bytes(shape, options, n_ctx)
    if pipelined:
        compute += (_PIPELINE_COPIES - 1) * mask_bytes(shape, options, n_ctx)
    return DeviceMemory(
        device=part.gpu.name if part.gpu else "CPU",
        weights_bytes=weights_bytes(part.tensors, part.gpu.backend if part.gpu else "CPU"),
        kv_cache_bytes=sum(kv_cache_bytes(block, options, n_ctx) for block in part.blocks),
        compute_bytes=compute,
        work_bytes=work_bytes(shape, options, n_ctx) if on_cpu and part.blocks else 0,
        pageable_bytes=weights_bytes(part.pageable, "CPU") if options.use_mmap else 0,
    )


def _parts(
    shape: ModelShape, layers: Sequence[int | None], gpus: Sequence[Device], cpu: Cpu | None
) -> list[_Part]:
    """The CPU's first; a GPU that gets nothing is left out."""
    host = _Part(None, list(shape.lookup))
    by_place: dict[int | None, _Part] = {None: host}
    by_place |= {place: _Part(gpu) for place, gpu in enumerate(gpus) if place in layers}
    for place, tensors, memory in zip(layers[:-1], shape.blocks, shape.memory, strict=True):
        by_place[place].tensors.extend(tensors)
        by_place[place].blocks.append(memory)
    output = by_place[layers[-1]]
    output.tensors.extend(shape.output)
    repacked = repacked_types(cpu) if not gpus else frozenset()
    host.pageable = [
        tensor
        for tensor in host.tensors
        if tensor in shape.lookup or not is_repacked(tensor, repacked)
    ]
    # As the output matrix a tied table is elsewhere, or arranged otherwise: a second copy.
    output.tensors.extend(
        table for table in shape.tied if output is not host or is_repacked(table, repacked)
    )
    return list(by_place.values())


def _layers(shape: ModelShape, options: LoadOptions, gpus: Sequence[Device]) -> list[int | None]:
    n_gpu_layers = options.n_gpu_layers
    if n_gpu_layers is None:
        n_gpu_layers = len(shape.blocks) + 1
    return places(len(shape.blocks), max(n_gpu_layers, 0), _shares(options, gpus))


def _shares(options: LoadOptions, gpus: Sequence[Device]) -> list[float]:
    """As told, else by free memory."""
    if len(gpus) < 2:
        return [1.0] * len(gpus)
    shares = [*options.tensor_split, *([0.0] * len(gpus))][: len(gpus)]
    if any(share > 0 for share in shares):
        return shares
    free = [gpu.free_bytes for gpu in gpus]
    if None in free or not any(free):
        raise Unknowable("how llama.cpp would divide the layers")
    return [float(size or 0) for size in free]
