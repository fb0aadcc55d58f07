"""`yi verify`: whole, damaged, or nobody knows."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.own_home import hugging_face, ollama, own_home
from tests.hub.stores_on_disk import in_hub_cache, in_ollama, pointer_text, sha256, write_gguf

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return own_home(environ, tmp_path)


def damage(path: Path) -> None:
    """In its weights, so that the header still reads."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.resolve().write_bytes(data)


def test_a_whole_file_of_the_cache_is_said_to_be_whole(yi: Yi, tmp_path: Path) -> None:
    in_hub_cache(hugging_face(tmp_path), "o/whole", "a.Q8_0.gguf")
    done = yi("verify", "o/whole")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"o/whole:Q8_0 (Hugging Face): whole" in done.stdout


def test_a_flipped_bit_is_exit_code_1_with_the_commands_that_mend_it(
    yi: Yi, tmp_path: Path
) -> None:
    link = in_hub_cache(hugging_face(tmp_path), "o/bad", "a.Q8_0.gguf")
    wanted = sha256(link)
    damage(link)
    done = yi("verify", "o/bad")
    assert done.returncode == 1
    assert f"measured {sha256(link)}".encode() in done.stdout
    assert f"should be {wanted}".encode() in done.stdout
    assert b"yi rm o/bad:Q8_0 && yi pull o/bad:Q8_0" in done.stderr


def test_a_damaged_file_of_another_program_is_left_to_it(yi: Yi, tmp_path: Path) -> None:
    damage(in_ollama(ollama(tmp_path), "library/llama3/8b"))
    done = yi("verify", "llama3:8b")
    assert done.returncode == 1
    assert b"with the program that keeps it" in done.stderr
    assert b"yi rm" not in done.stderr


def test_where_nobody_says_what_it_should_be_the_hash_is_told(yi: Yi, tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "mine.gguf")
    done = yi("verify", str(path))
    assert done.returncode == 0
    assert b"nobody says what it should be" in done.stdout
    assert sha256(path).encode() in done.stdout


@pytest.mark.model
def test_the_demo_model_is_the_catalogues(yi: Yi) -> None:
    done = yi("verify", "demo")
    assert done.returncode == 0
    assert b"demo (pip): whole" in done.stdout


@pytest.mark.model
def test_all_checks_every_copy_and_no_pointer(yi: Yi, tmp_path: Path) -> None:
    in_hub_cache(hugging_face(tmp_path), "o/one", "a.Q8_0.gguf", 1)
    damage(in_ollama(ollama(tmp_path), "library/one/8b", 1))
    cut = write_gguf(tmp_path / "mine" / "cut.gguf", 3)
    cut.write_bytes(cut.read_bytes()[:-9])
    (tmp_path / "mine" / "pointer.gguf").write_text(pointer_text(b"x"))
    assert yi("adopt", str(tmp_path / "mine")).returncode == 0
    done = yi("verify", "--all", "--json")
    models: list[dict[str, Any]] = json.loads(done.stdout)["models"]
    outcomes: dict[str, set[str]] = {}
    for each in models:
        outcomes.setdefault(each["name"], set()).add(each["outcome"])
    assert done.returncode == 1
    assert outcomes["demo"] == {"whole"}
    assert outcomes["cut"] == {"unloadable"}
    assert outcomes["o/one:Q8_0"] == {"whole", "damaged"}
    assert "pointer" not in outcomes


def test_a_pointer_that_is_named_is_refused(yi: Yi, tmp_path: Path) -> None:
    path = tmp_path / "p.gguf"
    path.write_text(pointer_text(b"x"))
    done = yi("verify", str(path))
    assert done.returncode == 1
    assert b"Git-LFS pointer" in done.stderr


@pytest.mark.parametrize("argv", [(), ("demo", "--all")])
def test_either_models_or_all_must_be_named(yi: Yi, argv: tuple[str, ...]) -> None:
    assert yi("verify", *argv).returncode == 2


@pytest.mark.model
def test_a_terminal_sees_how_far_it_is(terminal: Callable[..., Any]) -> None:
    screen = terminal("verify", "demo", stdout=subprocess.DEVNULL)
    assert screen.end() == 0
    assert "Checking: " in screen.seen
    assert screen.seen.endswith("\r")


@pytest.mark.model
def test_ctrl_c_ends_it_cleanly(terminal: Callable[..., Any]) -> None:
    screen = terminal("verify", "demo")
    screen.expect("Checking: ")
    screen.type("\x03")
    code = screen.end()
    assert code in (130, 0)  # it may have been done already
    assert "error" not in screen.seen
    assert "Traceback" not in screen.seen
