"""Loading by plan: the next one where memory runs out, and what a load teaches."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.planning import GIB, MIB, load, loader_for, next_plans, plan_of
from tests.tiny_gguf import write_smallest
from yi_local.assistant.loading.loader import NextPlan
from yi_local.assistant.planning.experience import ExperienceFile
from yi_local.engine.client import Engine
from yi_local.errors import CannotLoad, EngineDied, ModelNotFound, NotEnoughMemory

WORKER = Path(__file__).parents[2] / "fake_worker.py"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_smallest(tmp_path / "tiny.gguf")


@pytest.fixture
def engine_with(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    engines: list[Engine] = []

    def build(*worker: str) -> Engine:
        command = [sys.executable, str(WORKER), *worker]
        engines.append(Engine(log_dir=tmp_path / "logs", command=command))
        return engines[-1]

    yield build
    for engine in engines:
        engine.close()


def contexts(path: Path, *lengths: int) -> Sequence[object]:
    """Plans that need the less the shorter their context is."""
    return [plan_of(path, n_ctx=n_ctx, need_bytes=n_ctx * MIB) for n_ctx in lengths]


def test_the_first_plan_is_taken_where_it_fits(
    engine_with: Callable[..., Engine], model: Path
) -> None:
    loader = loader_for(engine_with(), model, *contexts(model, 4096, 2048))
    assert not list(next_plans(load(loader)))
    assert loader.plan.options.n_ctx == 4096


def test_the_next_plan_is_taken_where_memory_runs_out(
    engine_with: Callable[..., Engine], model: Path
) -> None:
    loader = loader_for(engine_with("--room", "2048"), model, *contexts(model, 4096, 2048, 1024))
    [step] = next_plans(load(loader))
    assert (step.failed.options.n_ctx, step.plan.options.n_ctx) == (4096, 2048)
    assert step.reason == "There is not enough memory for a context of 4096 tokens."
    assert loader.plan is step.plan
    assert loader.engine.model is not None


def test_it_is_tried_twice_again_and_no_more(
    engine_with: Callable[..., Engine], model: Path
) -> None:
    plans = contexts(model, 8192, 4096, 2048, 1024)
    loader = loader_for(engine_with("--room", "1024"), model, *plans)
    steps: list[NextPlan] = []
    with pytest.raises(NotEnoughMemory, match="context of 2048"):
        steps.extend(next_plans(loader.load()))
    assert len(steps) == 2


def test_a_plan_that_needs_hardly_less_is_passed_over(
    engine_with: Callable[..., Engine], model: Path
) -> None:
    plans = [
        plan_of(model, n_ctx=n, need_bytes=b) for n, b in ((4096, 1000), (4095, 990), (64, 500))
    ]
    loader = loader_for(engine_with("--room", "64"), model, *plans)
    [step] = next_plans(load(loader))
    assert step.plan.options.n_ctx == 64


def test_other_failures_are_not_tried_again(
    engine_with: Callable[..., Engine], model: Path
) -> None:
    engine = engine_with("--load-error", "cannot_load")
    loader = loader_for(engine, model, *contexts(model, 4096, 2048))
    with pytest.raises(CannotLoad, match="It will not load"):
        load(loader)
    assert loader.plan.options.n_ctx == 4096


def test_a_kill_while_loading_counts_as_want_of_memory(
    engine_with: Callable[..., Engine], model: Path
) -> None:
    loader = loader_for(engine_with("--die-loading"), model, *contexts(model, 4096, 2048))
    steps: list[NextPlan] = []
    with pytest.raises(NotEnoughMemory, match="SIGKILL") as caught:
        steps.extend(next_plans(loader.load()))
    assert len(steps) == 1
    assert isinstance(caught.value.__cause__, EngineDied)


def test_bad_files_fail_before_an_engine_is_started(
    engine_with: Callable[..., Engine], model: Path
) -> None:
    engine = engine_with()
    loader = loader_for(engine, model)
    model.write_text("<!DOCTYPE html><html></html>")
    with pytest.raises(CannotLoad, match="web page"):
        load(loader)
    model.unlink()
    with pytest.raises(ModelNotFound):
        load(loader)
    assert engine.process_id is None


def test_what_a_load_takes_is_remembered(
    engine_with: Callable[..., Engine], model: Path, tmp_path: Path
) -> None:
    """The stand-in has 1 GiB of private memory, where half a GiB was predicted."""
    experience = ExperienceFile(tmp_path / "experience.json")
    load(loader_for(engine_with("--takes", "1"), model, experience=experience))
    [record] = experience.loads()
    assert (record.backend, record.predicted_bytes) == ("CPU", GIB // 2)
    assert record.residual_bytes == GIB // 2
    assert experience.read().residual_bytes == {"CPU": GIB // 2}


ABORTS = """
import os, sys
sys.stdin.readline()
print(sys.argv[1], file=sys.stderr, flush=True)
os.abort()
"""


@pytest.mark.parametrize(
    ("last_words", "retried"),
    [
        ("ggml_aligned_malloc: insufficient memory (attempted to allocate  41.96 MB)", True),
        ("ggml_cuda_device_malloc: CUDA error: out of memory", True),
        ("GGML_ASSERT(x > 0) failed", False),
    ],
)
def test_an_abort_is_tried_again_where_the_log_blames_memory(
    model: Path, tmp_path: Path, last_words: str, retried: bool
) -> None:
    command = [sys.executable, "-c", ABORTS, last_words]
    steps: list[NextPlan] = []
    with Engine(log_dir=tmp_path / "logs", command=command) as engine:
        loader = loader_for(engine, model, *contexts(model, 4096, 2048))
        with pytest.raises(CannotLoad, match="SIGABRT"):
            steps.extend(next_plans(loader.load()))
    assert len(steps) == int(retried)
