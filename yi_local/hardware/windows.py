"""Windows' display adapters as its registry keeps them, its numbers for SIMD instructions."""

import re
from collections.abc import Collection, Mapping

from yi_local.hardware.pci import AMD, INTEL, NVIDIA, Card

# llama.cpp's word -> the argument of IsProcessorFeaturePresent (winnt.h, PF_...). F16C, FMA and
# BMI2 have none. AVX512 goes by its foundation: no PC's processor has that without the rest.
SIMD = {
    "SSE3": 13,
    "SSSE3": 36,
    "AVX": 39,
    "AVX2": 40,
    "AVX512": 41,
    "NEON": 19,
    "MATMUL_INT8": 66,
    "SVE": 46,
    "DOTPROD": 43,
    "SME": 70,
}

Values = Mapping[str, object]  # of one key of the registry

_DEVICE = re.compile(r"PCI\\VEN_([0-9A-F]{4})&DEV_([0-9A-F]{4})", re.ASCII | re.IGNORECASE)
_INT64_BYTES = 8


def simd(present: Collection[int]) -> tuple[str, ...]:
    return tuple(word for word, feature in SIMD.items() if feature in present)


def card(adapter: Values) -> Card | None:
    """None for an adapter that is no GPU of the three vendors."""
    device = _DEVICE.match(_text(adapter, "MatchingDeviceId"))
    if device is None or int(device[1], 16) not in (NVIDIA, AMD, INTEL):
        return None
    return Card(
        vendor_id=int(device[1], 16),
        device_id=int(device[2], 16),
        name=_text(adapter, "DriverDesc") or None,
        memory_bytes=_size_bytes(adapter.get("HardwareInformation.qwMemorySize")),
        driver=_text(adapter, "DriverVersion") or None,
    )


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""


def _size_bytes(value: object) -> int | None:
    """Some drivers write the number as raw bytes."""
    if isinstance(value, bytes) and len(value) == _INT64_BYTES:
        value = int.from_bytes(value, "little")
    return value if isinstance(value, int) and value > 0 else None
