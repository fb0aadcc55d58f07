"""A program that holds a model, as `yi serve` does: a live server that others can find."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.server.live import Live
from yi_local import __version__
from yi_local.assistant.warm.programs import (
    Kind,
    Program,
    announce,
    new_token,
    this_machine,
    withdraw,
)
from yi_local.server.warm.private import Private


def program(url: str = "http://127.0.0.1:1", **fields: Any) -> Program:
    """Of this process, unless the fields say otherwise."""
    told = {
        "pid": os.getpid(),
        "kind": "serve",
        "token": new_token(),
        "started_s": time.time(),
        "version": __version__,
        "machine": this_machine(),
        **fields,
    }
    return Program(url=url, **told)


@contextmanager
def holding(
    folder: Path,
    flags: Sequence[str] = (),
    *,
    kind: Kind = "serve",
    name: str = "tiny",
    loaded: bool = True,
    **chosen: Any,
) -> Iterator[tuple[Live, Program]]:
    """It serves folder/NAME.gguf, and has loaded it; `flags` are the fake engine's."""
    token, ends = new_token(), []
    private = Private(token, kind, time.time(), lambda: ends.append(live.server.stop()))
    live = Live(folder, flags, first=(name,), private=private, **chosen)
    found = program(live.url, kind=kind, token=token, started_s=private.started_s)
    try:
        if loaded:
            assert live.said("say loaded", model=name) == "loaded"
        announce(found)
        yield live, found
    finally:
        withdraw(found)
        live.close()
