"""Intel's GPUs."""

from yi_local.hardware.pci import Card
from yi_local.hardware.snapshot import Gpu

# Device ids of cards (pci.ids of 2026-08-22). Names do not tell: an Arc B580 is a card, an Arc
# B390 or an Arc 140V is inside a processor.
_DISCRETE = frozenset(
    (
        *(0x0B69, 0x0B6E, *range(0x0BD0, 0x0BDC)),  # Ponte Vecchio: Data Center GPU Max
        *range(0x4905, 0x490A),  # DG1: Iris Xe MAX
        *(*range(0x4F80, 0x4F89), *range(0x5690, 0x56C3)),  # DG2: Arc A, Flex
        *range(0xE200, 0xE230),  # Battlemage: Arc B
    )
)


def gpu(card: Card) -> Gpu:
    unified = card.device_id not in _DISCRETE
    return Gpu(
        vendor="intel",
        name=card.full_name("Intel"),
        memory_bytes=None if unified else card.memory_bytes,
        unified=unified,
        driver=card.driver,
        drives_display=card.drives_display,
    )
