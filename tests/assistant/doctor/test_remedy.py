"""What mends a machine: findings, and commands that can be pasted as they are."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.hardware.captured import Captured, linux_files, macos_output
from tests.hardware.fake_nvml import RTX_4070_LAPTOP, RTX_4090, FakeGpu, FakeNvml
from yi_local.assistant.doctor.finding import Finding
from yi_local.assistant.doctor.installation import Installation
from yi_local.assistant.doctor.pip_command import REQUIREMENT
from yi_local.assistant.doctor.remedy import findings
from yi_local.engine.build import EngineBuild
from yi_local.engine.worker import llama
from yi_local.hardware import apple
from yi_local.hardware.detect_linux import detect_linux
from yi_local.hardware.nvml import ask
from yi_local.hardware.snapshot import Cpu, Device, Gpu, Hardware, Memory

GIB = 1 << 30
ROOT = Path(__file__).resolve().parents[3]

# What every command for Linux that replaces a build begins with, and what it ends with
PIP = "~/yi/.venv/bin/python -m pip install"
REPLACED = f"{PIP} --force-reinstall --no-deps"
WHEEL = f"{REPLACED} --only-binary llama-cpp-python --index-url"
WHEELS = "https://abetlen.github.io/llama-cpp-python/whl"
COMPILED = f"{REPLACED} --no-cache-dir --no-binary llama-cpp-python"
VERSION = '"llama-cpp-python>=0.3.36,<0.4"'
ON_WINDOWS = r"~\yi\.venv\Scripts\python.exe -m pip install --force-reinstall --no-deps"

LINUX = Installation(
    system="Linux",
    system_version="Debian GNU/Linux 12 (bookworm)",
    architecture="x86_64",
    python="3.12.4",
    implementation="CPython",
    executable="~/yi/.venv/bin/python",
    virtual_environment=True,
    has_pip=True,
    glibc=(2, 36),
    llama_cpp_python="0.3.36",
    backends=(),
)
MAC = replace(LINUX, system="Darwin", system_version="15.5", architecture="arm64", glibc=None)
WINDOWS = replace(
    LINUX,
    system="Windows",
    system_version="10.0.26100",
    executable=r"~\yi\.venv\Scripts\python.exe",
    glibc=None,
)

HOST = Device("CPU", "CPU", "cpu", "a CPU", None, 16 * GIB, unified=True)


def build(*devices: Device, features: tuple[str, ...] = ()) -> EngineBuild:
    """Without features nothing is known of the CPU's kernels."""
    backends = tuple(device.backend for device in (*devices, HOST))
    return EngineBuild("0.3.36", backends, features, bool(devices), (*devices, HOST), True)


def device(name: str, backend: str, kind: Any = "gpu") -> Device:
    return Device(name, backend, kind, "a GPU", 8 * GIB, 8 * GIB, unified=kind == "igpu")


def machine(*gpus: Gpu, system: str = "Linux", simd: tuple[str, ...] = ()) -> Hardware:
    memory = Memory(16 * GIB, 12 * GIB)
    return Hardware(system, memory, Cpu("a CPU", "x86_64", 8, 8, None, simd), gpus)


def linux(name: str, *cards: FakeGpu, more: Mapping[str, str] | None = None) -> Hardware:
    """A captured machine; NVML answers for `cards`, and not at all where there are none."""
    files = Captured(linux_files(name) | (more or {}))
    return detect_linux(files, "x86_64", 8, lambda: ask(FakeNvml(*cards)) if cards else ())


def mac(name: str, architecture: str = "arm64") -> Hardware:
    known = apple.facts(macos_output(f"{name}.sysctl"))
    return Hardware(
        "Darwin", apple.memory(known, None), apple.cpu(known, architecture), apple.gpus(known)
    )


def nvidia(name: str = "NVIDIA GeForce RTX 4070", cuda: str | None = "12.4", **more: Any) -> Gpu:
    facts: dict[str, Any] = {"memory_bytes": 12 * GIB, "unified": False, "driver": "550.54.14"}
    return Gpu(vendor="nvidia", name=name, cuda=cuda, **facts | more)


