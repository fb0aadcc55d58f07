"""Graphics cards as PCI lists them."""

import re
from collections.abc import Collection
from dataclasses import dataclass

NVIDIA, AMD, INTEL = 0x10DE, 0x1002, 0x8086

_DISPLAY = 0x03  # base class: VGA, 3D, other display controllers
_ACCELERATOR = 0x1200  # AMD's Instinct MI300 is one; Intel's are NPUs


@dataclass(frozen=True, slots=True)
class Card:
    """What the system knows before its vendor's rules are applied."""

    vendor_id: int
    device_id: int
    name: str | None = None
    memory_bytes: int | None = None  # set aside for it, on the card or in the RAM
    driver: str | None = None
    drives_display: bool | None = None

    def full_name(self, vendor: str) -> str:
        if self.name is None:
            return f"{vendor} GPU {self.device_id:04x}"
        named = self.name.lower().startswith(vendor.lower())
        return self.name if named else f"{vendor} {self.name}"


def is_gpu(vendor_id: int | None, class_code: int | None) -> bool:
    """`class_code` has a byte each for base class, subclass and interface.

    Only the three vendors' count: what else shows a picture, in servers and virtual machines,
    computes nothing.
    """
    if vendor_id not in (NVIDIA, AMD, INTEL) or class_code is None:
        return False
    accelerates = vendor_id == AMD and class_code >> 8 == _ACCELERATOR
    return class_code >> 16 == _DISPLAY or accelerates


def product_name(pci_ids: str | None, vendor_id: int, device_id: int) -> str | None:
    """By the list pci.ids: "GeForce RTX 4090" of "AD102 [GeForce RTX 4090]", else the chip."""
    vendor = re.search(rf"\n{vendor_id:04x}  .*\n((?:[\t#].*\n|\n)*)", pci_ids or "")
    device = vendor and re.search(rf"^\t{device_id:04x}  (.+)$", vendor[1], re.MULTILINE)
    if not device:
        return None
    product = re.search(r"\[([^\]]+)\]", device[1])
    return (product or device)[1].strip()


def drives_display(enabled: Collection[str | None]) -> bool | None:
    """By the file `enabled` of each connector; a card without a driver shows none."""
    if not enabled:
        return None
    return any(text is not None and text.strip() == "enabled" for text in enabled)
