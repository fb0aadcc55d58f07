"""Which GPU each card is, by the rules of its vendor."""

from collections.abc import Iterable

from yi_local.hardware import amd, intel, nvidia
from yi_local.hardware.pci import AMD, INTEL, NVIDIA, Card
from yi_local.hardware.snapshot import Gpu

_RULES = {NVIDIA: nvidia.gpu_by_pci, AMD: amd.gpu, INTEL: intel.gpu}


def gpus(cards: Iterable[Card], by_nvml: tuple[Gpu, ...]) -> tuple[Gpu, ...]:
    """NVML knows more of NVIDIA's than PCI does: also which of them a container may use."""
    told = {NVIDIA} if by_nvml else set()
    others = (_RULES[card.vendor_id](card) for card in cards if card.vendor_id not in told)
    return (*by_nvml, *others)