AMD = Gpu("amd", "AMD Radeon RX 7900 XTX", 24 * GIB, unified=False, driver="amdgpu")
ARC = Gpu("intel", "Intel Arc A770", None, unified=False, driver="xe")


def one(*arguments: Any) -> Finding:
    [found] = findings(*arguments)
    return found


# All is well


@pytest.mark.parametrize(
    ("hardware", "installation", "made"),
    [
        (machine(), LINUX, build()),
        (linux("vm_1_vcpu_2_gb"), LINUX, build()),
        (linux("laptop_rtx_4070", RTX_4070_LAPTOP), LINUX, build(device("CUDA0", "CUDA"))),
        (linux("laptop_rtx_4070", RTX_4070_LAPTOP), LINUX, build(device("Vulkan0", "Vulkan"))),
        (linux("desktop_rx_7900_xtx"), LINUX, build(device("ROCm0", "ROCm"))),
        (linux("laptop_ryzen_7840u"), LINUX, build(device("Vulkan0", "Vulkan", "igpu"))),
        (mac("m1_8gb"), MAC, build(device("MTL0", "MTL"))),
        (mac("intel_i7_16gb"), replace(MAC, architecture="x86_64"), build()),
    ],
)
def test_there_is_nothing_to_mend_where_all_is_used(
    hardware: Hardware, installation: Installation, made: EngineBuild
) -> None:
    assert findings(hardware, installation, made) == ()


# NVIDIA


def test_an_nvidia_laptop_with_a_build_for_the_cpu_gets_the_wheel_of_its_drivers_cuda() -> None:
    found = one(linux("laptop_rtx_4070", RTX_4070_LAPTOP), LINUX, build())
    assert found.problem == (
        "NVIDIA GeForce RTX 4070 Laptop GPU is not used: llama.cpp is built for the CPU alone."
    )
    assert found.remedy_command == f"{WHEEL} {WHEELS}/cu124 {VERSION}"
    assert found.other_command == f"{WHEEL} {WHEELS}/vulkan {VERSION}"
    assert "CUDA up to 12.4" in found.explanation


@pytest.mark.parametrize(
    ("cuda", "variant"),
    [
        ("11.8", "cu118"),
        ("12.0", "cu118"),
        ("12.1", "cu121"),
        ("12.2", "cu122"),
        ("12.3", "cu123"),
        ("12.5", "cu125"),
        ("12.9", "cu125"),
        ("13.0", "cu130"),
        ("13.1", "cu130"),
        ("13.2", "cu132"),
        ("14.0", "cu132"),
    ],
)
def test_the_wheel_is_the_newest_that_is_not_newer_than_the_driver(cuda: str, variant: str) -> None:
    found = one(machine(nvidia(cuda=cuda)), LINUX, build())
    assert found.remedy_command == f"{WHEEL} {WHEELS}/{variant} {VERSION}"


@pytest.mark.parametrize(
    ("cuda", "variant"), [("12.3", "cu118"), ("12.4", "cu124"), ("13.2", "cu132")]
)
def test_on_windows_some_wheels_are_not_made(cuda: str, variant: str) -> None:
    found = one(machine(nvidia(cuda=cuda), system="Windows"), WINDOWS, build())
    assert found.remedy_command == (
        f"{ON_WINDOWS} --only-binary llama-cpp-python --index-url {WHEELS}/{variant} {VERSION}"
    )


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("NVIDIA GeForce GTX 1080 Ti", "cu125"),  # Pascal: CUDA 13 has given it up
        ("NVIDIA TITAN X (Pascal)", "cu125"),
        ("Tesla P40", "cu125"),
        ("Tesla V100-SXM2-16GB", "cu125"),
        ("NVIDIA GeForce MX150", "cu125"),
        ("Quadro P2000", "cu125"),
        ("NVIDIA GeForce GTX 1660", "cu130"),
        ("NVIDIA TITAN RTX", "cu130"),
        ("Tesla T4", "cu130"),
        ("Quadro RTX 4000", "cu130"),
        ("NVIDIA GeForce RTX 5090", "cu130"),
        ("NVIDIA H100 80GB HBM3", "cu130"),
        ("NVIDIA RTX A4000", "cu130"),
        ("NVIDIA GeForce MX450", "cu130"),
    ],
)
def test_an_older_gpu_gets_a_wheel_that_still_knows_it(name: str, variant: str) -> None:
    found = one(machine(nvidia(name, cuda="13.0")), LINUX, build())
    assert found.remedy_command == f"{WHEEL} {WHEELS}/{variant} {VERSION}"


