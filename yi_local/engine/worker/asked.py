"""Answers of a process that loads nothing: builds, dry runs, bandwidth."""

from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property

from yi_local.engine import protocol
from yi_local.engine.worker import llama
from yi_local.engine.worker.bandwidth import read_bandwidth
from yi_local.engine.worker.devices import read_build
from yi_local.engine.worker.dry_run import DryRunner
from yi_local.engine.worker.native import Native
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.types import Json


class Asked:
    def __init__(self, emit: Callable[[Json], None]) -> None:
        self._emit = emit

    def serve(self, request: Json) -> None:
        """A request that llama.cpp refuses is answered by an error, and the process goes on."""
        try:
            answer = self._answer(request)
        except YiLocalError as error:
            answer = protocol.error_line(error)
        self._emit(answer | {"id": request["id"]})

    def _answer(self, request: Json) -> Json:
        match request["op"]:
            case "build":
                build = read_build(llama.low_level(), self._native)
                return {"event": "build", "build": asdict(build)}
            case "dry_run":
                return {"event": "dry_run", "dry_run": self._dry_run(request)}
            case "memory_bandwidth":
                bytes_per_s = read_bandwidth(request["n_threads"])
                return {"event": "memory_bandwidth", "bytes_per_s": bytes_per_s}
            case other:
                raise YiLocalError(
                    tr("This engine process loads nothing, and cannot do {other!r}.", other=other)
                )

    @cached_property
    def _native(self) -> Native:
        return Native(llama.low_level())

    @cached_property
    def _dry_runner(self) -> DryRunner:
        return DryRunner(llama.low_level(), self._native)

    def _dry_run(self, request: Json) -> Json:
        options = protocol.load_options_from(request["options"])
        return asdict(self._dry_runner.run(request["twin"], options, request["cpu_repack"]))
