"""Macs by what their two commands print."""

import os
from pathlib import Path

import pytest

from tests.hardware.captured import macos_output
from yi_local.hardware import apple
from yi_local.hardware.detect_macos import detect_macos
from yi_local.hardware.snapshot import Cpu, Gpu, Hardware, Memory

GIB = 1 << 30
M1_SIMD = ("NEON", "FP16_VA", "DOTPROD")
M2_SIMD = ("NEON", "FP16_VA", "MATMUL_INT8", "DOTPROD")
M4_SIMD = (*M2_SIMD, "SME", "SME2")


def seen(sysctl: str, vm_stat: str | None = None) -> Hardware:
    known = apple.facts(sysctl)
    memory = apple.memory(known, vm_stat)
    return Hardware("Darwin", memory, apple.cpu(known, "arm64"), apple.gpus(known))


@pytest.mark.parametrize(
    ("name", "chip", "gib", "cores", "fast", "gb_s", "simd"),
    [
        ("m1_8gb", "Apple M1", 8, 8, 4, 68.25, M1_SIMD),
        ("m1_pro_16gb", "Apple M1 Pro", 16, 10, 8, 200, M1_SIMD),
        ("m2_pro_16gb", "Apple M2 Pro", 16, 10, 6, 200, M2_SIMD),
        ("m3_pro_36gb", "Apple M3 Pro", 36, 12, 6, 150, M2_SIMD),
        ("m4_max_128gb", "Apple M4 Max", 128, 16, 12, 546, M4_SIMD),
        ("m1_ultra_128gb", "Apple M1 Ultra", 128, 20, 16, 800, M1_SIMD),
    ],
)
def test_a_mac_with_apple_silicon_is_seen_in_full(
    name: str, chip: str, gib: int, cores: int, fast: int, gb_s: float, simd: tuple[str, ...]
) -> None:
    mac = seen(macos_output(f"{name}.sysctl"))
    assert mac.memory == Memory(gib * GIB, None, bandwidth_bytes_s=gb_s * 1e9)
    assert mac.cpu == Cpu(chip, "arm64", cores, cores, fast, simd)
    assert mac.gpus == (Gpu("apple", chip, None, unified=True, bandwidth_bytes_s=gb_s * 1e9),)


def test_an_intel_mac_has_its_simd_and_no_gpu_that_sysctl_tells_of() -> None:
    mac = seen(macos_output("intel_i7_16gb.sysctl"))
    assert mac.gpus == ()
    assert mac.memory.bandwidth_bytes_s is None
    assert mac.cpu.model == "Intel(R) Core(TM) i7-9750H CPU @ 2.60GHz"
    assert (mac.cpu.logical_cores, mac.cpu.physical_cores) == (12, 6)
    assert mac.cpu.performance_cores is None
    assert mac.cpu.simd == ("SSE3", "SSSE3", "AVX", "AVX2", "F16C", "FMA", "BMI2")


@pytest.mark.parametrize(
    ("chip", "cores", "gib", "gb_s"),
    [
        ("M3 Max", 14, 36, 300),
        ("M3 Max", 16, 64, 400),
        ("M4 Max", 14, 36, 410),
        ("M5 Max", 18, 36, 460),
        ("M5 Max", 18, 128, 614),
    ],
)
def test_a_chip_sold_with_two_widths_of_memory_is_told_apart(
    chip: str, cores: int, gib: int, gb_s: float
) -> None:
    sysctl = (
        f"hw.memsize: {gib * GIB}\nhw.physicalcpu: {cores}\n"
        f"machdep.cpu.brand_string: Apple {chip}\n"
    )
    assert seen(sysctl).memory.bandwidth_bytes_s == gb_s * 1e9


@pytest.mark.parametrize("chip", ["Apple M99 Max", "Apple M1 (Virtual)", "Apple processor"])
def test_an_unlisted_chip_is_a_gpu_of_unknown_bandwidth(chip: str) -> None:
    sysctl = f"hw.memsize: {8 * GIB}\nhw.optional.arm64: 1\nmachdep.cpu.brand_string: {chip}\n"
    assert seen(sysctl).gpus == (Gpu("apple", chip, None, unified=True),)


def test_a_processor_whose_cores_are_all_alike_has_no_performance_cores() -> None:
    sysctl = "hw.physicalcpu: 4\nhw.logicalcpu: 4\nhw.perflevel0.physicalcpu: 4\n"
    assert seen(sysctl).cpu.performance_cores is None


@pytest.mark.parametrize(
    ("name", "available_bytes"),
    [
        ("m1_8gb", (6155 + 70221 + 913) * 16384),
        ("m4_max_128gb", (4120331 + 1703342 + 20331) * 16384),
        ("intel_i7_16gb", (31233 + 910233 + 5120) * 4096),
    ],
)
def test_available_is_what_activity_monitor_does_not_count_as_used(
    name: str, available_bytes: int
) -> None:
    memory = seen(macos_output(f"{name}.sysctl"), macos_output(f"{name}.vm_stat")).memory
    assert memory.available_bytes == available_bytes
    assert memory.total_bytes is not None
    assert 0 < available_bytes < memory.total_bytes


def test_a_cut_vm_stat_leaves_available_unknown() -> None:
    text = macos_output("m1_8gb.vm_stat")
    whole = text.index("File-backed pages")
    for end in range(0, whole, 7):
        assert apple.memory({}, text[:end]).available_bytes is None


@pytest.mark.parametrize("text", [None, "", "sysctl: unknown oid 'hw'\n", "hw.memsize: many\n"])
def test_without_sysctl_all_is_unknown(text: str | None) -> None:
    mac = seen(text or "", text)
    assert mac.memory == Memory(None, None)
    assert mac.cpu == Cpu(None, "arm64", None, None, None)
    assert mac.gpus == ()


# The commands themselves, stood in for by shell scripts


def command(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o700)
    return str(path)


@pytest.mark.skipif(os.name != "posix", reason="shell scripts")
def test_a_mac_is_read_through_its_two_commands(tmp_path: Path) -> None:
    data = Path(__file__).resolve().parent / "data" / "macos"
    asked = '[ "$*" = "hw machdep.cpu" ] || exit 2'
    sysctl = command(
        tmp_path,
        "sysctl",
        f"{asked}\ncat '{data}/m1_8gb.sysctl.txt'\necho 'unknown oid' >&2\nexit 1",
    )
    vm_stat = command(tmp_path, "vm_stat", f"cat '{data}/m1_8gb.vm_stat.txt'")
    mac = detect_macos("arm64", sysctl, vm_stat)
    assert mac == seen(macos_output("m1_8gb.sysctl"), macos_output("m1_8gb.vm_stat"))


def test_a_mac_without_its_commands_is_unknown(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    mac = detect_macos("arm64", gone, gone)
    assert mac == Hardware("Darwin", Memory(None, None), Cpu(None, "arm64", None, None, None))