@pytest.mark.parametrize(
    ("gpu", "installation"),
    [
        (nvidia("NVIDIA GeForce GTX 970"), LINUX),  # Maxwell is in no wheel
        (nvidia(), replace(LINUX, glibc=(2, 31))),  # Debian 11
        (nvidia(), replace(LINUX, glibc=None)),  # Alpine
        (nvidia("NVIDIA GB10", cuda="13.0", unified=True), replace(LINUX, architecture="arm64")),
        (nvidia("Jetson Orin", cuda=None, unified=True), replace(LINUX, architecture="arm64")),
    ],
)
def test_where_no_cuda_wheel_fits_it_is_compiled(gpu: Gpu, installation: Installation) -> None:
    found = one(machine(gpu), installation, build())
    assert found.remedy_command == f'CMAKE_ARGS="-DGGML_CUDA=on" {COMPILED} {VERSION}'
    assert "CUDA Toolkit" in found.explanation


def test_in_powershell_the_variable_is_set_before() -> None:
    installation = replace(WINDOWS, architecture="arm64")
    found = one(machine(nvidia(), system="Windows"), installation, build())
    assert found.remedy_command == (
        f'$env:CMAKE_ARGS="-DGGML_CUDA=on"; {ON_WINDOWS} --no-cache-dir '
        f"--no-binary llama-cpp-python {VERSION}"
    )


def test_a_driver_too_old_for_any_wheel_is_told_and_vulkan_does() -> None:
    found = one(machine(nvidia(cuda="11.4")), LINUX, build())
    assert "a newer driver" in found.explanation
    assert found.remedy_command == f"{WHEEL} {WHEELS}/vulkan {VERSION}"


@pytest.mark.parametrize("driver", [None, "nouveau"])
def test_a_missing_driver_comes_first(driver: str | None) -> None:
    gpu = nvidia(cuda=None, driver=driver)
    found = one(machine(gpu), LINUX, build())
    assert found.problem == f"{gpu.name} is here, but NVIDIA's driver is not."
    assert found.remedy_command is None
    ubuntu = replace(LINUX, system_version="Ubuntu 24.04.3 LTS")
    assert one(machine(gpu), ubuntu, build()).remedy_command == "sudo ubuntu-drivers install"


def test_a_driver_that_does_not_answer_is_not_called_missing() -> None:
    found = one(machine(nvidia(cuda=None, driver="nvidia")), LINUX, build())
    assert "does not answer" in found.problem
    assert "--gpus all" in found.explanation


def test_a_captured_desktop_whose_nvml_is_silent_lacks_the_driver() -> None:
    found = one(linux("desktop_rtx_4090_and_3060"), LINUX, build())
    assert found.problem == "NVIDIA GeForce RTX 4090 is here, but NVIDIA's driver is not."


def test_the_gpu_inside_the_processor_does_not_hide_the_card() -> None:
    desktop = linux("desktop_rtx_4090_and_3060", RTX_4090)
    found = one(desktop, LINUX, build(device("Vulkan0", "Vulkan", "igpu")))
    assert found.problem.startswith("NVIDIA GeForce RTX 4090 is not used")
    assert findings(desktop, LINUX, build(device("CUDA0", "CUDA"))) == ()


