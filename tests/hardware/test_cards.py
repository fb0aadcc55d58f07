"""Graphics cards by PCI, and what their vendors' rules make of them."""

import pytest

from tests.hardware.captured import linux_files
from yi_local.hardware.gpus import gpus
from yi_local.hardware.pci import (
    AMD,
    INTEL,
    NVIDIA,
    Card,
    drives_display,
    is_gpu,
    product_name,
)
from yi_local.hardware.snapshot import Gpu

GIB = 1 << 30
PCI_IDS = linux_files("laptop_rtx_4070")["/usr/share/misc/pci.ids"]


@pytest.mark.parametrize(
    ("vendor_id", "class_code", "counts"),
    [
        (NVIDIA, 0x030000, True),  # VGA
        (NVIDIA, 0x030200, True),  # 3D, as laptops and data centres have it
        (NVIDIA, 0x040300, False),  # the card's audio
        (AMD, 0x038000, True),
        (AMD, 0x120000, True),  # Instinct MI300X
        (INTEL, 0x038000, True),
        (INTEL, 0x120000, False),  # an NPU
        (0x1AF4, 0x030000, False),  # virtio
        (0x1A03, 0x030000, False),  # ASPEED, in servers
        (None, 0x030000, False),
        (AMD, None, False),
    ],
)
def test_gpus_are_told_from_other_devices(
    vendor_id: int | None, class_code: int | None, counts: bool
) -> None:
    assert is_gpu(vendor_id, class_code) is counts


@pytest.mark.parametrize(
    ("vendor_id", "device_id", "name"),
    [
        (NVIDIA, 0x2684, "GeForce RTX 4090"),
        (AMD, 0x744C, "Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M"),
        (AMD, 0x15BF, "Phoenix1"),
        (INTEL, 0x4680, "UHD Graphics 770"),
        (INTEL, 0x2684, None),  # another vendor's number
        (NVIDIA, 0xFFFF, None),
        (0x1234, 0x1111, None),
    ],
)
def test_a_card_is_named_as_it_is_sold(vendor_id: int, device_id: int, name: str | None) -> None:
    assert product_name(PCI_IDS, vendor_id, device_id) == name


def test_without_the_list_a_card_is_named_by_vendor_and_number() -> None:
    assert product_name(None, NVIDIA, 0x2684) is None
    [gpu] = gpus([Card(NVIDIA, 0x2684)], ())
    assert gpu.name == "NVIDIA GPU 2684"


def test_a_vendor_is_not_named_twice() -> None:
    [one, other] = gpus([Card(INTEL, 0x56A0, "Arc A770"), Card(INTEL, 0x7D55, "Intel Arc")], ())
    assert (one.name, other.name) == ("Intel Arc A770", "Intel Arc")


def test_a_card_keeps_its_memory_and_an_integrated_gpu_has_none_of_its_own() -> None:
    card = Card(AMD, 0x744C, "Radeon RX 7900 XTX", 24 * GIB, "amdgpu", True)
    inside = Card(AMD, 0x15BF, "Phoenix1", GIB // 2, "amdgpu", False)
    assert gpus([card, inside], ()) == (
        Gpu(
            *("amd", "AMD Radeon RX 7900 XTX", 24 * GIB),
            unified=False,
            driver="amdgpu",
            drives_display=True,
        ),
        Gpu("amd", "AMD Phoenix1", None, unified=True, driver="amdgpu", drives_display=False),
    )


@pytest.mark.parametrize(
    ("vendor_id", "device_id", "unified"),
    [
        (INTEL, 0x56A0, False),  # Arc A770
        (INTEL, 0xE20B, False),  # Arc B580
        (INTEL, 0x4905, False),  # Iris Xe MAX
        (INTEL, 0xB080, True),  # Arc B390, inside Panther Lake
        (INTEL, 0x64A0, True),  # Arc 140V, inside Lunar Lake
        (INTEL, 0xA7A0, True),  # Iris Xe
        (AMD, 0x7480, False),  # Radeon RX 7600
        (AMD, 0x74A1, False),  # Instinct MI300X
        (AMD, 0x1586, True),  # Strix Halo
        (AMD, 0x163F, True),  # Van Gogh, in the Steam Deck
        (AMD, 0x164E, True),  # Raphael
    ],
)
def test_integrated_gpus_are_known_by_their_number(
    vendor_id: int, device_id: int, unified: bool
) -> None:
    [gpu] = gpus([Card(vendor_id, device_id, memory_bytes=8 * GIB)], ())
    assert gpu.unified is unified
    assert gpu.memory_bytes == (None if unified else 8 * GIB)


def test_what_nvml_tells_replaces_what_pci_tells_of_nvidia_alone() -> None:
    told = (Gpu("nvidia", "NVIDIA GeForce RTX 4090", 24 * GIB, unified=False),)
    cards = [Card(INTEL, 0x4680), Card(NVIDIA, 0x2684), Card(NVIDIA, 0x2504)]
    assert [gpu.name for gpu in gpus(cards, told)] == [told[0].name, "Intel GPU 4680"]
    assert [gpu.vendor for gpu in gpus(cards, ())] == ["intel", "nvidia", "nvidia"]


def test_a_card_drives_a_display_where_one_connector_is_in_use() -> None:
    assert drives_display(["disabled\n", "enabled\n"]) is True
    assert drives_display(["disabled\n", None]) is False
    assert drives_display([]) is None
