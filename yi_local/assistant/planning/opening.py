"""An advisor with all that it asks: opened, used, closed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from yi_local import paths
from yi_local.assistant.planning.advisor import Advisor
from yi_local.assistant.planning.experience import ExperienceFile
from yi_local.assistant.planning.machine import imagine, look
from yi_local.engine.dry_runs import DryRuns
from yi_local.engine.probe import Probe


def experience_file() -> ExperienceFile:
    return ExperienceFile(paths.data_dir() / "experience.json")


def dry_runs_dir() -> Path:
    return paths.cache_dir() / "dry-runs"


@contextmanager
def open_advisor(
    *,
    engine_command: Sequence[str] | None = None,
    gpu_bytes: int | None = None,
    ram_bytes: int | None = None,
) -> Iterator[Advisor]:
    """For this machine; with numbers, for one that has so much memory free.

    Raises CannotLoad where llama-cpp-python is missing or too old.
    """
    experience = experience_file()
    with Probe(log_dir=paths.log_dir(), command=engine_command) as probe:
        machine = look(probe, experience, paths.cache_dir())
        with DryRuns(probe, machine.build, dry_runs_dir()) as dry_runs:
            imagined = imagine(machine, gpu_bytes=gpu_bytes, ram_bytes=ram_bytes)
            yield Advisor(imagined, experience.read(), dry_runs)