def test_a_cuda_build_that_finds_no_device_gets_the_one_for_its_driver() -> None:
    found = one(machine(nvidia(cuda="12.2")), replace(LINUX, backends=("CUDA",)), build())
    assert found.problem.endswith("is not used: llama.cpp, built for CUDA, does not find it.")
    assert "CUDA_VISIBLE_DEVICES" in found.explanation
    assert found.remedy_command == f"{WHEEL} {WHEELS}/cu122 {VERSION}"


# AMD, Intel


@pytest.mark.parametrize("name", ["desktop_rx_7900_xtx", "laptop_ryzen_7840u"])
def test_an_amd_gpu_gets_vulkan_or_rocm(name: str) -> None:
    found = one(linux(name), LINUX, build())
    assert found.remedy_command == f"{WHEEL} {WHEELS}/vulkan {VERSION}"
    assert found.other_command == f"{WHEEL} {WHEELS}/rocm72 {VERSION}"


def test_on_windows_rocm_has_another_name() -> None:
    found = one(machine(AMD, system="Windows"), WINDOWS, build())
    assert found.other_command is not None
    assert f"{WHEELS}/hip-radeon " in found.other_command


def test_on_an_older_linux_there_is_vulkan_alone() -> None:
    found = one(machine(AMD), replace(LINUX, glibc=(2, 28)), build())
    assert found.remedy_command == f"{WHEEL} {WHEELS}/vulkan {VERSION}"
    assert found.other_command is None


def test_without_glibc_vulkan_is_compiled() -> None:
    found = one(machine(AMD), replace(LINUX, glibc=None), build())
    assert found.remedy_command == f'CMAKE_ARGS="-DGGML_VULKAN=on" {COMPILED} {VERSION}'


def test_rocm_that_finds_nothing_may_lack_rights() -> None:
    found = one(machine(AMD), replace(LINUX, backends=("ROCm",)), build())
    assert found.remedy_command == 'sudo usermod -aG render,video "$USER"'
    assert found.other_command == f"{WHEEL} {WHEELS}/vulkan {VERSION}"


@pytest.mark.parametrize("gpu", [AMD, ARC])
def test_vulkan_that_finds_nothing_lacks_a_driver(gpu: Gpu) -> None:
    found = one(machine(gpu), replace(LINUX, backends=("Vulkan",)), build())
    assert "mesa-vulkan-drivers" in found.explanation
    assert found.remedy_command is None


def test_an_intel_card_gets_vulkan_and_hears_of_sycl() -> None:
    found = one(linux("desktop_arc_a770"), LINUX, build())
    assert found.problem.startswith("Intel Arc A770 is not used")
    assert found.remedy_command == f"{WHEEL} {WHEELS}/vulkan {VERSION}"
    assert "oneAPI" in found.explanation


@pytest.mark.parametrize(
    ("name", "worth_it"),
    [
        ("Intel UHD Graphics 770", False),
        ("Intel Iris Xe Graphics", False),
        ("Intel Arc 140V", True),
    ],
)
def test_of_intels_integrated_gpus_only_arc_is_worth_a_build(name: str, worth_it: bool) -> None:
    gpu = Gpu("intel", name, None, unified=True)
    assert bool(findings(machine(gpu), LINUX, build())) is worth_it


# Apple


def test_a_mac_whose_build_lacks_metal_gets_it() -> None:
    found = one(mac("m3_pro_36gb"), MAC, build())
    assert found.problem == "Apple M3 Pro is not used: llama.cpp is built for the CPU alone."
    assert found.remedy_command == f"{WHEEL} {WHEELS}/metal {VERSION}"
    assert found.other_command == f"{COMPILED} {VERSION}"


