"""The probe with its real child process: what llama.cpp would allocate, and what it then does."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.tiny_gguf import write_tiny
from yi_local.assistant.planning.advisor import Advisor, read_subject
from yi_local.assistant.planning.machine import Machine
from yi_local.engine.client import Engine
from yi_local.engine.dry_runs import DryRuns
from yi_local.engine.known_build import known_build
from yi_local.engine.probe import Probe
from yi_local.errors import CannotLoad, EngineDied
from yi_local.gguf_file import open_model, twin_of
from yi_local.gguf_file.twin_file import write_twin
from yi_local.hardware.detect import detect
from yi_local.planner.plan import Experience, Wish
from yi_local.types import DryRun, LoadOptions

OPTIONS = LoadOptions("", n_ctx=1024, n_gpu_layers=0, n_threads=2)


@pytest.fixture(scope="module")
def log_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def probe(log_dir: Path) -> Iterator[Probe]:
    with Probe(log_dir=log_dir) as probe:
        yield probe


def test_the_build_names_its_devices_and_features(probe: Probe) -> None:
    build = probe.build()
    [cpu] = [device for device in build.devices if device.kind == "cpu"]
    assert cpu.name == "CPU"
    assert cpu.total_bytes == psutil.virtual_memory().total
    assert cpu.free_bytes is None  # llama.cpp takes all RAM for free
    assert "CPU" in build.backends
    assert any(feature.startswith("REPACK") for feature in build.features)
    assert build.exact_memory or sys.platform == "win32"


def test_bandwidth_is_that_of_memory_and_not_of_a_cache(probe: Probe) -> None:
    assert 1e9 < probe.memory_bandwidth(2) < 2e12


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "mamba"])
@pytest.mark.parametrize("flash_attention", [True, False])
def test_a_load_takes_exactly_what_the_dry_run_said(
    probe: Probe, log_dir: Path, tmp_path: Path, architecture: str, flash_attention: bool
) -> None:
    model = write_tiny(tmp_path / "tiny.gguf", architecture=architecture)
    options = replace(OPTIONS, path=str(model), flash_attention=flash_attention, use_mmap=False)
    predicted = probe.dry_run(write_twin(model, tmp_path), options)
    with Engine(log_dir=log_dir) as engine:
        for _ in engine.load(options):
            pass
        assert engine.model is not None
        assert engine.model.memory is not None
        [taken] = engine.model.memory.devices
    [host] = predicted.devices
    assert replace(host, work_bytes=0) == taken
    assert host.work_bytes > 0
    assert host.pageable_bytes == 0


def test_with_mmap_the_weights_are_pageable(probe: Probe, tmp_path: Path) -> None:
    twin = write_twin(write_tiny(tmp_path / "tiny.gguf"), tmp_path)
    [mapped] = probe.dry_run(twin, OPTIONS).devices
    [read] = probe.dry_run(twin, replace(OPTIONS, use_mmap=False)).devices
    assert mapped.pageable_bytes == mapped.weights_bytes == read.weights_bytes
    assert read.pageable_bytes == 0


def test_options_change_what_they_should(probe: Probe, tmp_path: Path) -> None:
    twin = write_twin(write_tiny(tmp_path / "tiny.gguf"), tmp_path)

    def host(**changes: object) -> DryRun:
        return probe.dry_run(twin, replace(OPTIONS, **changes))

    plain = host().devices[0]
    assert host(n_ctx=2048).devices[0].kv_cache_bytes == 2 * plain.kv_cache_bytes
    assert host(type_k="f32", type_v="f32").devices[0].kv_cache_bytes == 2 * plain.kv_cache_bytes
    assert host(n_ubatch=128).devices[0].compute_bytes < plain.compute_bytes
    assert host(flash_attention=False).flash_attention is False


def test_what_llama_cpp_cannot_load_is_told_with_its_reason(probe: Probe, tmp_path: Path) -> None:
    strange = write_twin(write_tiny(tmp_path / "s.gguf"), tmp_path / "strange")
    data = strange.read_bytes().replace(b"llama", b"lamas")
    strange.write_bytes(data)
    with pytest.raises(CannotLoad, match="unknown model architecture: 'lamas'"):
        probe.dry_run(strange, OPTIONS)
    refused = replace(OPTIONS, type_v="q8_0", flash_attention=False)
    twin = write_twin(write_tiny(tmp_path / "tiny.gguf"), tmp_path)
    with pytest.raises(CannotLoad, match=r"V cache|block size"):
        probe.dry_run(twin, refused)
    assert probe.dry_run(twin, OPTIONS).basis == "llama.cpp"


ABORTS = "import os, sys; sys.stdin.readline(); os.abort()"


def test_an_abort_in_a_dry_run_is_an_error_and_the_next_question_starts_anew(
    tmp_path: Path,
) -> None:
    with Probe(log_dir=tmp_path, command=[sys.executable, "-c", ABORTS]) as probe:
        for _ in range(2):
            with pytest.raises(CannotLoad, match="breaks down") as caught:
                probe.dry_run(tmp_path / "x.twin", OPTIONS)
            assert isinstance(caught.value.__cause__, EngineDied)


# What is remembered


class CountingProbe(Probe):
    asked = 0

    def dry_run(self, twin: Path, options: LoadOptions) -> DryRun:
        self.asked += 1
        return super().dry_run(twin, options)

    def build(self):  # type: ignore[no-untyped-def]
        self.asked += 1
        return super().build()


def test_a_dry_run_is_made_once_for_a_header_and_its_options(log_dir: Path, tmp_path: Path) -> None:
    with CountingProbe(log_dir=log_dir) as probe, open_model(write_tiny(tmp_path / "t.gguf")) as m:
        twin, build = twin_of(m.parts), probe.build()
        probe.asked = 0
        found = set()
        for _ in range(2):
            with DryRuns(probe, build, tmp_path / "kept") as dry_runs:
                found.add(dry_runs.of(twin, OPTIONS))
                found.add(dry_runs.of(twin, replace(OPTIONS, path="elsewhere")))
        assert probe.asked == 1
        assert len(found) == 1
        with DryRuns(probe, replace(build, llama_cpp="9"), tmp_path / "kept") as dry_runs:
            dry_runs.of(twin, OPTIONS)
            dry_runs.of(twin, replace(OPTIONS, n_ctx=512))
        assert probe.asked == 3
    assert not list((tmp_path / "kept").glob("*.twin"))


def test_damaged_memories_are_made_again(log_dir: Path, tmp_path: Path) -> None:
    with CountingProbe(log_dir=log_dir) as probe, open_model(write_tiny(tmp_path / "t.gguf")) as m:
        twin, build = twin_of(m.parts), probe.build()
        for damage in (None, "", "[]", "{}", '{"x": 1}', None):
            with DryRuns(probe, build, tmp_path / "kept") as dry_runs:
                assert dry_runs.of(twin, OPTIONS).devices
            [file] = (tmp_path / "kept").glob("*.json")
            if damage is not None:
                file.write_text(damage)


def test_a_build_without_gpu_is_asked_once(log_dir: Path, tmp_path: Path) -> None:
    with CountingProbe(log_dir=log_dir) as probe:
        build = probe.build()
        if build.gpu_offload:
            pytest.skip("this build can use a GPU, so it is asked each time")
        first, second = (known_build(probe, tmp_path) for _ in range(2))
        assert build == first == second
        assert probe.asked == 2
        [file] = tmp_path.glob("*.json")
        file.write_text(json.dumps({"libraries": "of another day"}))
        assert known_build(probe, tmp_path) == build
        assert probe.asked == 3


# Where llama.cpp's books cannot be read: its log tells the part that no formula gives

WITHOUT_BOOKS = """
import sys
from yi_local.engine.worker import breakdown
breakdown._LAYOUTS.clear()
from yi_local.engine.worker.__main__ import main
main()
"""


def test_without_books_the_log_tells_the_compute_buffers(log_dir: Path, tmp_path: Path) -> None:
    twin = write_twin(write_tiny(tmp_path / "tiny.gguf"), tmp_path)
    with Probe(log_dir=log_dir) as probe:
        [exact] = probe.dry_run(twin, OPTIONS).devices
    with Probe(log_dir=log_dir, command=[sys.executable, "-c", WITHOUT_BOOKS]) as probe:
        assert not probe.build().exact_memory
        dry_run = probe.dry_run(twin, OPTIONS)
    [told] = dry_run.devices
    assert dry_run.basis == "formulas"
    assert abs(told.compute_bytes - exact.compute_bytes) < 10_000  # printed to 0.01 MiB
    assert told.work_bytes == exact.work_bytes
    assert told.weights_bytes == 0


def test_without_books_a_plan_takes_weights_and_kv_cache_from_formulas(
    log_dir: Path, tmp_path: Path
) -> None:
    subject = read_subject(write_tiny(tmp_path / "tiny.gguf"))
    found = []
    for command in (None, [sys.executable, "-c", WITHOUT_BOOKS]):
        with Probe(log_dir=log_dir, command=command) as probe:
            build = probe.build()
            machine = Machine(replace(detect(), devices=build.devices), build)
            with DryRuns(probe, build, tmp_path / "kept") as dry_runs:
                best = (
                    Advisor(machine, Experience(), dry_runs).advise([subject], Wish()).ranking.best
                )
        assert best is not None
        found.append(best)
    exact, by_formulas = found
    assert (exact.memory.basis, by_formulas.memory.basis) == ("llama.cpp", "formulas")
    ram, formula_ram = exact.memory.devices[0], by_formulas.memory.devices[0]
    assert formula_ram.weights_bytes == ram.weights_bytes
    assert formula_ram.kv_cache_bytes == ram.kv_cache_bytes
    assert abs(formula_ram.compute_bytes - ram.compute_bytes) < 10_000
