"""`yi show`: what a model is, under whatever name."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.own_home import hugging_face, own_home
from tests.hub.stores_on_disk import COMMIT, in_hub_cache, pointer_text, write_gguf
from tests.tiny_gguf import CHATML, write_tiny

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]
REPO = "bartowski/Yi-1.5-9B-Chat-GGUF"


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return own_home(environ, tmp_path)


@pytest.fixture
def healthy(tmp_path: Path) -> Path:
    metadata = {"general.license": "apache-2.0", "general.file_type": 1}
    return write_tiny(tmp_path / "healthy.F16.gguf", metadata=metadata)


def words(done: "subprocess.CompletedProcess[bytes]") -> str:
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.decode().split())


def test_a_path_tells_what_the_header_says(yi: Yi, healthy: Path) -> None:
    said = words(yi("show", str(healthy)))
    assert 'It calls itself "Tiny Chat".' in said
    assert "architecture llama" in said
    assert "layers 2" in said
    assert "context 512 tokens, as trained" in said
    assert "quant F16, 16.05 bits per weight" in said
    assert "16 in F16" in said
    assert "the file's own" in said
    assert "licence apache-2.0, the file says" in said
    assert "No known defects." in said


def test_the_template_alone_can_be_piped(yi: Yi, healthy: Path) -> None:
    assert yi("show", str(healthy), "--template").stdout.decode() == CHATML + "\n"


def test_each_known_defect_comes_with_its_repair(yi: Yi, tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "bad.gguf", template=None)
    said = words(yi("show", str(path)))
    assert "ours, for the file has none" in said
    assert "Known defects" in said
    assert "The ChatML template is used" in said
    assert "(template-missing)" in said


def test_json_has_header_places_and_catalogue(yi: Yi, tmp_path: Path) -> None:
    link = in_hub_cache(hugging_face(tmp_path), REPO, "Yi-1.5-9B-Chat-Q4_K_M.gguf")
    done = yi("show", f"{REPO}:q4_k_m", "--json")
    found = json.loads(done.stdout)
    assert found["repo_id"] == REPO
    assert found["commit"] == COMMIT
    assert found["places"][0]["paths"] == [str(link)]
    assert found["header"]["n_layer"] == 2
    assert found["header"]["n_vocab"] is None
    assert found["catalogue"]["id"] == "yi-1.5-9b-chat"
    assert found["catalogue"]["sampling"]["temperature"] == 0.7


@pytest.mark.parametrize("name", ["yi-1.5-9b-chat", "yi-1.5-9b-chat:Q4_K_M", REPO, "hf://" + REPO])
def test_a_catalogue_id_and_a_repository_find_what_is_here(
    yi: Yi, tmp_path: Path, name: str
) -> None:
    in_hub_cache(hugging_face(tmp_path), REPO, "Yi-1.5-9B-Chat-Q4_K_M.gguf")
    said = words(yi("show", name))
    assert "Chat in English and Chinese" in said
    assert "licence Apache-2.0 https" in said
    assert f"from {REPO} (huggingface), commit {COMMIT}" in said
    assert "temperature 0.7" in said


def test_two_quants_are_a_question(yi: Yi, tmp_path: Path) -> None:
    for number, quant in enumerate(("Q4_K_M", "Q8_0"), 1):
        in_hub_cache(hugging_face(tmp_path), REPO, f"Yi-1.5-9B-Chat-{quant}.gguf", number)
    for name in (REPO, "yi-1.5-9b-chat"):
        done = yi("show", name)
        assert done.returncode == 2
        assert f"{REPO}:Q8_0".encode() in done.stderr
    assert yi("show", "yi-1.5-9b-chat:Q8_0").returncode == 0


@pytest.mark.model
def test_the_demo_model_is_known_to_the_catalogue(yi: Yi) -> None:
    said = words(yi("show", "demo"))
    assert "SmolLM2-135M-Instruct: Very small" in said
    assert "languages English" in said
    assert "parameters 134,515,008" in said


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("yi-1.5-6b-chat", b"yi pull yi-1.5-6b-chat"),
        ("owner/repo:Q4_K_M", b"yi pull owner/repo:Q4_K_M"),
        ("whisper", b"yi list"),
        ("./none.gguf", b"Check the path"),
    ],
)
def test_what_is_not_here_is_exit_code_3_with_the_next_step(yi: Yi, name: str, hint: bytes) -> None:
    done = yi("show", name)
    assert (done.returncode, done.stdout) == (3, b"")
    assert hint in done.stderr


def test_a_mistyped_name_gets_a_suggestion(yi: Yi, tmp_path: Path) -> None:
    in_hub_cache(hugging_face(tmp_path), REPO, "Yi-1.5-9B-Chat-Q4_K_M.gguf")
    assert f"Did you mean {REPO}:Q4_K_M?".encode() in yi("show", "bartowsk").stderr


def test_a_folder_names_its_files(yi: Yi, healthy: Path) -> None:
    done = yi("show", str(healthy.parent))
    assert done.returncode == 3
    assert b"Name a file in it: healthy.F16.gguf" in done.stderr


def test_a_pointer_is_shown_and_exit_code_4(yi: Yi, tmp_path: Path) -> None:
    path = tmp_path / "yi.gguf"
    path.write_text(pointer_text(b"x"))
    done = yi("show", str(path))
    assert done.returncode == 4
    assert b"File" in done.stdout
    assert b"Git-LFS pointer" in done.stderr


def test_a_vision_part_is_no_model(yi: Yi, tmp_path: Path) -> None:
    done = yi("show", str(write_gguf(tmp_path / "mmproj-yi.gguf")))
    assert done.returncode == 4
    assert b"vision part" in done.stderr


def test_hostile_metadata_cannot_draw_on_a_terminal(yi: Yi, tmp_path: Path) -> None:
    metadata = {"general.name": "Evil\x1b[2J\nFile", "general.license": "a\x1b]0;x\x07b"}
    done = yi("show", str(write_tiny(tmp_path / "a.gguf", metadata=metadata)))
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    assert b'"Evil[2J File"' in done.stdout
