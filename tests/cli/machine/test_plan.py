"""`yi plan`, with a stand-in for llama.cpp: a layer is a GiB, a token 64 KiB of f16."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tiny_gguf import write_smallest, write_tiny
from yi_local.cli.table import table
from yi_local.text import shortened, width_of

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three quants, a vision part, and a file that is none."""
    models = tmp_path / "models"
    models.mkdir()
    for quant, file_type in (("Q4_K_M", 15), ("Q8_0", 7), ("Q6_K", 18)):
        write_smallest(models / f"yi.{quant}.gguf", file_type=file_type)
    (models / "mmproj-yi.gguf").write_bytes(b"GGUF")
    (models / "note.gguf").write_text("<html></html>")
    return models


def text(done: "subprocess.CompletedProcess[bytes]") -> str:
    return done.stdout.decode()


def test_one_file_is_a_table_of_one_row_with_reasons(yi: Yi, model: str) -> None:
    done = yi("plan", model, "--ram", "12G")
    assert (done.returncode, done.stderr) == (0, b"")
    [row] = [line for line in text(done).splitlines() if line.startswith(">")]
    assert "Q4_K_M" in row
    assert "16,384" in row
    assert "best here" in row
    assert "12.0 GiB of RAM free, no GPU that llama.cpp can use" in text(done)
    assert "(estimated from memory bandwidth)" in " ".join(text(done).split())


def test_a_folder_is_compared_and_what_is_no_model_is_told(yi: Yi, folder: Path) -> None:
    said = text(yi("plan", str(folder), "--ram", "12G"))
    lines = said.splitlines()
    assert sum(line.startswith(">") for line in lines) == 1
    assert sum(any(q in line for q in ("Q4_K_M  ", "Q8_0  ", "Q6_K  ")) for line in lines) >= 3
    assert "note.gguf: " in said
    assert "web page" in said
    assert "mmproj" not in said


def test_nothing_that_fits_is_exit_code_4_with_what_is_missing(yi: Yi, folder: Path) -> None:
    done = yi("plan", str(folder), "--ram", "2G")
    assert done.returncode == 4
    assert "needs 1.9 GiB more" in text(done)
    assert b"None of these fits here." in done.stderr


def test_a_gpu_has_its_own_columns(yi: Yi, model: str) -> None:
    done = yi("plan", model, worker=["--gpu", "8"])
    said = text(done)
    assert "8.0 GiB free on a fake gpu (CUDA0)" in said
    [row] = [line for line in said.splitlines() if line.startswith(">")]
    assert "3/3" in row


def test_what_if_asks_llama_cpp_about_a_gpu_that_is_there(yi: Yi, model: str) -> None:
    done = yi("plan", model, "--gpu-memory", "3G", worker=["--gpu", "8"])
    [row] = [line for line in text(done).splitlines() if line.startswith(">")]
    assert "2/3" in row
    assert "best here" in row


def test_what_if_works_without_a_gpu_by_formulas(yi: Yi, tmp_path: Path) -> None:
    model = write_tiny(tmp_path / "tiny.gguf")
    said = text(yi("plan", str(model), "--gpu-memory", "4G"))
    assert "a GPU that is not here" in said
    assert "memory by formulas" in said


def test_json_has_every_number(yi: Yi, folder: Path) -> None:
    found = json.loads(yi("plan", str(folder), "--ram", "12G", "--json").stdout)
    assert found["chosen"]["fits"]
    assert found["chosen"]["options"]["n_ctx"] == 16384
    assert {plan["file"]["quant"] for plan in found["plans"]} == {"Q4_K_M", "Q8_0", "Q6_K"}
    assert sum(plan["chosen"] for plan in found["plans"]) == 1
    [ram] = found["chosen"]["memory"]["devices"]
    assert ram["need_bytes"] > 3 << 30
    assert ram["free_bytes"] == 12 << 30
    assert found["chosen"]["decode"]["basis"] == "from memory bandwidth"
    assert [refused["name"] for refused in found["refused"]] == ["note.gguf"]
    assert found["contexts"][0]["n_ctx"] == 4096


def test_a_long_context_is_priced_step_by_step(yi: Yi, tmp_path: Path) -> None:
    model = write_smallest(tmp_path / "yi-200k.Q4_K_M.gguf", n_ctx_train=200_000)
    said = text(yi("plan", str(model), "--ram", "12G"))
    prices = said.partition("What each context takes")[2]
    assert [line.split()[0] for line in prices.splitlines()[2:]] == [
        "4,096", "8,192", "16,384", "32,768", "65,536", "131,072", "200,000",
    ]  # fmt: skip
    assert "too much" in prices


def test_an_exact_context_is_kept_or_refused(yi: Yi, model: str) -> None:
    assert "30,000" in text(yi("plan", model, "--ctx", "30000", "--ram", "12G"))
    assert yi("plan", model, "--ctx", "300000", "--ram", "12G").returncode == 4


def test_a_slow_machine_is_told_so(yi: Yi, model: str) -> None:
    said = text(yi("plan", model, "--ram", "12G", worker=["--slow"]))
    assert "fits, slow" in said
    assert "below the 8 wished for" in said


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["plan"], 2, "MODEL"),
        (["plan", "nonsense"], 3, "There is no model"),
        (["plan", "./none.gguf"], 3, "There is no file"),
        (["plan", ".", "--ram", "much"], 2, "is not a size, as in 8G"),
        (["plan", "demo", "--gpu-layers", "9"], 4, "finds 0 GPUs"),
    ],
)
def test_errors_say_what_to_do(yi: Yi, argv: list[str], code: int, words: str) -> None:
    done = yi(*argv)
    assert (done.returncode, done.stdout) == (code, b"")
    assert words in done.stderr.decode()
    assert b"hint: " in done.stderr


def test_an_empty_folder_is_told(yi: Yi, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = yi("plan", str(tmp_path / "empty"))
    assert done.returncode == 3
    assert b"without a .gguf file" in done.stderr


def test_a_plan_imports_none_of_the_heavy_five(model: str, environ: dict[str, str]) -> None:
    """The real probe: llama.cpp is loaded in its own process alone."""
    entry = "import sys; from yi_local.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-X", "importtime", "-c", entry, "plan", model, "--gpu-memory", "4G"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    report = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in report}
    assert "yi_local" in imported
    assert imported.isdisjoint({"textual", "llama_cpp", "numpy", "huggingface_hub", "gguf"})


# The table


def test_chinese_names_keep_the_columns() -> None:
    lines = table(["name", "size"], [["零一万物", "1"], ["yi", "200"]], left=(0,)).splitlines()
    assert {width_of(line) for line in lines} == {len("零一万物") * 2 + 2 + 4}


@pytest.mark.parametrize("width", [1, 2, 5, 9, 40])
def test_long_names_lose_their_middle(width: int) -> None:
    for name in ("yi-1.5-34b-chat-16k.Q4_K_M", "零一万物对话模型-六十亿.Q4_K_M", "", "e\u0301" * 9):
        short = shortened(name, width)
        assert width_of(short) <= max(width, 0)
        assert short == name or "…" in short
