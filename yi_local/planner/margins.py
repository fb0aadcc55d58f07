"""How much of a device must stay free beside what is predicted.

It covers what no dry run counts: cuBLAS and its graphs, fragmentation, the window system's next
frame. Values: memory.md, section 9.
"""

from yi_local.hardware.snapshot import Hardware
from yi_local.planner.gpu_match import gpu_of
from yi_local.planner.plan import Experience, Wish
from yi_local.planner.sizes import GIB, MIB

CPU = "CPU"

_CPU_BYTES = 512 * MIB
_GPU_BYTES = 384 * MIB  # CUDA once its context is not in "free" any more; others are like it
_SHARED_BYTES = GIB  # a card that draws the screen, and memory shared with everything else
_SHARE = 0.03  # of the device's whole memory


def ram_margin_bytes(hardware: Hardware, wish: Wish, experience: Experience, shared: bool) -> int:
    """`shared`: a GPU takes from the RAM too."""
    least = _SHARED_BYTES if shared else _CPU_BYTES
    return _margin(least, hardware.memory.total_bytes, CPU, wish, experience)


def device_margin_bytes(name: str, hardware: Hardware, wish: Wish, experience: Experience) -> int:
    device = hardware.device(name)
    if device is None:
        return _margin(_GPU_BYTES, None, name, wish, experience)
    gpu = gpu_of(device, hardware)
    shared = device.unified or (gpu is not None and gpu.drives_display is True)
    least = _SHARED_BYTES if shared else _GPU_BYTES
    return _margin(least, device.total_bytes, device.backend, wish, experience)


def _margin(
    least: int, total_bytes: int | None, backend: str, wish: Wish, experience: Experience
) -> int:
    """What once went beyond the prediction may do so again."""
    share = int(_SHARE * (total_bytes or 0))
    seen = experience.residual_bytes.get(backend, 0)
    return max(least, share, seen) + wish.headroom_bytes
