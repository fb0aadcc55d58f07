"""The catalogue inside the wheel, read as an installed program reads it."""

import subprocess
import sys
import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
COUNT = "from yi_local.catalogue import read_catalogue as r; print(len(r().models), r().problems)"


def test_an_installed_wheel_reads_its_own_catalogue(tmp_path: Path) -> None:
    [path] = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(path) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
        archive.extractall(tmp_path / "site")
    for file in (ROOT / "models").glob("*.toml"):
        assert packed[f"yi_local/models/{file.name}"] == file.read_bytes()
    command = [sys.executable, "-c", COUNT]
    done = subprocess.run(
        command, cwd=tmp_path / "site", capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    count, found = done.stdout.split(maxsplit=1)
    assert int(count) >= 29
    assert found == "()\n"
