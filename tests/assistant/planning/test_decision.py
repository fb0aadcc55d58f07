"""Choosing for one file, with the probe's stand-in: a layer is a GiB, a token 64 KiB of f16."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.planning import GIB, GPU, MACHINE
from tests.tiny_gguf import write_smallest
from yi_local.assistant.planning.advisor import Advisor, read_subject
from yi_local.assistant.planning.decision import decide
from yi_local.assistant.planning.machine import Machine, imagine
from yi_local.engine.dry_runs import DryRuns
from yi_local.engine.probe import Probe
from yi_local.errors import CannotLoad, ModelNotFound, NotEnoughMemory
from yi_local.hardware.snapshot import Hardware
from yi_local.planner.plan import Experience, Wish

WORKER = Path(__file__).parents[2] / "fake_worker.py"
CPU_DEVICE = replace(GPU, name="CPU", backend="CPU", kind="cpu", free_bytes=None, unified=True)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_smallest(tmp_path / "tiny.Q4_K_M.gguf")


def with_ram(free: int) -> Hardware:
    memory = replace(MACHINE.memory, total_bytes=free, available_bytes=free)
    return replace(MACHINE, memory=memory, devices=(CPU_DEVICE,))


def with_gpu(free: int, ram: int = 12 * GIB) -> Hardware:
    gpu = replace(GPU, free_bytes=free, total_bytes=free)
    return replace(with_ram(ram), devices=(gpu, CPU_DEVICE))


@contextmanager
def advisor(folder: Path, hardware: Hardware, *worker: str) -> Iterator[Advisor]:
    has_gpu = ["--gpu", "1"] if hardware.accelerators else []
    command = [sys.executable, str(WORKER), *has_gpu, *worker]
    with Probe(log_dir=folder / "logs", command=command) as probe:
        build = probe.build()
        with DryRuns(probe, build, folder / "dry-runs") as dry_runs:
            yield Advisor(Machine(hardware, build), Experience(), dry_runs)


def test_the_best_that_fits_comes_first_and_smaller_ones_follow(
    model: Path, tmp_path: Path
) -> None:
    with advisor(tmp_path, with_ram(12 * GIB)) as here:
        best, *others = decide(here, model, Wish())
    assert (best.options.n_ctx, best.options.type_k, best.options.n_ubatch) == (16384, "f16", 512)
    assert best.options.path == str(model)
    assert others
    assert all(plan.fits for plan in others)


def test_the_kv_type_goes_before_the_context(model: Path, tmp_path: Path) -> None:
    """3 GiB of weights, 100 MiB of compute; 1 GiB of f16 cache for 16,384 tokens."""
    with advisor(tmp_path, with_ram(int(4.3 * GIB))) as here:
        best = decide(here, model, Wish())[0]
    assert (best.options.n_ctx, best.options.type_k) == (16384, "q8_0")
    assert any(reason.code == "kv-type" for reason in best.reasons)


def test_what_does_not_fit_is_refused_with_numbers(model: Path, tmp_path: Path) -> None:
    with advisor(tmp_path, with_ram(3 * GIB)) as here:
        with pytest.raises(NotEnoughMemory) as caught:
            decide(here, model, Wish())
        forced = decide(here, model, Wish(), force=True)
    assert (
        "needs 3.4 GiB of RAM, 3.0 GiB are free, and 512 MiB should stay so" in caught.value.message
    )
    assert "--force" in (caught.value.hint or "")
    assert forced[0].memory.short is not None


def test_a_context_that_does_not_fit_is_refused_with_one_that_does(
    model: Path, tmp_path: Path
) -> None:
    with advisor(tmp_path, with_ram(6 * GIB)) as here, pytest.raises(NotEnoughMemory) as caught:
        decide(here, model, Wish(n_ctx=200_000))
    assert "--ctx 16384 --gpu-layers 0 --kv-type f16" in (caught.value.hint or "")


def test_options_a_person_fixed_are_kept(model: Path, tmp_path: Path) -> None:
    wish = Wish(n_ctx=5000, kv_type="q8_0", n_threads=3, n_gpu_layers=1)
    with advisor(tmp_path, with_gpu(8 * GIB)) as here:
        options = decide(here, model, wish)[0].options
    assert (options.n_ctx, options.type_k, options.type_v) == (5000, "q8_0", "q8_0")
    assert (options.n_threads, options.n_gpu_layers) == (3, 1)


def test_a_model_goes_whole_on_a_gpu_that_holds_it(model: Path, tmp_path: Path) -> None:
    with advisor(tmp_path, with_gpu(8 * GIB)) as here:
        assert decide(here, model, Wish())[0].options.n_gpu_layers == 3


def test_a_model_goes_in_part_on_a_gpu_that_is_too_small(model: Path, tmp_path: Path) -> None:
    with advisor(tmp_path, with_gpu(3 * GIB)) as here:
        best = decide(here, model, Wish())[0]
    assert best.options.n_gpu_layers == 2
    assert any(reason.code == "layers" for reason in best.reasons)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(n_gpu_layers=20), "20 layers cannot go on a GPU: the installed llama.cpp finds 0"),
        (Wish(n_threads=64), "64 threads are more than the 4 cores"),
    ],
)
def test_options_against_reality_are_refused_unless_forced(
    model: Path, tmp_path: Path, wish: Wish, words: str
) -> None:
    with advisor(tmp_path, with_ram(12 * GIB)) as here:
        with pytest.raises(CannotLoad, match=words) as caught:
            decide(here, model, wish)
        assert caught.value.exit_code == 4
        assert decide(here, model, wish, force=True)


def test_what_llama_cpp_refuses_is_refused_with_its_words(model: Path, tmp_path: Path) -> None:
    with (
        advisor(tmp_path, with_ram(12 * GIB), "--refuse") as here,
        pytest.raises(CannotLoad, match="it is a fake"),
    ):
        decide(here, model, Wish())


def test_a_dry_run_that_ends_its_process_is_an_error_in_words(model: Path, tmp_path: Path) -> None:
    with (
        advisor(tmp_path, with_ram(12 * GIB), "--break") as here,
        pytest.raises(CannotLoad, match="breaks down over this model's header"),
    ):
        decide(here, model, Wish())


def test_no_file_and_no_model_are_told_before_anything_is_asked(
    model: Path, tmp_path: Path
) -> None:
    with advisor(tmp_path, with_ram(12 * GIB)) as here:
        with pytest.raises(ModelNotFound):
            decide(here, tmp_path / "none.gguf", Wish())
        model.write_bytes(b"PK\x03\x04" + bytes(60))
        with pytest.raises(CannotLoad, match="zip"):
            decide(here, model, Wish())


# What if


def imagined(folder: Path, hardware: Hardware, **sizes: int | None) -> tuple[Hardware, bool]:
    with advisor(folder, hardware) as here:
        sizes = {"gpu_bytes": None, "ram_bytes": None} | sizes
        machine = imagine(here.machine, **sizes)  # type: ignore[arg-type]
        return machine.hardware, machine.imagined


def test_imagined_ram_is_all_free(tmp_path: Path) -> None:
    hardware, by_formulas = imagined(tmp_path, with_ram(3 * GIB), ram_bytes=99 * GIB)
    assert (hardware.memory.available_bytes, hardware.memory.total_bytes) == (99 * GIB, 99 * GIB)
    assert not by_formulas


def test_imagined_memory_of_a_real_gpu_is_asked_of_llama_cpp(tmp_path: Path) -> None:
    hardware, by_formulas = imagined(tmp_path, with_gpu(4 * GIB), gpu_bytes=24 * GIB)
    assert [device.free_bytes for device in hardware.accelerators] == [24 * GIB]
    assert not by_formulas


def test_an_imagined_gpu_is_answered_by_formulas(tmp_path: Path) -> None:
    hardware, by_formulas = imagined(tmp_path, with_ram(4 * GIB), gpu_bytes=8 * GIB)
    assert [device.name for device in hardware.accelerators] == ["GPU0"]
    assert by_formulas


def test_no_gpu_can_be_imagined_too(tmp_path: Path) -> None:
    hardware, by_formulas = imagined(tmp_path, with_gpu(8 * GIB), gpu_bytes=0)
    assert hardware.accelerators == ()
    assert by_formulas


def test_the_ladder_shows_what_each_context_takes(model: Path, tmp_path: Path) -> None:
    with advisor(tmp_path, with_ram(5 * GIB)) as here:
        plans = here.ladder(read_subject(model), decide(here, model, Wish())[0], Wish())
    lengths = [(plan.options.n_ctx, plan.options.type_k) for plan in plans]
    assert lengths[:3] == [(4096, "f16"), (4096, "q8_0"), (8192, "f16")]
    assert lengths[-1] == (32768, "q8_0")
    assert plans[0].fits
    assert not plans[-2].fits
