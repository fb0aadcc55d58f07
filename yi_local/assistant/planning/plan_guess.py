"""A plan as it will probably be with other options, guessed at once from one that is known.

Weights stay what they are, the KV cache grows with context and bits, the compute buffers are left
as they were. For the moment in which the exact plan is being made.
"""

from dataclasses import replace

from yi_local.gguf_file import GGML_TYPES
from yi_local.planner.margins import CPU
from yi_local.planner.plan import DeviceEstimate, Plan, Wish

_BITS = {kind.name.lower(): kind.bits_per_weight for kind in GGML_TYPES.values()}


def guessed(known: Plan, wish: Wish) -> Plan:
    """`known` is of the same file. What the wish leaves open stays as it was there."""
    options = known.options
    n_ctx, kv_type = wish.n_ctx or options.n_ctx or 0, wish.kv_type or options.type_k
    grown = n_ctx / options.n_ctx if options.n_ctx else 1.0
    grown *= _BITS.get(kv_type, 16.0) / _BITS.get(options.type_k, 16.0)
    everything = known.file.n_layer + 1
    before = min(options.n_gpu_layers or 0, everything)
    after = before if wish.n_gpu_layers is None else min(wish.n_gpu_layers, everything)
    devices = _moved(known.memory.devices, before, after, everything)
    devices = tuple(replace(d, kv_cache_bytes=round(d.kv_cache_bytes * grown)) for d in devices)
    return replace(
        known,
        options=replace(options, n_ctx=n_ctx, type_k=kv_type, type_v=kv_type, n_gpu_layers=after),
        memory=replace(known.memory, devices=devices),
        reasons=(),
    )


def _moved(
    devices: tuple[DeviceEstimate, ...], before: int, after: int, everything: int
) -> tuple[DeviceEstimate, ...]:
    """Layers from the RAM to the other devices, or back: as much of each as there was of all."""
    if before == after or len(devices) < 2 or not before:
        return devices
    kept = after / before
    found = [devices[0]]
    for device in devices[1:]:
        weights, kv_cache = round(device.weights_bytes * kept), round(device.kv_cache_bytes * kept)
        found.append(replace(device, weights_bytes=weights, kv_cache_bytes=kv_cache))
        found[0] = replace(
            found[0],
            weights_bytes=max(0, found[0].weights_bytes + device.weights_bytes - weights),
            kv_cache_bytes=max(0, found[0].kv_cache_bytes + device.kv_cache_bytes - kv_cache),
        )
    assert found[0].device == CPU
    return tuple(found)
