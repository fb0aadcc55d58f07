"""yi_local.paths: where things live."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from yi_local import paths

ALL = [paths.config_dir, paths.data_dir, paths.log_dir, paths.runtime_dir]


def test_one_variable_puts_everything_into_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path))
    names = ["config", "data", "logs", "run"]
    assert [path() for path in ALL] == [tmp_path / name for name in names]


def test_a_relative_home_stays_where_it_is_when_the_program_changes_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YI_LOCAL_HOME", "here")
    assert paths.data_dir() == tmp_path / "here" / "data"


@pytest.mark.parametrize("value", ["", None])
@pytest.mark.parametrize("path", ALL)
def test_without_it_the_folders_of_the_system_are_used(
    path: Callable[[], Path], value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv("YI_LOCAL_HOME", raising=False)
    else:
        monkeypatch.setenv("YI_LOCAL_HOME", value)
    assert path().is_absolute()
    assert "yi_local" in path().parts


@pytest.mark.parametrize("path", ALL)
def test_asking_creates_nothing(
    path: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "home"))
    path()
    assert not (tmp_path / "home").exists()


def test_a_home_of_ones_own_needs_no_library(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from yi_local import paths\n"
        "paths.log_dir()\n"
        "sys.exit('platformdirs' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)  # YI_LOCAL_HOME is set
    assert done.returncode == 0
