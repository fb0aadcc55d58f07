"""A whole checkup, in this process: nothing that is broken keeps it from seeing the rest."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from yi_local import __version__, paths
from yi_local.assistant.doctor import gather as doctor_module
from yi_local.assistant.doctor.build_features import by_backend
from yi_local.assistant.doctor.checkup import Checkup, LearntSpeed, Residual
from yi_local.assistant.doctor.gather import check_up
from yi_local.assistant.doctor.installation import Installation, read_installation
from yi_local.assistant.planning import machine as machine_module
from yi_local.assistant.planning.experience import LoadRecord
from yi_local.hardware.snapshot import Cpu, Hardware, Memory
from yi_local.planner.lessons import Lesson

MIB, GIB = 1 << 20, 1 << 30
FAKE = Path(__file__).parents[2] / "fake_worker.py"

CheckUp = Callable[..., Checkup]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def checked(home: Path) -> CheckUp:
    """Offline, with the fake worker, or with another program instead of it."""

    def check(*worker: str, script: str | None = None, steps: list[Any] | None = None) -> Checkup:
        program = ["-c", script] if script is not None else [str(FAKE), *worker]
        return check_up(
            {"HF_HUB_CACHE": str(home / "hub")},
            lambda *step: steps.append(step) if steps is not None else None,
            offline=True,
            engine_command=[sys.executable, *program],
        )

    return check


def keep_experience(loads: list[LoadRecord], lessons: list[Lesson]) -> None:
    path = paths.data_dir() / "experience.json"
    path.parent.mkdir(parents=True)
    facts = {"loads": [asdict(load) for load in loads], "lessons": list(map(asdict, lessons))}
    path.write_text(json.dumps(facts | {"ram_bandwidth_bytes_s": 4.2e10}), "utf-8")


def as_if(monkeypatch: pytest.MonkeyPatch, **facts: Any) -> None:
    """Changes what is read of the installation."""
    real = read_installation("~/python")
    changed = Installation(**asdict(real) | facts)
    monkeypatch.setattr(doctor_module, "read_installation", lambda _: changed)


# All that works


def test_a_checkup_has_everything(checked: CheckUp, monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = Cpu("a CPU", "x86_64", 8, 8, None, ("AVX2",))
    box = Hardware("Linux", Memory(16 * GIB, 12 * GIB), cpu)
    for module in (doctor_module, machine_module):
        monkeypatch.setattr(module, "detect", lambda: box)
    found = checked("--gpu", "8")
    assert found.yi_local == __version__
    assert found.build is not None
    assert found.build.backends == ("CUDA", "CPU")
    assert [device.name for device in found.hardware.devices] == ["CUDA0", "CPU"]
    assert found.hardware.memory == replace(
        box.memory, bandwidth_bytes_s=4e10, bandwidth_measured=True
    )
    assert found.findings == ()
    assert found.hub.why == "Offline."
    assert found.residuals == ()
    assert found.speeds == ()


def test_each_step_is_told_before_it_is_taken(checked: CheckUp) -> None:
    steps: list[Any] = []
    checked(steps=steps)
    assert steps == [
        ("looking at the machine", 0, 3),
        ("asking llama.cpp", 1, 3),
        ("asking the Hub", 2, 3),
    ]


def test_llama_cpp_is_asked_anew_whatever_was_known(checked: CheckUp, home: Path) -> None:
    assert checked().build
    [known] = (home / "cache").glob("llama-cpp-build.json")
    known.write_text(known.read_text("utf-8").replace("AVX2", "NEON"), "utf-8")
    found = checked()
    assert found.build is not None
    assert "CPU : AVX2 = 1" in found.build.features


def test_the_places_are_judged_and_none_is_made(checked: CheckUp, home: Path) -> None:
    places = {place.name: place for place in checked().places}
    assert list(places) == ["settings", "data", "cache", "logs", "Hugging Face"]
    assert places["settings"].path == str(home / "config")
    assert places["Hugging Face"].path == str(home / "hub")
    assert not places["Hugging Face"].exists
    assert not (home / "hub").exists()
    assert places["logs"].exists  # the engine has written there
    assert all(place.writable for place in places.values())
    assert all(place.free_bytes for place in places.values())


# Memory and speed


def test_residuals_have_their_smallest_their_largest_and_the_margin(checked: CheckUp) -> None:
    loads = [
        LoadRecord("CPU", 1000 * MIB, 990 * MIB),
        LoadRecord("CUDA", 4000 * MIB, 6100 * MIB),
        LoadRecord("CPU", 2000 * MIB, 2007 * MIB),
    ]
    lessons = [Lesson("CPU", 2e10, None), Lesson("CUDA", 9e11, 3e13)]
    keep_experience(loads, lessons)
    found = checked("--gpu", "8")
    cpu, cuda = found.residuals
    assert cpu == Residual(
        "CPU", 2, -10 * MIB, 7 * MIB, 2000 * MIB, 2007 * MIB, margin_bytes=cpu.margin_bytes
    )
    assert cpu.margin_bytes >= 512 * MIB
    assert (cuda.n_loads, cuda.smallest_bytes, cuda.largest_bytes) == (1, 2100 * MIB, 2100 * MIB)
    assert cuda.margin_bytes == 2100 * MIB  # what once went beyond the prediction may do so again
    assert found.speeds == (LearntSpeed("CPU", 2e10, None), LearntSpeed("CUDA", 9e11, 3e13))


def test_a_gpu_that_has_gone_still_has_its_residuals(checked: CheckUp) -> None:
    keep_experience([LoadRecord("ROCm", GIB, GIB + 3)], [])
    [rocm] = checked().residuals
    assert (rocm.backend, rocm.largest_bytes) == ("ROCm", 3)
    assert rocm.margin_bytes == 384 * MIB


# All that can be broken

REFUSES = """
import json, sys
request = json.loads(sys.stdin.readline())
print(json.dumps({"event": "error", "id": request["id"], "kind": "cannot_load",
                  "message": "llama-cpp-python is not installed, so no model can run.",
                  "hint": None}), flush=True)
