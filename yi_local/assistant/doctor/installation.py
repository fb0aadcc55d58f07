"""What is installed here to run models with: this Python, and llama-cpp-python by its files."""

import importlib.util
import platform
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from yi_local.hardware.architecture import architecture

# In its name, a library of llama.cpp -> the backend in llama.cpp's own word. CMakeLists.txt of
# llama-cpp-python puts each into a library of its own.
_BACKENDS = {
    "ggml-cuda": "CUDA",
    "ggml-hip": "ROCm",
    "ggml-metal": "MTL",
    "ggml-sycl": "SYCL",
    "ggml-vulkan": "Vulkan",
}


@dataclass(frozen=True, slots=True)
class Installation:
    system: str  # "Linux", "Darwin", "Windows"
    system_version: str | None
    architecture: str  # of Python: on a Mac it need not be the processor's
    python: str  # "3.12.4"
    implementation: str  # "CPython"
    executable: str  # of Python, as it may be shown
    virtual_environment: bool
    has_pip: bool  # uv makes environments without
    glibc: tuple[int, int] | None  # None on other systems, and on Linux with another C library
    llama_cpp_python: str | None  # its version; None where it is not installed
    backends: tuple[str, ...]  # that its libraries are there for, besides the CPU


def read_installation(executable: str) -> Installation:
    """Reads names of files; imports and starts nothing."""
    return Installation(
        system=platform.system(),
        system_version=_system_version(),
        architecture=architecture(_machine()),
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        executable=executable,
        virtual_environment=sys.prefix != sys.base_prefix,
        has_pip=importlib.util.find_spec("pip") is not None,
        glibc=_glibc(*platform.libc_ver()) if sys.platform == "linux" else None,
        llama_cpp_python=_version("llama-cpp-python"),
        backends=_backends(_libraries("llama_cpp")),
    )


def _machine() -> str:
    """Of Python: on Windows for ARM it may be an x86_64 one, while the system names itself."""
    if sys.platform == "win32":
        return sysconfig.get_platform().removeprefix("win-")  # "amd64", "arm64"
    return platform.machine()


def _system_version() -> str | None:
    """The kernel's release is left to Linux: elsewhere nobody knows a system by it."""
    if sys.platform == "darwin":
        return platform.mac_ver()[0] or None
    if sys.platform == "win32":
        return platform.version() or None
    return _distribution() or platform.release() or None


def _distribution() -> str | None:
    """ "Debian GNU/Linux 12 (bookworm)", by os-release."""
    try:
        known: Mapping[str, str] = platform.freedesktop_os_release()
    except OSError:
        return None
    return known.get("PRETTY_NAME")


def _glibc(name: str, release: str) -> tuple[int, int] | None:
    numbers = release.split(".")
    if name != "glibc" or len(numbers) < 2 or not all(map(str.isdecimal, numbers[:2])):
        return None
    return int(numbers[0]), int(numbers[1])


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _libraries(package: str) -> list[str]:
    spec = importlib.util.find_spec(package)
    folders = (spec.submodule_search_locations if spec else None) or ()
    return [path.name for folder in folders for path in Path(folder, "lib").glob("*")]


def _backends(libraries: Iterable[str]) -> tuple[str, ...]:
    names = list(libraries)
    return tuple(word for part, word in _BACKENDS.items() if any(part in name for name in names))
