"""Dry runs, each made once: kept on disk by model header, build and options."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from yi_local.engine import protocol
from yi_local.engine.build import EngineBuild
from yi_local.engine.probe import Probe
from yi_local.gguf_file.twin import Twin
from yi_local.gguf_file.twin_file import save_twin, twin_name
from yi_local.types import DryRun, LoadOptions

_FILES_KEPT = 200  # each has 5 to 100 KB


class DryRuns:
    """Use it in a `with`: what is new is written at the end."""

    def __init__(self, probe: Probe, build: EngineBuild, folder: Path) -> None:
        self._probe = probe
        self._folder = folder
        self._fingerprint = _fingerprint(build, probe.cpu_repack)
        self._known: dict[Path, dict[str, Any]] = {}
        self._changed: set[Path] = set()
        self._twins: set[Path] = set()

    def of(self, twin: Twin, options: LoadOptions) -> DryRun:
        """Raises CannotLoad for what the installed llama.cpp cannot load; that is not kept."""
        path = self._folder / f"{twin_name(twin).removesuffix('.twin')}-{self._fingerprint}.json"
        known = self._known.setdefault(path, _read(path))
        key = _key(options)
        if key in known:
            with suppress(KeyError, TypeError, ValueError):  # written by another version
                return protocol.dry_run_from(known[key])
        found = self._probe.dry_run(self._saved(twin), options)
        known[key] = asdict(found)
        self._changed.add(path)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Losing what was found costs milliseconds: a full disk is no error here."""
        with suppress(OSError):
            for twin in self._twins:
                twin.unlink(missing_ok=True)
            for path in self._changed:
                _write(path, self._known[path])
            _forget_oldest(self._folder)
        self._twins.clear()
        self._changed.clear()

    def _saved(self, twin: Twin) -> Path:
        path = save_twin(twin, self._folder)
        self._twins.add(path)
        return path


def _key(options: LoadOptions) -> str:
    """All that decides about memory; the path does not."""
    return json.dumps(asdict(replace(options, path="")), separators=(",", ":"))


def _fingerprint(build: EngineBuild, cpu_repack: bool) -> str:
    """Another build, or other devices, place and pad differently."""
    devices = [(device.name, device.description) for device in build.devices]
    books = build.exact_memory
    facts = (build.llama_cpp, build.backends, build.features, devices, books, cpu_repack)
    return sha256(repr(facts).encode()).hexdigest()[:16]


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, known: Mapping[str, Any]) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(known), "utf-8")
    unfinished.replace(path)


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for old in files[:-_FILES_KEPT]:
        old.unlink(missing_ok=True)
