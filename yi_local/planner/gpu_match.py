"""Which physical GPU a device of llama.cpp is."""

from yi_local.hardware.snapshot import Device, Gpu, Hardware, Vendor

_VENDORS: dict[str, Vendor | None] = {  # backend -> whose GPUs it drives; None is anybody's
    "CUDA": "nvidia",
    "MTL": "apple",
    "ROCm": "amd",
    "SYCL": "intel",
    "Vulkan": None,
}


def gpu_of(device: Device, hardware: Hardware) -> Gpu | None:
    """By name, else by order; None where that would be a guess."""
    if device.backend not in _VENDORS:
        return None
    vendor = _VENDORS[device.backend]
    gpus = [gpu for gpu in hardware.gpus if vendor in (None, gpu.vendor)]
    peers = [other for other in hardware.devices if other.backend == device.backend]
    named = [gpu for gpu in gpus if gpu.name.lower() in device.description.lower()]
    if named:
        gpus = named
        peers = [peer for peer in peers if peer.description == device.description]
    if len(gpus) == len(peers) and device in peers:
        return gpus[peers.index(device)]
    return gpus[0] if gpus and all(gpu == gpus[0] for gpu in gpus) else None
