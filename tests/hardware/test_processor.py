"""Processors: names, instructions, cores."""

import pytest

from tests.hardware.captured import linux_files
from yi_local.hardware.architecture import architecture
from yi_local.hardware.cpuinfo import cpu_model, simd
from yi_local.hardware.kernel_text import counts, cpu_list, number
from yi_local.hardware.topology import LogicalCpu, performance_cores, physical_cores

HASWELL_ON = ("SSE3", "SSSE3", "AVX", "AVX2", "F16C", "FMA", "BMI2")


def cpuinfo(name: str) -> str:
    return linux_files(name)["/proc/cpuinfo"]


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("x86_64", "x86_64"),
        ("AMD64", "x86_64"),
        ("aarch64", "arm64"),
        ("arm64", "arm64"),
        ("ARM64", "arm64"),
        ("armv7l", "armv7l"),
        ("riscv64", "riscv64"),
    ],
)
def test_an_architecture_has_one_name_on_every_system(machine: str, name: str) -> None:
    assert architecture(machine) == name


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("laptop_rtx_4070", "13th Gen Intel(R) Core(TM) i7-13700H"),
        ("laptop_ryzen_7840u", "AMD Ryzen 7 7840U w/ Radeon 780M Graphics"),
        ("vm_1_vcpu_2_gb", "Intel(R) Xeon(R) Processor (Cascadelake)"),
        ("raspberry_pi_5", "Cortex-A76"),
        ("orange_pi_5", "Cortex-A55 + Cortex-A76"),
        ("graviton_container", "Neoverse-V2"),
    ],
)
def test_a_processor_is_named_by_itself_or_by_its_cores(name: str, model: str) -> None:
    assert cpu_model(cpuinfo(name)) == model


def test_an_arm_core_that_is_not_listed_has_no_name() -> None:
    text = "model name\t: ARMv8 Processor rev 0 (v8l)\nCPU implementer\t: 0x61\nCPU part\t: 0x000\n"
    assert cpu_model(text) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("desktop_rx_7900_xtx", HASWELL_ON),
        ("laptop_rtx_4070", ("SSE3", "SSSE3", "AVX", "AVX_VNNI", *HASWELL_ON[3:])),
        (
            "laptop_ryzen_7840u",
            (*HASWELL_ON, "AVX512", "AVX512_VBMI", "AVX512_VNNI", "AVX512_BF16"),
        ),
        ("vm_1_vcpu_2_gb", (*HASWELL_ON, "AVX512", "AVX512_VNNI")),
        ("raspberry_pi_5", ("NEON", "FP16_VA", "DOTPROD")),
        ("graviton_container", ("NEON", "FP16_VA", "MATMUL_INT8", "SVE", "DOTPROD")),
    ],
)
def test_simd_is_told_in_llama_cpps_words(name: str, words: tuple[str, ...]) -> None:
    assert simd(cpuinfo(name)) == words


def test_avx512_needs_all_parts_that_llama_cpps_kernels_use() -> None:
    assert simd("flags\t\t: avx512f avx512cd avx512er avx512pf\n") == ()
    assert simd("flags : avx512f avx512cd avx512bw avx512dq avx512vl amx_int8\n") == (
        "AVX512",
        "AMX_INT8",
    )


@pytest.mark.parametrize("text", [None, "", "flags", "flags\t\t:\n", "model name\t: \n", "\0\xff"])
def test_a_cpuinfo_without_sense_tells_nothing(text: str | None) -> None:
    assert cpu_model(text) is None
    assert simd(text) == ()


def cpus(*core_of_each: str, capacities: tuple[int, ...] = ()) -> list[LogicalCpu]:
    of_each = dict(enumerate(capacities))
    return [LogicalCpu(n, core, of_each.get(n)) for n, core in enumerate(core_of_each)]


def test_threads_of_one_core_count_once() -> None:
    assert physical_cores(cpus("0,2", "1,3", "0,2", "1,3")) == 2
    assert physical_cores([]) is None


def test_intels_hybrids_name_their_fast_cpus() -> None:
    hybrid = cpus("0-1", "0-1", "2-3", "2-3", "4", "5", "6", "7")
    assert performance_cores(hybrid, frozenset({0, 1, 2, 3})) == 2
    assert physical_cores(hybrid) == 6


def test_little_cores_are_those_below_half_of_the_biggest() -> None:
    little_and_big = cpus(*"01234567", capacities=(414,) * 4 + (1024,) * 4)
    assert performance_cores(little_and_big, frozenset()) == 4
    three_kinds = cpus(*"01234567", capacities=(280,) * 3 + (800,) * 4 + (1024,))
    assert performance_cores(three_kinds, frozenset()) == 5


@pytest.mark.parametrize(
    ("capacities", "named"),
    [((), frozenset()), ((1024,) * 4, frozenset()), ((718, 718, 1024, 1024), frozenset())],
)
def test_cores_that_are_alike_or_unknown_have_no_fast_ones_among_them(
    capacities: tuple[int, ...], named: frozenset[int]
) -> None:
    assert performance_cores(cpus(*"0123", capacities=capacities), named) is None


def test_a_hybrid_whose_slow_cores_are_switched_off_has_cores_all_alike() -> None:
    assert performance_cores(cpus("0-1", "0-1"), frozenset({0, 1})) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0\n", {0}),
        ("0-3,8\n", {0, 1, 2, 3, 8}),
        ("", set()),
        (None, set()),
        ("3-1", set()),
        ("0-", set()),
        ("a-b", set()),
    ],
)
def test_a_list_of_cpus_is_read_as_the_kernel_writes_it(text: str | None, wanted: set[int]) -> None:
    assert cpu_list(text) == wanted


def test_a_list_of_cpus_is_never_longer_than_a_kernel_allows() -> None:
    assert len(cpu_list("0-99999")) == 8192


def test_numbers_are_read_alone_in_their_file() -> None:
    assert number("4096\n") == 4096
    assert number("0x10de\n", base=16) == 0x10DE
    assert number("max\n") is None
    assert number("") is None
    assert number(None) is None
    assert counts("inactive_file 4096\nslab 1 2\nanon x\n") == {"inactive_file": 4096}
