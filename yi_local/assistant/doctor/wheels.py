"""Which prebuilt llama-cpp-python there is for a system.

By its workflows of August 2026 (github.com/abetlen/llama-cpp-python, .github/workflows). They tag
each wheel py3-none, so the version of Python does not matter; its README still names 3.10 to 3.12.
"""

import re

from yi_local.assistant.doctor.installation import Installation

INDEX = "https://abetlen.github.io/llama-cpp-python/whl/"  # followed by a variant

Version = tuple[int, int]

# What build-wheels-cuda.yaml makes: all on Linux, on Windows not the first three of CUDA 12
_CUDA: dict[Version, str] = {
    (11, 8): "cu118",
    (12, 1): "cu121",
    (12, 2): "cu122",
    (12, 3): "cu123",
    (12, 4): "cu124",
    (12, 5): "cu125",
    (13, 0): "cu130",
    (13, 2): "cu132",
}
_NOT_ON_WINDOWS = frozenset(((12, 1), (12, 2), (12, 3)))
_GLIBC_OF_CUDA = (2, 35)  # of Ubuntu 22.04, which builds them; the others are manylinux2014
_GLIBC = (2, 17)

# Compute capability by name (developer.nvidia.com/cuda-gpus and cuda-legacy-gpus): CUDA 13 knows
# 7.5 (Turing) and newer, the wheels of CUDA 11 and 12 know 6.0 (Pascal) and newer.
_BEFORE_PASCAL = re.compile(
    r"\b(GTX (?:[4-9]\d\d|TITAN)|GT [67]\d\d|GeForce [89]\d\d|MX1[13]0|(?:Quadro|Tesla) [KM]\d)",
    re.I,
)
_BEFORE_TURING = re.compile(
    r"\b(GTX 10\d\d|GT 10\d\d|MX(?:150|2[35]0|3[35]0)|TITAN (?:X|Xp|V)\b|Quadro G?[PV]\d"
    r"|(?:Tesla )?(?:P4|P6|P40|P100|V100)\b)",
    re.I,
)


def cuda_variant(installation: Installation, driver_cuda: str, gpu_name: str) -> str | None:
    """The newest that both the driver and the GPU can run; None where there is none."""
    newest = cuda_version(driver_cuda)
    if newest is None or not _is_built(installation, _GLIBC_OF_CUDA):
        return None
    if _BEFORE_PASCAL.search(gpu_name):
        return None
    if _BEFORE_TURING.search(gpu_name):
        newest = min(newest, (12, 9))
    without = _NOT_ON_WINDOWS if installation.system == "Windows" else frozenset[Version]()
    fitting = [known for known in _CUDA if known <= newest and known not in without]
    return _CUDA[max(fitting)] if fitting else None


def cuda_version(text: str) -> Version | None:
    """ "12.4", as NVML tells it of a driver."""
    numbers = re.fullmatch(r"(\d+)\.(\d+)", text, re.ASCII)
    return (int(numbers[1]), int(numbers[2])) if numbers else None


def is_too_old_for_cuda_wheels(driver_cuda: str) -> bool:
    known = cuda_version(driver_cuda)
    return known is not None and known < min(_CUDA)


def vulkan_variant(installation: Installation) -> str | None:
    return "vulkan" if _is_built(installation, _GLIBC) else None


def rocm_variant(installation: Installation) -> str | None:
    if not _is_built(installation, _GLIBC_OF_CUDA):  # on the same Ubuntu
        return None
    return "hip-radeon" if installation.system == "Windows" else "rocm72"


def metal_variant(installation: Installation) -> str | None:
    native = (installation.system, installation.architecture) == ("Darwin", "arm64")
    return "metal" if native else None


def cpu_variant(installation: Installation) -> str | None:
    """On Linux with either C library; on a Mac the wheels for CPUs have Metal as well."""
    platforms = {
        "Linux": ("x86_64", "arm64", "riscv64"),
        "Windows": ("x86_64",),
        "Darwin": ("arm64",),
    }
    found = installation.architecture in platforms.get(installation.system, ())
    return "cpu" if found else None


def _is_built(installation: Installation, glibc: Version) -> bool:
    """A wheel for GPUs: for x86_64 alone, on Linux with a C library no older than its builder's."""
    if installation.architecture != "x86_64":
        return False
    if installation.system == "Linux":
        return installation.glibc is not None and installation.glibc >= glibc
    return installation.system == "Windows"
