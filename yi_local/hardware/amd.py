"""AMD's GPUs."""

from yi_local.hardware.pci import Card
from yi_local.hardware.snapshot import Gpu

# Device ids of GPUs inside a processor, from the first GCN on (pci.ids of 2026-08-22). A newer one
# counts as a card, with the memory that the firmware carves out of the RAM for it.
_INTEGRATED = frozenset(
    (
        *range(0x1304, 0x131E),  # Kaveri
        *range(0x9830, 0x98E5),  # Kabini, Mullins, Carrizo, Stoney
        *(0x15DD, 0x15D8),  # Raven Ridge, Picasso
        *(0x1636, 0x164C, 0x1638, 0x15E7),  # Renoir, Lucienne, Cezanne, Barcelo
        *(0x163F, 0x1435, 0x1506),  # Van Gogh, Sephiroth, Mendocino
        *(0x164D, 0x1681, 0x164E, 0x13C0),  # Rembrandt, Raphael, Granite Ridge
        *(0x164F, 0x15BF, 0x15C8, 0x1900, 0x1901),  # Phoenix, Hawk Point
        *(0x150E, 0x1114, 0x1902, 0x1586),  # Strix Point, Krackan Point, Strix Halo
    )
)


def gpu(card: Card) -> Gpu:
    unified = card.device_id in _INTEGRATED
    return Gpu(
        vendor="amd",
        name=card.full_name("AMD"),
        memory_bytes=None if unified else card.memory_bytes,
        unified=unified,
        driver=card.driver,
        drives_display=card.drives_display,
    )
