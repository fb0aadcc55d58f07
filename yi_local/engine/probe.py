"""The engine without a model: says what llama.cpp can do here, and what a load would take."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from yi_local.engine import protocol
from yi_local.engine.build import EngineBuild
from yi_local.engine.process import WORKER_COMMAND, WorkerProcess
from yi_local.engine.repack import RepackMark
from yi_local.errors import CannotLoad, EngineDied
from yi_local.language import tr
from yi_local.types import DryRun, Json, LoadOptions

HANG_S = 120.0  # a GPU's driver may take its time to start; a dry run takes milliseconds


class Probe:
    """A child process of its own, started when first asked: llama.cpp can abort in a dry run.

    A child that died is started again for the next question.
    """

    def __init__(
        self, *, log_dir: Path, command: Sequence[str] | None = None, hang_s: float = HANG_S
    ) -> None:
        self._log_dir = log_dir
        self.command = tuple(command or WORKER_COMMAND)
        self._hang_s = hang_s
        self._process: WorkerProcess | None = None
        self.cpu_repack = RepackMark(log_dir).allowed

    def build(self) -> EngineBuild:
        """The build with its devices, their free memory as it is now.

        Raises CannotLoad where llama-cpp-python is missing or too old, EngineDied where a driver
        ends the process.
        """
        return protocol.build_from(self._ask({"op": "build"})["build"])

    def dry_run(self, twin: Path, options: LoadOptions) -> DryRun:
        """`options.path` is of no consequence; its numbers must be explicit.

        Raises CannotLoad for a model or options that this llama.cpp cannot load.
        """
        request: Json = {"op": "dry_run", "twin": str(twin), "cpu_repack": self.cpu_repack}
        try:
            answer = self._ask(request | {"options": asdict(options)})
        except EngineDied as error:
            raise CannotLoad(
                tr(
                    "The installed llama.cpp breaks down over this model's header. {error}",
                    error=error.message,
                ),
                tr("A newer one may not: pip install --upgrade llama-cpp-python"),
            ) from error
        return protocol.dry_run_from(answer["dry_run"])

    def memory_bandwidth(self, n_threads: int) -> float:
        """Bytes per second that so many threads read from RAM together; takes about 0.1 s."""
        answer = self._ask({"op": "memory_bandwidth", "n_threads": n_threads})
        return float(answer["bytes_per_s"])

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, request: Json) -> Json:
        if self._process is None or not self._process.alive:
            self.close()
            self._process = WorkerProcess(self.command, self._log_dir, log_name="probe")
        process = self._process
        for line in process.stream(process.new_id(), request, self._hang_s):
            return line
        raise EngineDied(tr("The engine gave no answer."))
