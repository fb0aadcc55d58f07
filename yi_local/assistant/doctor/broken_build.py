"""A llama-cpp-python that is missing, does not suit us, or does not start."""

import re

from yi_local.assistant.doctor.best_build import best_build, compiled, gpu_to_use, is_driven
from yi_local.assistant.doctor.finding import Finding
from yi_local.assistant.doctor.installation import Installation
from yi_local.assistant.doctor.pip_command import REQUIREMENT, wheel_command
from yi_local.assistant.doctor.wheels import vulkan_variant
from yi_local.engine.lack_words import tells_of_lack
from yi_local.hardware.snapshot import Hardware
from yi_local.language import mark, tr

_ILLEGAL = re.compile(r"SIGILL|(?<!\d)3221225501(?!\d)")  # STATUS_ILLEGAL_INSTRUCTION
_OTHER_GLIBC = re.compile(r"version [`'](?:GLIBC|GLIBCXX|CXXABI)_[\d.]+' not found")  # ld.so
_MISSING = re.compile(r"\b(lib[\w+-]+\.so[.\d]*): cannot open shared object file", re.ASCII)
_OTHER_PROCESSOR = "incompatible architecture"  # dyld
_NOT_ALL_THERE = "Could not find module"  # ctypes on Windows, of a DLL or of one that it needs
_UNLOADABLE = re.compile("load shared library|Shared library with base name")  # llama-cpp-python

_CUDA = mark("CUDA's libraries: NVIDIA's CUDA Toolkit of that major version brings them")
_ROCM = mark("AMD's ROCm, of the version that the build is for")
# A library's name begins with -> what it belongs to; the second: Vulkan does without it
_BELONGS = {
    "libcuda.so": (mark("NVIDIA's driver: https://www.nvidia.com/drivers"), False),
    "libcudart": (_CUDA, True),
    "libcublas": (_CUDA, True),
    "libamdhip64": (_ROCM, True),
    "libhipblas": (_ROCM, True),
    "librocblas": (_ROCM, True),
    "libvulkan": (
        mark("Vulkan's loader: the package libvulkan1, in Fedora vulkan-loader"),
        False,
    ),
    "libgomp": (mark("OpenMP: the package libgomp1, in Fedora libgomp"), False),
}


def broken_build(hardware: Hardware, installation: Installation, failure: str) -> Finding:
    """`failure`: what the engine said when it was asked for its build."""
    version = installation.llama_cpp_python
    if version is None:
        problem = tr("llama-cpp-python is not installed, so no model can run.")
        return _replaced(hardware, installation, problem)
    name = f"llama-cpp-python {version}"
    if tells_of_lack(failure):
        problem = tr(
            "{name} does not suit this yi_local, which needs {requirement}.",
            name=name,
            requirement=REQUIREMENT,
        )
        return _replaced(hardware, installation, problem)
    if _ILLEGAL.search(failure):
        return _compiled(
            installation, tr("{name} is compiled for another CPU than this one.", name=name)
        )
    if _OTHER_GLIBC.search(failure):
        return _compiled(
            installation, tr("{name} is compiled for a newer system than this one.", name=name)
        )
    missing = _MISSING.search(failure)
    if missing:
        return _without_library(installation, name, missing[1])
    if _OTHER_PROCESSOR in failure:
        problem = tr("{name} is made for another kind of processor.", name=name)
        return _replaced(hardware, installation, problem)
    problem = tr("{name} does not start, so no model can run.", name=name)
    if _NOT_ALL_THERE in failure:
        return _without_dll(hardware, installation, problem)
    if _UNLOADABLE.search(failure):
        return _replaced(hardware, installation, problem, f"{_briefly(failure)} ")
    return Finding(problem, _briefly(failure))


def _briefly(failure: str) -> str:
    """Of a log's end the last line: it names the error, above it there are traces."""
    first, *log = failure.splitlines()
    return f"{first} {log[-1].strip().rstrip('.')}." if log else first


def _replaced(
    hardware: Hardware, installation: Installation, problem: str, reason: str = ""
) -> Finding:
    gpu = gpu_to_use(hardware)
    if gpu is not None and not is_driven(gpu):
        why = tr("{gpu} has no driver that answers, so this build is for the CPU.", gpu=gpu.name)
        reason += f"{why} "
        gpu = None
    elif gpu is not None:
        reason += tr("This build is for {gpu}.", gpu=gpu.name) + " "
    best = best_build(gpu, installation)
    return Finding(problem, reason + best.needs, best.command, best.otherwise)


def _compiled(installation: Installation, problem: str) -> Finding:
    needs = tr("It has to be compiled here; that needs a C++ compiler and a few minutes.")
    return Finding(problem, needs, compiled(installation, *installation.backends))


def _without_library(installation: Installation, name: str, library: str) -> Finding:
    problem = tr("{name} does not start: {library} is missing.", name=name, library=library)
    for beginning, (owner, vulkan_does) in _BELONGS.items():
        if library.startswith(beginning):
            variant = vulkan_variant(installation) if vulkan_does else None
            if variant is None:
                return Finding(problem, tr("It belongs to {owner}.", owner=tr(owner)))
            explanation = tr(
                "It belongs to {owner}. The Vulkan build does without.", owner=tr(owner)
            )
            return Finding(problem, explanation, wheel_command(installation, variant))
    return Finding(problem, tr("A package of your system brings it."))


def _without_dll(hardware: Hardware, installation: Installation, problem: str) -> Finding:
    best = best_build(gpu_to_use(hardware), installation)
    return Finding(
        problem,
        tr(
            "A DLL that it needs is missing. Most often it is Microsoft's Visual C++ "
            "runtime, which the first command brings; a CUDA build needs NVIDIA's CUDA "
            "Toolkit as well."
        ),
        "winget install Microsoft.VCRedist.2015+.x64",
        best.command,
    )
