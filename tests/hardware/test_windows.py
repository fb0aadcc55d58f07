"""Machines of Windows, by a stand-in for its registry."""

import ctypes
import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace

import psutil
import pytest

from tests.hardware.fake_nvml import RTX_4070_LAPTOP, FakeNvml
from yi_local.hardware.gpus import gpus
from yi_local.hardware.snapshot import Gpu, Hardware
from yi_local.hardware.windows import SIMD, card, simd

GIB = 1 << 30


def adapter(device: str, name: str, memory: object = None) -> dict[str, object]:
    return {
        "DriverDesc": name,
        "DriverVersion": "32.0.15.6094",
        "HardwareInformation.qwMemorySize": memory,
        "MatchingDeviceId": device,
        "ProviderName": "somebody",
    }


def test_windows_adapters_are_cards() -> None:
    geforce = adapter(
        "PCI\\VEN_10DE&DEV_2820&SUBSYS_0C001028", "NVIDIA GeForce RTX 4070 Laptop GPU", 8 * GIB
    )
    radeon = adapter(
        "pci\\ven_1002&dev_744c", "AMD Radeon RX 7900 XTX", (24 * GIB).to_bytes(8, "little")
    )
    uhd = adapter("PCI\\VEN_8086&DEV_4680", "Intel(R) UHD Graphics 770", 128 << 20)
    cards = [found for each in (geforce, radeon, uhd) if (found := card(each)) is not None]
    assert gpus(cards, ()) == (
        Gpu(
            *("nvidia", "NVIDIA GeForce RTX 4070 Laptop GPU", 8 * GIB),
            unified=False,
            driver="32.0.15.6094",
        ),
        Gpu(
            *("amd", "AMD Radeon RX 7900 XTX", 24 * GIB),
            unified=False,
            driver="32.0.15.6094",
        ),
        Gpu("intel", "Intel(R) UHD Graphics 770", None, unified=True, driver="32.0.15.6094"),
    )


@pytest.mark.parametrize(
    "values",
    [
        {},
        adapter("ROOT\\BasicDisplay", "Microsoft Basic Display Adapter"),
        adapter("PCI\\VEN_15AD&DEV_0405", "VMware SVGA 3D"),
        adapter("PCI\\VEN_10DE", "cut"),
        {"MatchingDeviceId": 7},
    ],
)
def test_other_adapters_of_windows_are_no_gpus(values: dict[str, object]) -> None:
    assert card(values) is None


@pytest.mark.parametrize("memory", [None, 0, b"", b"\x00\x01", "8 GB"])
def test_a_memory_that_windows_does_not_tell_is_unknown(memory: object) -> None:
    found = card(adapter("PCI\\VEN_10DE&DEV_2684", "NVIDIA GeForce RTX 4090", memory))
    assert found is not None
    assert found.memory_bytes is None


def test_windows_features_are_told_in_llama_cpps_words() -> None:
    assert simd({3, 6, 10, 13, 36, 39, 40}) == ("SSE3", "SSSE3", "AVX", "AVX2")
    assert simd({19, 43}) == ("NEON", "DOTPROD")
    assert len(set(SIMD.values())) == len(SIMD)


# The whole of it

PROCESSOR = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
ADAPTERS = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"
AVX2_AND_OLDER = {13, 36, 39, 40}


class FakeWinreg(ModuleType):
    """The registry of a machine: path -> the values there."""

    HKEY_LOCAL_MACHINE = "HKLM"
    HKEYType = str

    def __init__(self, keys: Mapping[str, Mapping[str, object]], denied: str = "") -> None:
        super().__init__("winreg")
        self.keys, self.denied = keys, denied

    @contextmanager
    def OpenKey(self, root: str, path: str) -> Iterator[str]:
        assert root == self.HKEY_LOCAL_MACHINE
        if path == self.denied:
            raise PermissionError(5, "Access is denied")
        if path not in self.keys and not self._below(path):
            raise FileNotFoundError(2, "The system cannot find the file specified")
        yield path

    def QueryInfoKey(self, path: str) -> tuple[int, int, int]:
        return len(self._below(path)), len(self.keys.get(path, {})), 0

    def EnumKey(self, path: str, index: int) -> str:
        return self._below(path)[index]

    def EnumValue(self, path: str, index: int) -> tuple[str, object, int]:
        return (*list(self.keys[path].items())[index], 1)

    def _below(self, path: str) -> list[str]:
        return sorted(key[len(path) + 1 :] for key in self.keys if key.startswith(path + "\\"))


def detected(monkeypatch: pytest.MonkeyPatch, registry: FakeWinreg) -> Hardware:
    kernel32 = SimpleNamespace(IsProcessorFeaturePresent=AVX2_AND_OLDER.__contains__)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel32), raising=False)
    monkeypatch.setenv("PROCESSOR_ARCHITECTURE", "AMD64")
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(RTX_4070_LAPTOP))
    here = "yi_local.hardware.detect_windows"
    monkeypatch.setitem(sys.modules, here, ModuleType(here))
    del sys.modules[here]  # imported anew now, and forgotten at the end of the test
    return importlib.import_module("yi_local.hardware.detect").detect()


def test_a_laptop_of_windows_is_seen_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = FakeWinreg(
        {
            PROCESSOR: {
                "ProcessorNameString": "13th Gen Intel(R) Core(TM) i7-13700H   ",
                "~MHz": 2918,
            },
            rf"{ADAPTERS}\0000": adapter("PCI\\VEN_8086&DEV_A7A0", "Intel(R) Iris(R) Xe Graphics"),
            rf"{ADAPTERS}\0001": adapter("PCI\\VEN_10DE&DEV_2820", RTX_4070_LAPTOP.name),
            rf"{ADAPTERS}\Properties": {},
        },
        denied=rf"{ADAPTERS}\Properties",
    )
    laptop = detected(monkeypatch, registry)
    assert laptop.system == "Windows"
    assert laptop.memory.total_bytes == psutil.virtual_memory().total
    assert laptop.cpu.model == "13th Gen Intel(R) Core(TM) i7-13700H"
    assert laptop.cpu.architecture == "x86_64"
    assert laptop.cpu.simd == ("SSE3", "SSSE3", "AVX", "AVX2")
    assert [gpu.name for gpu in laptop.gpus] == [
        "NVIDIA GeForce RTX 4070 Laptop GPU",
        "Intel(R) Iris(R) Xe Graphics",
    ]
    assert laptop.gpus[0].cuda == "12.4"


def test_a_machine_of_windows_with_an_empty_registry_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare = detected(monkeypatch, FakeWinreg({}))
    assert bare.cpu.model is None
    assert bare.gpus == ()
