"""The names that systems give to a processor's architecture."""

_SAME = {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}


def architecture(machine: str) -> str:
    """One name on every system: Windows' AMD64 and Linux's x86_64 are both "x86_64"."""
    name = machine.strip().lower()
    return _SAME.get(name, name)