def test_a_python_for_intel_on_apple_silicon_is_the_one_thing_to_mend() -> None:
    rosetta = replace(MAC, architecture="x86_64", backends=("MTL",))
    for made in (build(), None):
        found = one(mac("m1_pro_16gb", "x86_64"), rosetta, made, "whatever")
        assert "Rosetta translates it on the Apple M1 Pro" in found.problem
        assert found.remedy_command == "arch -arm64 /opt/homebrew/bin/brew install python"


# GPU builds without any GPU


def test_a_gpu_build_on_a_machine_without_gpu_is_told_but_needs_no_command() -> None:
    found = one(machine(), replace(LINUX, backends=("CUDA", "Vulkan")), build())
    assert found.problem == ("llama.cpp is built for CUDA and Vulkan, but finds no GPU; nor do we.")
    assert found.remedy_command is None


# The CPU's kernels

FOR_AVX512 = ("CPU : SSE3 = 1", "AVX = 1", "AVX2 = 1", "AVX512 = 1", "REPACK = 1")
GENERIC = ("CPU : SSE3 = 1", "SSSE3 = 1", "REPACK = 1")
ARM_GENERIC = ("CPU : NEON = 1", "ARM_FMA = 1")


def test_kernels_that_a_generic_build_leaves_out_are_named() -> None:
    strong = machine(simd=("SSE3", "AVX", "AVX2", "AVX512"))
    found = one(strong, LINUX, build(features=GENERIC))
    assert found.problem == "The CPU has AVX, AVX2 and AVX512; llama.cpp is compiled without."
    assert found.remedy_command == f"{COMPILED} {VERSION}"


def test_on_arm_they_have_other_names() -> None:
    found = one(machine(simd=("NEON", "DOTPROD")), LINUX, build(features=ARM_GENERIC))
    assert found.problem == "The CPU has DOTPROD; llama.cpp is compiled without."


@pytest.mark.parametrize(
    ("simd", "features"),
    [
        (("SSE3", "AVX"), ("CPU : AVX = 1",)),
        ((), GENERIC),  # nobody knows the CPU
        (("AVX2",), ()),  # nobody knows the build
        (("AVX", "SME2", "AVX_VNNI"), ("CPU : AVX = 1",)),  # what not every compiler uses
        (("AVX",), ("CUDA : ARCHS = 890", "CPU : AVX = 1", "AVX2 = 0")),
    ],
)
def test_kernels_are_no_matter_where_they_agree(
    simd: tuple[str, ...], features: tuple[str, ...]
) -> None:
    assert findings(machine(simd=simd), LINUX, build(features=features)) == ()


def test_the_cpus_kernels_are_no_matter_where_a_gpu_computes() -> None:
    made = build(device("CUDA0", "CUDA"), features=GENERIC)
    assert findings(machine(nvidia(), simd=("AVX2",)), LINUX, made) == ()


def test_the_gpu_is_mended_before_the_cpus_kernels() -> None:
    found = one(machine(nvidia(), simd=("AVX2",)), LINUX, build(features=GENERIC))
    assert "RTX 4070" in found.problem


def test_a_build_from_another_machine_is_told_before_it_ends_with_sigill() -> None:
    weak = machine(AMD, simd=("AVX", "AVX2"))
    made = build(device("Vulkan0", "Vulkan"), features=FOR_AVX512)
    found = one(weak, replace(LINUX, backends=("Vulkan",)), made)
    assert found.problem == "llama.cpp is compiled for AVX512, which this CPU does not have."
    assert found.remedy_command == f'CMAKE_ARGS="-DGGML_VULKAN=on" {COMPILED} {VERSION}'


def test_windows_is_not_believed_when_it_denies_a_kernel() -> None:
    shy = machine(simd=("SSE3",), system="Windows")
    assert findings(shy, WINDOWS, build(features=FOR_AVX512)) == ()


# No build that answers

FRESH = f"{PIP} --only-binary llama-cpp-python --extra-index-url"
UNLOADABLE = (
    "The engine failed: RuntimeError(\"Failed to load shared library '~/libllama.so': {}\")."
)


