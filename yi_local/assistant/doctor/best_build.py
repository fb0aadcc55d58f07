"""Which build of llama-cpp-python suits a machine, and the commands that bring it."""

from dataclasses import dataclass

from yi_local.assistant.doctor.installation import Installation
from yi_local.assistant.doctor.pip_command import compile_command, wheel_command
from yi_local.assistant.doctor.wheels import (
    cpu_variant,
    cuda_variant,
    is_too_old_for_cuda_wheels,
    metal_variant,
    rocm_variant,
    vulkan_variant,
)
from yi_local.hardware.snapshot import Gpu, Hardware, Vendor
from yi_local.language import tr

# Backend -> how llama.cpp is told to build it (docs/build.md). Metal comes by itself.
_CMAKE_ARGS = {"CUDA": "-DGGML_CUDA=on", "ROCm": "-DGGML_HIP=on", "Vulkan": "-DGGML_VULKAN=on"}

# Whose card is taken where several are there: a build serves one of them best.
_DISCRETE: tuple[Vendor, ...] = ("nvidia", "amd", "intel")
_INTEGRATED: tuple[Vendor, ...] = ("apple", "nvidia", "amd", "intel")


@dataclass(frozen=True, slots=True)
class BestBuild:
    """`otherwise`: the command for who lacks what the first one needs, as `needs` says it."""

    command: str | None
    needs: str
    otherwise: str | None = None


def gpu_to_use(hardware: Hardware) -> Gpu | None:
    """The one that models should run on; None where there is none worth another build."""
    cards = [gpu for gpu in hardware.gpus if not gpu.unified]
    for vendor in _DISCRETE:
        for gpu in cards:
            if gpu.vendor == vendor:
                return gpu
    inside = [gpu for gpu in hardware.gpus if gpu.unified and _is_worth_it(gpu)]
    return min(inside, key=lambda gpu: _INTEGRATED.index(gpu.vendor), default=None)


def is_driven(gpu: Gpu) -> bool:
    """NVML, a part of NVIDIA's driver, tells of CUDA; on a Jetson it need not be there."""
    return gpu.vendor != "nvidia" or gpu.unified or gpu.cuda is not None


def _is_worth_it(gpu: Gpu) -> bool:
    """Of Intel's integrated GPUs, those before Arc are slower than the cores beside them."""
    return gpu.vendor in _INTEGRATED and (gpu.vendor != "intel" or "Arc" in gpu.name)


def best_build(gpu: Gpu | None, installation: Installation) -> BestBuild:
    match gpu:
        case Gpu(vendor="nvidia"):
            return _for_nvidia(gpu, installation)
        case Gpu(vendor="amd"):
            return _for_amd(installation)
        case Gpu(vendor="intel"):
            return _for_intel(installation)
        case Gpu(vendor="apple"):
            return _for_apple(installation)
    return _for_the_cpu(installation)


def compiled(installation: Installation, *backends: str) -> str:
    """For the first of these backends that can be asked for; without any, for the CPU."""
    known = [_CMAKE_ARGS[name] for name in backends if name in _CMAKE_ARGS]
    return compile_command(installation, known[0] if known else "")


def _for_nvidia(gpu: Gpu, installation: Installation) -> BestBuild:
    vulkan = _wheel(installation, vulkan_variant(installation))
    if gpu.cuda is not None and is_too_old_for_cuda_wheels(gpu.cuda):
        needs = tr(
            "Its driver runs CUDA up to {cuda}, too old for any prebuilt wheel: a newer "
            "driver is the better way. Vulkan needs no more than the one that is there.",
            cuda=gpu.cuda,
        )
        return BestBuild(vulkan or compiled(installation, "Vulkan"), needs)
    variant = cuda_variant(installation, gpu.cuda or "", gpu.name)
    if variant is None:
        needs = tr(
            "No prebuilt wheel fits. Compiling needs NVIDIA's CUDA Toolkit and a C++ compiler."
        )
        if vulkan:
            needs = tr("{needs} The Vulkan build needs no more than the driver.", needs=needs)
        return BestBuild(compiled(installation, "CUDA"), needs, vulkan)
    needs = tr(
        "Its driver runs CUDA up to {cuda}. The wheel needs the libraries of CUDA "
        "{variant}, cudart and cublas: NVIDIA's CUDA Toolkit brings them. Without "
        "them, the Vulkan build needs no more than the driver.",
        cuda=gpu.cuda,
        variant=variant[2:4],
    )
    return BestBuild(wheel_command(installation, variant), needs, vulkan)


def _for_amd(installation: Installation) -> BestBuild:
    vulkan = _wheel(installation, vulkan_variant(installation))
    if vulkan is None:
        return _compiled_vulkan(installation)
    rocm = _wheel(installation, rocm_variant(installation))
    needs = tr("The Vulkan build needs no more than the driver.")
    if rocm and installation.system == "Windows":
        needs = tr(
            "The Vulkan build needs no more than the driver. The other one can be faster, on the "
            "cards that ROCm 7 supports."
        )
    elif rocm:
        needs = tr(
            "The Vulkan build needs no more than the driver. The other one can be faster, on the "
            "cards that ROCm 7 supports, where ROCm 7 is installed."
        )
    return BestBuild(vulkan, needs, rocm)


def _for_intel(installation: Installation) -> BestBuild:
    vulkan = _wheel(installation, vulkan_variant(installation))
    if vulkan is None:
        return _compiled_vulkan(installation)
    needs = tr(
        "The Vulkan build needs no more than the driver. (SYCL can be faster; it must "
        "be compiled, with Intel's oneAPI toolkit.)"
    )
    return BestBuild(vulkan, needs)


def _for_apple(installation: Installation) -> BestBuild:
    needs = tr("Compiling needs Xcode's command line tools: xcode-select --install")
    metal = _wheel(installation, metal_variant(installation))
    here = compiled(installation)
    if metal is None:
        return BestBuild(here, needs)
    needs = tr("The wheel has Metal, and so has what is compiled here. {needs}", needs=needs)
    return BestBuild(metal, needs, here)


def _for_the_cpu(installation: Installation) -> BestBuild:
    prebuilt = _wheel(installation, cpu_variant(installation))
    here = compiled(installation)
    if prebuilt is None:
        return BestBuild(here, tr("Compiling needs a C++ compiler, and takes a few minutes."))
    needs = tr(
        "The prebuilt one runs on any CPU of its kind. Compiled here, which needs a "
        "C++ compiler and a few minutes, it is made for this one, and often faster."
    )
    return BestBuild(prebuilt, needs, here)


def _compiled_vulkan(installation: Installation) -> BestBuild:
    needs = tr("Compiling needs the Vulkan SDK (with glslc) and a C++ compiler.")
    return BestBuild(compiled(installation, "Vulkan"), needs)


def _wheel(installation: Installation, variant: str | None) -> str | None:
    return wheel_command(installation, variant) if variant else None
