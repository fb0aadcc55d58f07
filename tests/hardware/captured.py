"""Machines that are not here: their files and commands' output, in the formats these really have.

A machine of Linux is one text, as `tail -n +1 FILE...` prints several files.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from yi_local.hardware.files import Files
from yi_local.hardware.kernel_text import cpu_list

DATA = Path(__file__).resolve().parent / "data"

_HEADING = re.compile(r"^==> (/\S+) <==\n", re.MULTILINE)


class Captured(Files):
    """Stands in for the file system."""

    def __init__(self, texts: Mapping[str, str], links: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._texts, self._links = texts, links or {}

    def text(self, path: str) -> str | None:
        return self._texts.get(path)

    def names(self, folder: str) -> tuple[str, ...]:
        return tuple(sorted({name for path in self._texts for name in _below(folder, path)}))

    def exists(self, path: str) -> bool:
        return path in self._texts

    def link_target(self, path: str) -> str | None:
        return self._links.get(path)


def _below(folder: str, path: str) -> Iterator[str]:
    if path.startswith(f"{folder}/"):
        yield path[len(folder) + 1 :].partition("/")[0]


def linux_files(name: str) -> dict[str, str]:
    parts = _HEADING.split((DATA / "linux" / f"{name}.txt").read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def macos_output(name: str) -> str:
    return (DATA / "macos" / f"{name}.txt").read_text(encoding="utf-8")


def cores(*each: str) -> dict[str, str]:
    """The files of a processor's cores, of each its CPUs: "0-1", or "0,8"."""
    return {
        f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list": f"{core}\n"
        for core in each
        for cpu in cpu_list(core)
    }