@pytest.mark.parametrize(
    ("hardware", "installation", "command"),
    [
        (machine(), LINUX, f"{FRESH} {WHEELS}/cpu {VERSION}"),
        (machine(), replace(LINUX, architecture="arm64"), f"{FRESH} {WHEELS}/cpu {VERSION}"),
        (machine(nvidia()), LINUX, f"{FRESH} {WHEELS}/cu124 {VERSION}"),
        (machine(nvidia(cuda=None, driver=None)), LINUX, f"{FRESH} {WHEELS}/cpu {VERSION}"),
        (mac("m1_8gb"), MAC, f"{FRESH} {WHEELS}/metal {VERSION}"),
        (
            mac("intel_i7_16gb"),
            replace(MAC, architecture="x86_64"),
            f"{PIP} --no-cache-dir --no-binary llama-cpp-python {VERSION}",
        ),
    ],
)
def test_a_missing_llama_cpp_python_is_installed_for_what_is_there(
    hardware: Hardware, installation: Installation, command: str
) -> None:
    found = one(hardware, replace(installation, llama_cpp_python=None), None, "not installed")
    assert found.problem == "llama-cpp-python is not installed, so no model can run."
    assert found.remedy_command == command


@pytest.mark.parametrize("python", ["3.11.9", "3.12.4", "3.13.2", "3.14.0"])
def test_the_wheels_are_for_every_python(python: str) -> None:
    installation = replace(LINUX, python=python)
    found = one(machine(nvidia()), installation, build())
    assert found.remedy_command == f"{WHEEL} {WHEELS}/cu124 {VERSION}"


def test_one_that_is_too_old_is_replaced() -> None:
    failure = "llama-cpp-python 0.3.2 lacks what yi_local needs: llama_get_memory"
    old = replace(LINUX, llama_cpp_python="0.3.2")
    found = one(machine(), old, None, failure)
    assert found.problem == (
        "llama-cpp-python 0.3.2 does not suit this yi_local, "
        "which needs llama-cpp-python>=0.3.36,<0.4."
    )
    assert found.remedy_command == f"{WHEEL} {WHEELS}/cpu {VERSION}"


@pytest.mark.parametrize(
    ("missing", "words", "command"),
    [
        ("libcudart.so.12", "CUDA Toolkit", f"{WHEEL} {WHEELS}/vulkan {VERSION}"),
        ("libcublas.so.13", "CUDA Toolkit", f"{WHEEL} {WHEELS}/vulkan {VERSION}"),
        ("libamdhip64.so.7", "ROCm", f"{WHEEL} {WHEELS}/vulkan {VERSION}"),
        ("libcuda.so.1", "NVIDIA's driver", None),
        ("libvulkan.so.1", "libvulkan1", None),
        ("libgomp.so.1", "libgomp1", None),
        ("libfoo-bar.so", "package", None),
    ],
)
def test_a_library_that_a_build_misses_is_named_with_who_brings_it(
    missing: str, words: str, command: str | None
) -> None:
    said = f"{missing}: cannot open shared object file: No such file or directory"
    found = one(machine(nvidia()), LINUX, None, UNLOADABLE.format(said))
    assert found.problem == f"llama-cpp-python 0.3.36 does not start: {missing} is missing."
    assert words in found.explanation
    assert found.remedy_command == command


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("The engine process has ended: killed by SIGILL.", "for another CPU"),
        ("The engine process has ended: exit code 3221225501.", "for another CPU"),
        (UNLOADABLE.format("version `GLIBC_2.38' not found"), "for a newer system"),
        (UNLOADABLE.format("version `GLIBCXX_3.4.32' not found"), "for a newer system"),
    ],
)
def test_a_build_that_cannot_run_here_is_compiled_here(failure: str, words: str) -> None:
    found = one(machine(), replace(LINUX, backends=("Vulkan",)), None, failure)
    assert words in found.problem
    assert found.remedy_command == f'CMAKE_ARGS="-DGGML_VULKAN=on" {COMPILED} {VERSION}'


