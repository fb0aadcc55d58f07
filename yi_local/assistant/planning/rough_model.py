"""What loading a model would take, from the catalogue's facts alone: no header has been read.

Sizes that nobody has published follow from the number of parameters and the quant's usual bits;
layers, KV cache and compute buffers from models of the same size. Good to a tenth or so, which is
enough to say what is worth a download; whoever reads the header knows exactly.
"""

from dataclasses import dataclass
from itertools import pairwise

from yi_local.catalogue.model import Model
from yi_local.catalogue.model import ModelFile as CatalogueFile
from yi_local.hardware.snapshot import Hardware
from yi_local.planner.margins import CPU
from yi_local.planner.plan import ModelFile
from yi_local.planner.quality import usual_bits
from yi_local.types import DeviceMemory, DryRun, LoadOptions

_LAYERS = (32, 6e9, 0.36)  # Yi has 32 with 6 billion parameters, 60 with 34
_KV_BYTES = (96 << 10, 5e-6)  # for each token in f16, and more for each parameter
_COMPUTE_BYTES = 384 << 10  # for each token of n_ubatch: a row of logits, and what leads to it
_KV_BITS = {"f16": 16.0, "bf16": 16.0, "f32": 32.0, "q8_0": 8.5, "q4_0": 4.5}


@dataclass(frozen=True, slots=True)
class RoughFile:
    """One quant of a model of the catalogue."""

    model: Model
    published: CatalogueFile
    file: ModelFile  # as the planner wants it, estimated
    is_size_known: bool


def rough_file(model: Model, published: CatalogueFile) -> RoughFile | None:
    """None for a model of unknown size and for a quant that no table has."""
    bits, n_params = usual_bits(published.quant), model.n_params
    if bits is None or not n_params:
        return None
    size_bytes = published.size_bytes or round(n_params * bits / 8)
    layers, at_params, power = _LAYERS
    file = ModelFile(
        name=published.filename.rpartition("/")[2],
        path=f"{model.id}:{published.quant}",
        architecture=model.architecture or "llama",
        quant=published.quant,
        size_bytes=size_bytes,
        weights_bytes=size_bytes,
        n_params=n_params,
        active_bytes=size_bytes,
        active_params=n_params,
        idle_bytes=0,
        n_layer=max(1, round(layers * (n_params / at_params) ** power)),
        n_ctx_train=model.n_ctx_recommended or model.n_ctx_train,
        n_vocab=model.n_vocab,
    )
    return RoughFile(model, published, file, published.size_bytes is not None)


def rough_dry_run(file: ModelFile, options: LoadOptions, hardware: Hardware) -> DryRun:
    """Layers alike, on the accelerators by their shares, the first ones left to the CPU."""
    everything = file.n_layer + 1
    n_ctx = options.n_ctx or 0
    names = [device.name for device in hardware.accelerators]
    on_gpu = min(options.n_gpu_layers or 0, everything) if names else 0
    layers = {CPU: everything - on_gpu}
    layers |= dict(zip(names, _divided(on_gpu, options.tensor_split, len(names)), strict=True))
    per_token, per_parameter = _KV_BYTES
    kv_bytes = n_ctx * (per_token + per_parameter * file.n_params) * _kv_share(options)
    return DryRun(
        tuple(
            DeviceMemory(
                device=name,
                weights_bytes=file.weights_bytes * count // everything,
                kv_cache_bytes=round(kv_bytes * count / everything),
                compute_bytes=_COMPUTE_BYTES * options.n_ubatch if count else 0,
                pageable_bytes=file.weights_bytes * count // everything if name == CPU else 0,
            )
            for name, count in layers.items()
            if count or name == CPU
        ),
        n_ctx,
        options.flash_attention,
        "formulas",
    )


def _divided(layers: int, split: tuple[float, ...], devices: int) -> list[int]:
    """So many layers on each device; together they are all of them."""
    if devices == 0:
        return []
    shares: tuple[float, ...] = (
        split if len(split) == devices and any(split) else (1.0, *[0.0] * (devices - 1))
    )
    ends = [round(layers * sum(shares[:end]) / sum(shares)) for end in range(devices + 1)]
    return [end - begin for begin, end in pairwise(ends)]


def _kv_share(options: LoadOptions) -> float:
    """Of what f16 takes."""
    bits = [_KV_BITS.get(kind, 16.0) for kind in (options.type_k, options.type_v)]
    return sum(bits) / 32
