"""`yi adopt`: a folder is remembered, nothing is moved."""

import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.own_home import hugging_face, own_home, settings
from tests.hub.stores_on_disk import COMMIT, in_hub_cache, pointer_text, write_gguf

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return own_home(environ, tmp_path)


def remembered(tmp_path: Path) -> list[str]:
    if not settings(tmp_path).exists():
        return []
    found: list[str] = tomllib.loads(settings(tmp_path).read_text())["model_folders"]
    return found


def listed(yi: Yi) -> set[str]:
    return {each["name"] for each in json.loads(yi("list", "--json").stdout)["models"]}


def checkout(folder: Path, url: str, **models: bytes) -> Path:
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text(COMMIT + "\n")
    (folder / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {url}\n')
    for name, content in models.items():
        (folder / f"{name}.gguf").write_text(pointer_text(content))
    return folder


def test_a_folder_is_remembered_once_and_then_listed(yi: Yi, tmp_path: Path) -> None:
    folder = tmp_path / "模型"
    write_gguf(folder / "a.Q4_K_M.gguf", 1)
    write_gguf(folder / "deep" / "b.gguf", 2)
    done = yi("adopt", str(folder))
    assert done.returncode == 0
    assert b"a.Q4_K_M" in done.stdout
    assert b"is remembered" in done.stderr
    assert {"a.Q4_K_M", "b"} <= listed(yi)
    again = yi("adopt", f"{folder}/")
    assert again.returncode == 0
    assert b"was known already" in again.stderr
    assert yi("adopt", str(folder / "deep")).returncode == 0
    assert remembered(tmp_path) == [str(folder)]


def test_one_file_can_be_adopted_alone(yi: Yi, tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "mine" / "a.gguf", 1)
    write_gguf(tmp_path / "mine" / "b.gguf", 2)
    assert yi("adopt", str(path)).returncode == 0
    assert "a" in listed(yi)
    assert "b" not in listed(yi)


def test_pointers_of_a_checkout_are_told_with_size_and_source(yi: Yi, tmp_path: Path) -> None:
    url = "https://somebody:secret@huggingface.co/o/Yi-GGUF"
    folder = checkout(tmp_path / "Yi-GGUF", url, **{"yi.Q4_K_M": b"x" * 2000, "yi.Q8_0": b"y"})
    done = yi("adopt", str(folder))
    rows = [line.split() for line in done.stdout.decode().splitlines()]
    assert ["yi.Q4_K_M.gguf", "2.0", "kB", "o/Yi-GGUF"] in rows
    assert f"yi pull {folder}/yi.Q4_K_M.gguf".encode() in done.stderr
    assert b"secret" not in done.stdout + done.stderr


def test_json_has_all_that_fetching_in_place_needs(yi: Yi, tmp_path: Path) -> None:
    here = in_hub_cache(hugging_face(tmp_path), "o/Yi-GGUF", "yi.Q8_0.gguf")
    content = here.read_bytes()
    folder = checkout(tmp_path / "c", "git@hf.co:o/Yi-GGUF", **{"yi.Q8_0": content, "z": b"z"})
    found = json.loads(yi("adopt", str(folder), "--json").stdout)
    assert found["remembered"] == [str(folder)]
    by_name: dict[str, Any] = {each["filename"]: each for each in found["pointers"]}
    assert by_name["yi.Q8_0.gguf"]["here"] == str(here)
    assert by_name["yi.Q8_0.gguf"]["repo_id"] == "o/Yi-GGUF"
    assert by_name["yi.Q8_0.gguf"]["commit"] == COMMIT
    assert by_name["yi.Q8_0.gguf"]["size_bytes"] == len(content)
    assert by_name["z.gguf"]["here"] is None


def test_a_store_of_another_program_need_not_be_remembered(yi: Yi, tmp_path: Path) -> None:
    in_hub_cache(hugging_face(tmp_path), "o/a", "a.Q8_0.gguf")
    done = yi("adopt", str(hugging_face(tmp_path)))
    assert done.returncode == 0
    assert b"yi list shows them already" in done.stderr
    assert remembered(tmp_path) == []


def test_what_holds_no_model_is_refused_and_not_remembered(yi: Yi, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").write_text("x")
    for name, code in (("empty", 3), ("note.txt", 4), ("none", 3)):
        assert yi("adopt", str(tmp_path / name)).returncode == code
    assert remembered(tmp_path) == []


def test_broken_settings_are_not_overwritten(yi: Yi, tmp_path: Path) -> None:
    write_gguf(tmp_path / "mine" / "a.gguf")
    settings(tmp_path).parent.mkdir(parents=True)
    settings(tmp_path).write_text("oops\n")
    assert yi("adopt", str(tmp_path / "mine")).returncode == 2
    assert settings(tmp_path).read_text() == "oops\n"
