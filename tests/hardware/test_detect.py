"""This very machine."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from yi_local.hardware import detect_elsewhere, psutil_facts
from yi_local.hardware.detect import detect
from yi_local.hardware.files import Files
from yi_local.hardware.snapshot import Memory

ROOT = Path(__file__).resolve().parent.parent.parent

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_this_machine_is_plausible() -> None:
    here = detect()
    assert here.system == platform.system()
    assert here.devices == ()
    assert here.memory.total_bytes is not None
    assert 256 << 20 < here.memory.total_bytes <= psutil.virtual_memory().total
    assert here.memory.available_bytes is not None
    assert 0 < here.memory.available_bytes <= here.memory.total_bytes
    assert here.cpu.logical_cores is not None
    assert 1 <= here.cpu.logical_cores <= (os.cpu_count() or 1)
    if here.cpu.architecture in ("x86_64", "arm64"):
        assert {"SSE3", "NEON"} & set(here.cpu.simd)


@linux_only
def test_this_machine_agrees_with_its_own_books() -> None:
    here = detect()
    assert here.cpu.logical_cores is not None
    assert here.cpu.logical_cores <= len(os.sched_getaffinity(0))
    if here.memory.limit is None:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        [total] = [line.split()[1] for line in lines if line.startswith("MemTotal:")]
        assert here.memory.total_bytes == 1024 * int(total)
        close = psutil.virtual_memory().available
        assert here.memory.available_bytes == pytest.approx(close, rel=0.1)


@linux_only
def test_a_narrower_affinity_is_seen() -> None:
    one = min(os.sched_getaffinity(0))
    script = (
        f"import os; os.sched_setaffinity(0, {{{one}}})\n"
        "from yi_local.hardware.detect import detect\n"
        "print(detect().cpu.logical_cores)"
    )
    assert python("-c", script).stdout == "1\n"


@linux_only
def test_detection_is_light_where_there_is_no_nvidia_gpu() -> None:
    if any(gpu.vendor == "nvidia" for gpu in detect().gpus):
        pytest.skip("there is one")
    script = (
        "import sys\nfrom yi_local.hardware.detect import detect\ndetect()\n"
        "print(*{'psutil', 'pynvml', 'subprocess', 'ctypes', 'platform'} & sys.modules.keys())"
    )
    assert python("-c", script).stdout == "\n"


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)


def test_files_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_bytes(b"MemTotal: \xff kB\n")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    files = Files(str(tmp_path))
    assert files.text("/text") == "MemTotal: \N{REPLACEMENT CHARACTER} kB\n"
    assert files.text("/gone") is None
    assert files.text("/folder") is None
    assert files.names("/") == ("folder", "link", "text")
    assert files.names("/text") == ()
    assert files.link_target("/link") == "folder"
    assert files.link_target("/text") is None
    assert files.exists("/text")
    assert not files.exists("/gone")


def test_psutil_serves_any_other_system() -> None:
    here, there = detect(), detect_elsewhere.detect_elsewhere()
    assert there.system == here.system
    assert there.cpu.architecture == here.cpu.architecture
    assert there.memory.total_bytes == psutil.virtual_memory().total
    assert there.cpu.logical_cores is not None
    assert there.gpus == ()


def test_where_psutil_fails_all_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "virtual_memory", fail)
    monkeypatch.setattr(psutil, "cpu_count", fail)
    assert psutil_facts.memory() == Memory(None, None)
    assert psutil_facts.physical_cores() is None
