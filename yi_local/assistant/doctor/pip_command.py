"""The command that puts another build of llama-cpp-python in place, to be pasted as it is."""

import re
import shlex

from yi_local.assistant.doctor.installation import Installation
from yi_local.assistant.doctor.wheels import INDEX

REQUIREMENT = "llama-cpp-python>=0.3.36,<0.4"  # as in pyproject.toml; a test compares

_PACKAGE = "llama-cpp-python"
# Nothing but the build changes: its dependencies are there, and no other program's numpy is touched
_REPLACE = ("--force-reinstall", "--no-deps")


def wheel_command(installation: Installation, variant: str) -> str:
    """Never compiles: pip takes the newest wheel that fits, or says that there is none."""
    wheels = ("--only-binary", _PACKAGE)
    if installation.llama_cpp_python is None:
        return _command(installation, *wheels, "--extra-index-url", INDEX + variant)
    return _command(installation, *_REPLACE, *wheels, "--index-url", INDEX + variant)


def compile_command(installation: Installation, cmake_args: str = "") -> str:
    """For the very CPU it runs on. pip would offer the build it made before: hence no cache."""
    replaces = () if installation.llama_cpp_python is None else _REPLACE
    command = _command(installation, *replaces, "--no-cache-dir", "--no-binary", _PACKAGE)
    if not cmake_args:
        return command
    if installation.system == "Windows":
        return f'$env:CMAKE_ARGS="{cmake_args}"; {command}'
    return f'CMAKE_ARGS="{cmake_args}" {command}'


def _command(installation: Installation, *options: str) -> str:
    """uv takes pip's options, under these very names."""
    if installation.has_pip:
        words = [_as_command(installation), "-m", "pip", "install"]
    else:
        words = ["uv", "pip", "install", "--python", _as_argument(installation)]
    return " ".join((*words, *options, f'"{REQUIREMENT}"'))


def _as_command(installation: Installation) -> str:
    """PowerShell finds a command at ~, quoted or not."""
    path = installation.executable
    if installation.system != "Windows":
        return _as_argument(installation)
    return path if re.fullmatch(r"[\w~.:\\/-]+", path) else f"& '{path}'"


def _as_argument(installation: Installation) -> str:
    """A POSIX shell knows ~ outside of quotes alone, PowerShell in no argument."""
    path = installation.executable
    if installation.system == "Windows":
        return '"' + re.sub(r"^~", "$HOME", path) + '"'
    return "~/" + shlex.quote(path[2:]) if path.startswith("~/") else shlex.quote(path)