def test_a_dll_that_is_missing_is_most_often_microsofts() -> None:
    failure = UNLOADABLE.format("Could not find module 'llama.dll' (or one of its dependencies).")
    found = one(machine(system="Windows"), WINDOWS, None, failure)
    assert found.remedy_command == "winget install Microsoft.VCRedist.2015+.x64"
    assert found.other_command is not None
    assert found.other_command.startswith(ON_WINDOWS)


def test_a_library_for_another_processor_is_replaced() -> None:
    failure = UNLOADABLE.format("(mach-o file, but is an incompatible architecture)")
    found = one(mac("m1_8gb"), MAC, None, failure)
    assert "another kind of processor" in found.problem
    assert found.remedy_command == f"{WHEEL} {WHEELS}/metal {VERSION}"


def test_a_library_that_does_not_load_for_another_reason_is_replaced_and_says_why() -> None:
    found = one(machine(), LINUX, None, UNLOADABLE.format("file too short"))
    assert "file too short" in found.explanation
    assert found.remedy_command == f"{WHEEL} {WHEELS}/cpu {VERSION}"


def test_of_a_log_only_the_last_line_is_told() -> None:
    log = "The engine process has ended: exit code 1.\nThe end of its log:\n  File x\nOSError: y."
    found = one(machine(), LINUX, None, log)
    assert found.explanation == "The engine process has ended: exit code 1. OSError: y."


@pytest.mark.parametrize("failure", ["The engine process has ended: exit code 3.", None])
def test_what_nobody_foresaw_is_told_as_it_is(failure: str | None) -> None:
    found = one(machine(), LINUX, None, failure)
    assert found.problem == "llama-cpp-python 0.3.36 does not start, so no model can run."
    assert found.explanation == (failure or "It gave no reason.")
    assert found.remedy_command is None


# The commands


def test_the_requirement_is_the_one_of_the_package_and_of_the_engine() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert REQUIREMENT in project["dependencies"]
    assert f'pip install "{REQUIREMENT}"' in Path(llama.__file__).read_text("utf-8")


def test_the_variants_are_those_of_the_readme() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("| GPU |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(cu\d+|metal|vulkan|rocm\d+|hip-radeon)`", table))
    cards = (AMD, *(nvidia(cuda=cuda) for cuda in ("11.8", "12.1", "12.5", "13.0", "13.2")))
    found = [
        one(mac("m1_8gb"), MAC, build()),
        *(one(machine(card), LINUX, build()) for card in cards),
        *(one(machine(card, system="Windows"), WINDOWS, build()) for card in cards),
    ]
    commands = [str((each.remedy_command, each.other_command)) for each in found]
    offered = set(re.findall(rf"{WHEELS}/(\S+)", " ".join(commands)))
    assert offered - {"cu124"} == named  # the table says: cu121 ... cu125


@pytest.mark.parametrize(
    ("installation", "beginning"),
    [
        (replace(LINUX, executable="/usr/bin/python3"), "/usr/bin/python3 -m pip install"),
        (replace(LINUX, executable="~/my apps/bin/python"), "~/'my apps/bin/python' -m pip"),
        (replace(LINUX, executable="/opt/a b/python"), "'/opt/a b/python' -m pip install"),
        (replace(WINDOWS, executable=r"~\my apps\python.exe"), r"& '~\my apps\python.exe' -m pip"),
        (replace(LINUX, has_pip=False), "uv pip install --python ~/yi/.venv/bin/python --force"),
        (
            replace(WINDOWS, has_pip=False),
            r'uv pip install --python "$HOME\yi\.venv\Scripts\python.exe" --force',
        ),
    ],
)
def test_the_command_names_the_running_python_as_its_shell_understands_it(
    installation: Installation, beginning: str
) -> None:
    found = one(machine(AMD, system=installation.system), installation, build())
    assert found.remedy_command is not None
    assert found.remedy_command.startswith(beginning)
