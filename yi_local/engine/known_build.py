"""The build of a llama.cpp that was asked before, without asking it again."""

import importlib.util
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from yi_local.engine import protocol
from yi_local.engine.build import EngineBuild
from yi_local.engine.probe import Probe

_PACKAGE = "llama_cpp"
_FILE = "llama-cpp-build.json"


def known_build(probe: Probe, folder: Path) -> EngineBuild:
    """Asks the probe, unless the same libraries have answered before that they use no GPU.

    A build that can use one is asked each time: its devices come and go, and their memory fills.
    Raises what `Probe.build` raises.
    """
    path, libraries = folder / _FILE, _libraries(probe.command)
    with suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(path.read_text("utf-8"))
        if libraries and known["libraries"] == libraries:
            return protocol.build_from(known["build"])
    build = probe.build()
    if not build.gpu_offload:
        with suppress(OSError):  # then it is asked again
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"libraries": libraries, "build": asdict(build)}), "utf-8")
    return build


def _libraries(command: Sequence[str]) -> str:
    """A digest of the installed libraries' names, sizes and times; "" where there are none.

    Who starts another engine asks another one.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    folders = (spec.submodule_search_locations if spec else None) or ()
    files = [path for folder in folders for path in Path(folder).glob("lib/*")]
    with suppress(OSError):
        facts = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        told = repr((command, sorted(facts)))
        return sha256(told.encode()).hexdigest() if facts else ""
    return ""