sys.stdin.readline()
"""


def test_a_missing_llama_cpp_python_is_a_finding(
    checked: CheckUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if(monkeypatch, llama_cpp_python=None)
    found = checked(script=REFUSES)
    assert found.build is None
    [finding] = found.findings
    assert finding.problem == "llama-cpp-python is not installed, so no model can run."
    assert finding.remedy_command is not None
    assert found.hardware.memory.total_bytes
    assert found.places


def test_an_engine_that_breaks_down_is_a_finding(
    checked: CheckUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if(monkeypatch, llama_cpp_python="0.3.36", backends=())
    home = Path.home()
    found = checked(script=f"import sys; print('at {home}/x', file=sys.stderr); sys.exit(3)")
    assert found.build is None
    [finding] = found.findings
    assert "exit code 3" in finding.explanation
    assert "at ~/x" in finding.explanation
    assert found.hardware.devices == ()


def test_a_folder_for_logs_that_cannot_be_made_is_a_finding(
    checked: CheckUp, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if(monkeypatch, llama_cpp_python="0.3.36")
    home.write_text("a file where the folder should be")
    found = checked()
    [finding] = found.findings
    assert "could not be started: Not a directory" in finding.explanation
    assert not any(place.writable for place in found.places if place.name != "Hugging Face")


# What is read of the installation


def test_the_installation_is_this_one() -> None:
    here = read_installation("~/python")
    assert here.python == ".".join(map(str, sys.version_info[:3]))
    assert here.executable == "~/python"
    assert here.virtual_environment == (sys.prefix != sys.base_prefix)
    assert here.llama_cpp_python is not None
    assert here.architecture in ("x86_64", "arm64")
    assert (here.glibc is not None) == (here.system == "Linux")


def test_the_backends_are_told_by_the_names_of_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "llama_cpp" / "lib"
    folder.mkdir(parents=True)
    (tmp_path / "llama_cpp" / "__init__.py").write_text("raise RuntimeError('it was imported')")
    for name in ("libllama.so", "libggml-cpu.so", "libggml-cuda.so", "ggml-vulkan.dll"):
        (folder / name).touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "llama_cpp", raising=False)
    assert read_installation("python").backends == ("CUDA", "Vulkan")


def test_the_features_are_told_by_their_backends() -> None:
    line = ("CUDA : ARCHS = 750,890", "USE_GRAPHS = 1", "CPU : AVX = 1", "AVX2 = 0", "REPACK = 1")
    assert by_backend(line) == {
        "CUDA": ("ARCHS=750,890", "USE_GRAPHS"),
        "CPU": ("AVX", "REPACK"),
    }
    assert by_backend(("nothing | known", "")) == {}
