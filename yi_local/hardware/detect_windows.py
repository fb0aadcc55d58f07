"""Looks at a Windows machine, through its registry, its kernel and psutil."""

import ctypes
import os
import sys
import winreg

from yi_local.hardware import pci, psutil_facts, windows
from yi_local.hardware.architecture import architecture
from yi_local.hardware.gpus import gpus
from yi_local.hardware.nvml import nvml_gpus
from yi_local.hardware.snapshot import Cpu, Gpu, Hardware

assert sys.platform == "win32"  # tells mypy, too

_PROCESSOR = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
# The class of display adapters (Microsoft, System-Defined Device Setup Classes)
_ADAPTERS = r"SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"


def detect_windows() -> Hardware:
    return Hardware(system="Windows", memory=psutil_facts.memory(), cpu=_cpu(), gpus=_gpus())


def _cpu() -> Cpu:
    name = _values(_PROCESSOR).get("ProcessorNameString")
    present = ctypes.windll.kernel32.IsProcessorFeaturePresent
    return Cpu(
        model=" ".join(name.split()) if isinstance(name, str) else None,
        # platform.machine() may ask WMI, which can take seconds
        architecture=architecture(os.environ.get("PROCESSOR_ARCHITECTURE", "")),
        logical_cores=psutil_facts.logical_cores(),
        physical_cores=psutil_facts.physical_cores(),
        performance_cores=None,
        simd=windows.simd([feature for feature in windows.SIMD.values() if present(feature)]),
    )


def _gpus() -> tuple[Gpu, ...]:
    adapters = [windows.card(_values(rf"{_ADAPTERS}\{name}")) for name in _subkeys(_ADAPTERS)]
    cards = [card for card in adapters if card is not None]
    by_nvml = nvml_gpus() if any(card.vendor_id == pci.NVIDIA for card in cards) else ()
    return gpus(cards, by_nvml)


def _subkeys(path: str) -> list[str]:
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
            count, _, _ = winreg.QueryInfoKey(key)
            return [winreg.EnumKey(key, index) for index in range(count)]
    except OSError:
        return []


def _values(path: str) -> dict[str, object]:
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
            _, count, _ = winreg.QueryInfoKey(key)
            return {name: value for name, value, _ in _each_value(key, count)}
    except OSError:
        return {}


def _each_value(key: winreg.HKEYType, count: int) -> list[tuple[str, object, int]]:
    return [winreg.EnumValue(key, index) for index in range(count)]
