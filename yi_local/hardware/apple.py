"""Apple's machines, by what `sysctl hw machdep.cpu` and `vm_stat` print.

How much of the RAM the GPU may take (iogpu.wired_limit_mb, else a share) is not read here:
llama.cpp reports the outcome as the total of its Metal device.
"""

import re
from collections.abc import Mapping

from yi_local.hardware.kernel_text import number
from yi_local.hardware.snapshot import Cpu, Gpu, Memory

Facts = Mapping[str, str]  # "hw.memsize" -> "17179869184"

# GB/s by the technical specifications of Apple's machines; of the M1, LPDDR4X-4266 on 128 bits
_BANDWIDTH_GB_S = {
    "M1": 68.25,
    "M1 Pro": 200,
    "M1 Max": 400,
    "M1 Ultra": 800,
    "M2": 100,
    "M2 Pro": 200,
    "M2 Max": 400,
    "M2 Ultra": 800,
    "M3": 100,
    "M3 Pro": 150,
    "M3 Ultra": 819,
    "M4": 120,
    "M4 Pro": 273,
    "M5": 153,
    "M5 Pro": 307,
}
# Sold in two widths, told apart by the cores of the CPU; those of the M5 Max by its memory alone
_BY_CORES_GB_S = {
    ("M3 Max", 14): 300,
    ("M3 Max", 16): 400,
    ("M4 Max", 14): 410,
    ("M4 Max", 16): 546,
}
_BY_MEMORY_GB_S = {
    ("M5 Max", 36): 460,
    ("M5 Max", 48): 614,
    ("M5 Max", 64): 614,
    ("M5 Max", 128): 614,
}

# llama.cpp's word -> what it needs: an x86 feature in a list, or a name whose value is 1
_ARM = "hw.optional.arm.FEAT_"
_SIMD = {
    "SSE3": {"SSE3"},
    "SSSE3": {"SSSE3"},
    "AVX": {"AVX1.0"},
    "AVX2": {"AVX2"},
    "F16C": {"F16C"},
    "FMA": {"FMA"},
    "BMI2": {"BMI2"},
    "AVX512": {"AVX512F", "AVX512CD", "AVX512BW", "AVX512DQ", "AVX512VL"},
    "AVX512_VBMI": {"AVX512VBMI"},
    "AVX512_VNNI": {"AVX512VNNI"},
    "NEON": {"hw.optional.neon"},
    "FP16_VA": {_ARM + "FP16"},
    "MATMUL_INT8": {_ARM + "I8MM"},
    "DOTPROD": {_ARM + "DotProd"},
    "SME": {_ARM + "SME"},
    "SME2": {_ARM + "SME2"},
}


def facts(sysctl: str | None) -> Facts:
    return dict(re.findall(r"^([\w.]+): (.*)$", sysctl or "", re.ASCII | re.MULTILINE))


def memory(known: Facts, vm_stat: str | None) -> Memory:
    return Memory(
        number(known.get("hw.memsize")),
        _available_bytes(vm_stat),
        bandwidth_bytes_s=_bandwidth_bytes_s(known),
    )


def cpu(known: Facts, architecture: str) -> Cpu:
    physical = number(known.get("hw.physicalcpu"))
    fast = number(known.get("hw.perflevel0.physicalcpu"))  # level 0 is the fastest
    return Cpu(
        model=known.get("machdep.cpu.brand_string") or None,
        architecture=architecture,
        logical_cores=number(known.get("hw.logicalcpu")),
        physical_cores=physical,
        performance_cores=fast if fast and physical and fast < physical else None,
        simd=_simd(known),
    )


def gpus(known: Facts) -> tuple[Gpu, ...]:
    """Apple Silicon's own; sysctl tells nothing of those in Intel Macs."""
    chip = known.get("machdep.cpu.brand_string")
    if not chip or known.get("hw.optional.arm64") != "1":
        return ()
    bandwidth_bytes_s = _bandwidth_bytes_s(known)
    return (Gpu("apple", chip, None, unified=True, bandwidth_bytes_s=bandwidth_bytes_s),)


def _available_bytes(vm_stat: str | None) -> int | None:
    """What Activity Monitor does not count as used: free, file-backed, and given up by programs.

    Other inactive pages are programs' own; they would have to be compressed or swapped.
    """
    page = re.search(r"\(page size of (\d{1,7}) bytes\)", vm_stat or "", re.ASCII)
    lines = re.findall(r"^([\w -]+): +(\d{1,16})\.$", vm_stat or "", re.ASCII | re.MULTILINE)
    pages = {name: int(count) for name, count in lines}
    reclaimable = ("Pages free", "File-backed pages", "Pages purgeable")
    if page is None or not pages.keys() >= set(reclaimable):
        return None
    return int(page[1]) * sum(pages[name] for name in reclaimable)


def _bandwidth_bytes_s(known: Facts) -> float | None:
    """None for a chip that is newer than the tables."""
    chip = known.get("machdep.cpu.brand_string", "").removeprefix("Apple ")
    cores = number(known.get("hw.physicalcpu")) or 0
    memory_gib = (number(known.get("hw.memsize")) or 0) >> 30
    gb_s = (
        _BANDWIDTH_GB_S.get(chip)
        or _BY_CORES_GB_S.get((chip, cores))
        or _BY_MEMORY_GB_S.get((chip, memory_gib))
    )
    return 1e9 * gb_s if gb_s else None


def _simd(known: Facts) -> tuple[str, ...]:
    lists = known.get("machdep.cpu.features", ""), known.get("machdep.cpu.leaf7_features", "")
    present = {name for name, value in known.items() if value == "1"}
    present.update(*(features.split() for features in lists))
    return tuple(word for word, needed in _SIMD.items() if needed <= present)
