"""`yi pull`, `search`, `outdated`, `plan` and `run` of what is not here, with a stand-in Hub."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stand_in_hub.hub import StandInHub
from tests.stand_in_hub.repository import pointer
from tests.tiny_gguf import write_smallest

Yi = Callable[..., "subprocess.CompletedProcess[bytes]"]
REPO = "maker/Yi-Tiny-GGUF"
QUANTS = {"Q4_K_M": 15, "Q6_K": 18, "Q8_0": 7}


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[StandInHub]:
    with StandInHub() as hub:
        hub.add_repo(REPO, models(tmp_path) | {"README.md": b"# hello", "mmproj-a.gguf": b"GGUF"})
        yield hub


def models(folder: Path, extra: bytes = b"") -> dict[str, Any]:
    """`extra` makes other content of the same name."""
    found = {}
    for quant, file_type in QUANTS.items():
        path = write_smallest(folder / f"yi-tiny.{quant}.gguf", file_type=file_type)
        found[path.name] = path.read_bytes() + extra
        path.unlink()
    return found


@pytest.fixture
def environ(environ: dict[str, str], stand_in: StandInHub, tmp_path: Path) -> dict[str, str]:
    """A home of its own: no model, token or proxy of whoever runs this."""
    kept = {
        k: v for k, v in environ.items() if not k.lower().endswith("_proxy") and k != "HF_TOKEN"
    }
    return kept | {
        "HOME": str(tmp_path / "person"),
        "HF_HOME": str(tmp_path / "hf"),
        "HF_ENDPOINT": stand_in.endpoint,
        "MODELSCOPE_DOMAIN": stand_in.modelscope_endpoint,
    }


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "hf" / "hub"


def weights_sent(hub: StandInHub) -> int:
    """Files that were sent whole; headers are read by range."""
    return sum(seen.status == 200 and seen.origin == "cdn" for seen in hub.requests)


# pull


def test_a_pull_takes_what_this_machine_does_best_with(
    yi: Yi, stand_in: StandInHub, cache: Path
) -> None:
    done = yi("pull", REPO)
    assert done.returncode == 0, done.stderr.decode()
    path = Path(done.stdout.decode().strip())
    assert path.is_file()
    assert path.is_relative_to(cache)
    assert path.read_bytes()[:4] == b"GGUF"
    assert "Read 3 headers of maker/Yi-Tiny-GGUF: " in done.stderr.decode()


def test_a_quant_is_taken_as_it_is_named_and_the_second_time_from_here(
    yi: Yi, stand_in: StandInHub
) -> None:
    first = yi("pull", f"{REPO}:q6_k")
    assert first.stdout.decode().strip().endswith("yi-tiny.Q6_K.gguf")
    before = stand_in.bytes_sent
    second = yi("pull", f"{REPO}:Q6_K")
    assert second.stdout == first.stdout
    assert stand_in.bytes_sent == before or weights_sent(stand_in) == 1


def test_other_programs_find_what_was_pulled(yi: Yi, cache: Path, stand_in: StandInHub) -> None:
    import huggingface_hub

    yi("pull", f"{REPO}:Q8_0")
    found = huggingface_hub.try_to_load_from_cache(REPO, "yi-tiny.Q8_0.gguf", cache_dir=cache)
    assert isinstance(found, str)
    assert (cache / "models--maker--Yi-Tiny-GGUF" / "refs" / "main").is_file()


def test_progress_is_json_where_it_is_wished(yi: Yi) -> None:
    done = yi("pull", f"{REPO}:Q4_K_M", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["event"] for line in lines} == {"progress", "done"}
    assert lines[-1]["paths"][0].endswith("yi-tiny.Q4_K_M.gguf")
    assert lines[-2]["done_bytes"] == lines[-2]["total_bytes"]


def test_modelscope_is_pulled_too(yi: Yi, stand_in: StandInHub) -> None:
    done = yi("pull", f"ms://{REPO}:Q4_K_M")
    assert done.returncode == 0, done.stderr.decode()
    assert Path(done.stdout.decode().strip()).is_file()
    assert stand_in.asked("modelscope")


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["pull", "maker/other"], 3, "There is no repository maker/other"),
        (["pull", "second-state/Yi-1.5-6B-Caht-GGUF"], 3, "mean second-state/Yi-1.5-6B-Chat-GGUF"),
        (["pull", f"{REPO}:Q2_K"], 3, "It has: "),
        (["pull", "yi-1.5-6b-caht"], 3, "Did you mean yi-1.5-6b-chat"),
        (["pull", f"{REPO}:best"], 2, "is no quantization"),
        (["pull", "./a.gguf"], 2, "is a file's name"),
        (["pull", REPO, "--offline"], 1, "offline"),
    ],
)
def test_errors_say_what_to_do(yi: Yi, argv: list[str], code: int, words: str) -> None:
    done = yi(*argv)
    assert done.returncode == code, done.stderr.decode()
    assert words.lower() in done.stderr.decode().lower()
    assert b"hint: " in done.stderr


def test_a_hub_that_is_down_is_one_sentence(yi: Yi, environ: dict[str, str]) -> None:
    environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
    done = yi("pull", REPO)
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: ")
    assert b"Traceback" not in done.stderr


def checkout(folder: Path, hub: StandInHub) -> Path:
    """What `GIT_LFS_SKIP_SMUDGE=1 git clone` leaves: pointers, and where they are from."""
    repo = hub.repositories[REPO]
    git = folder / ".git"
    git.mkdir(parents=True)
    (git / "HEAD").write_text(repo.commit + "\n")
    (git / "config").write_text(f'[remote "origin"]\n\turl = https://huggingface.co/{REPO}\n')
    for path, content in repo.commits[repo.commit]:
        if path.startswith("yi-tiny"):
            (folder / path).write_bytes(pointer(content))
    return folder / "yi-tiny.Q4_K_M.gguf"


def test_a_git_lfs_pointer_is_filled_in_its_place(
    yi: Yi, stand_in: StandInHub, tmp_path: Path
) -> None:
    placed = checkout(tmp_path / "checkout", stand_in)
    done = yi("run", str(placed), "hello")
    assert done.returncode == 4
    assert b"Git-LFS pointer" in done.stderr
    done = yi("pull", str(placed))
    assert (done.returncode, done.stdout.decode().strip()) == (0, str(placed)), done.stderr
    assert placed.read_bytes()[:4] == b"GGUF"
    other = placed.with_name("yi-tiny.Q6_K.gguf")
    assert other.read_text().startswith("version")  # only what was wanted
    assert yi("run", str(placed), "hello").stdout == b"hello\n"


def test_a_pointer_to_what_is_here_is_filled_without_the_network(
    yi: Yi, stand_in: StandInHub, tmp_path: Path
) -> None:
    yi("pull", f"{REPO}:Q4_K_M")
    placed = checkout(tmp_path / "checkout", stand_in)
    stand_in.requests.clear()
    done = yi("pull", str(placed), "--offline")
    assert done.returncode == 0, done.stderr.decode()
    assert placed.read_bytes()[:4] == b"GGUF"
    assert stand_in.requests == []


# plan


def test_a_plan_shows_every_quant_before_a_download(yi: Yi, stand_in: StandInHub) -> None:
    done = yi("plan", REPO, "--ram", "12G")
    said = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert all(quant in said for quant in QUANTS)
    assert "best here" in said
    assert "Read " in done.stderr.decode()
    assert weights_sent(stand_in) == 0


def test_a_plan_is_remembered_for_offline(yi: Yi, stand_in: StandInHub) -> None:
    yi("plan", REPO, "--ram", "12G")
    stand_in.requests.clear()
    done = yi("plan", REPO, "--ram", "12G", "--offline")
    assert done.returncode == 0, done.stderr.decode()
    assert "best here" in done.stdout.decode()
    assert stand_in.requests == []


# run


def test_a_model_that_is_not_here_is_fetched_in_a_script_only_if_asked(yi: Yi) -> None:
    done = yi("run", f"{REPO}:Q4_K_M", "hello")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"--pull" in done.stderr
    done = yi("run", f"{REPO}:Q4_K_M", "hello", "--pull")
    assert (done.returncode, done.stdout) == (0, b"hello\n"), done.stderr.decode()


def test_what_was_pulled_runs_offline_by_any_of_its_names(
    yi: Yi, stand_in: StandInHub, environ: dict[str, str]
) -> None:
    yi("pull", f"{REPO}:Q4_K_M")
    environ["HF_HUB_OFFLINE"] = "1"
    stand_in.requests.clear()
    for name in (f"{REPO}:Q4_K_M", REPO, f"hf://{REPO}", "yi-tiny.Q4_K_M"):
        done = yi("run", name, "hello")
        assert (done.returncode, done.stdout) == (0, b"hello\n"), done.stderr.decode()
    assert yi("run", f"{REPO}:Q8_0", "hello").returncode == 3
    assert stand_in.requests == []


def test_on_a_terminal_the_plan_is_shown_and_a_question_asked(
    terminal: Callable[..., Any], stand_in: StandInHub
) -> None:
    screen = terminal("run", f"{REPO}:Q4_K_M", "say done")
    screen.expect("best here")
    screen.expect("Fetch Q4_K_M")
    screen.type("n\r")
    assert screen.end() == 130
    assert weights_sent(stand_in) == 0
    screen = terminal("run", f"{REPO}:Q4_K_M", "say done")
    screen.expect("[Y/n]")
    screen.type("\r")
    screen.expect("done")
    assert screen.end() == 0


# search, outdated


def test_a_search_shows_the_catalogue_first(yi: Yi) -> None:
    said = yi("search", "yi").stdout.decode()
    assert said.index("Catalogue:") < said.index("yi-1.5-6b-chat") < said.index("Hugging Face:")
    assert REPO in said


def test_a_search_offline_is_that_of_the_catalogue(yi: Yi, stand_in: StandInHub) -> None:
    done = yi("search", "中文聊天", "--offline")
    assert done.returncode == 0
    assert "yi-1.5" in done.stdout.decode()
    assert "was not searched" in done.stderr.decode()
    assert stand_in.requests == []


def test_a_broken_catalogue_file_of_ones_own_is_told_and_hides_nothing(
    yi: Yi, environ: dict[str, str]
) -> None:
    folder = Path(environ["YI_LOCAL_HOME"]) / "config" / "models"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('[[model]]\nid = "My Model"\n')
    done = yi("search", "yi", "--offline")
    assert "mine.toml:" in done.stderr.decode()
    assert "yi-1.5" in done.stdout.decode()


def test_a_search_that_finds_nothing_is_exit_code_3(yi: Yi) -> None:
    done = yi("search", "qqqqzzzz")
    assert (done.returncode, done.stdout) == (3, b"")
    found = json.loads(yi("search", "coder", "--json").stdout)
    assert found["catalogue"]


def test_what_has_changed_is_told_and_not_fetched(
    yi: Yi, stand_in: StandInHub, tmp_path: Path
) -> None:
    assert b"Nothing here came from a repository." in yi("outdated").stdout
    yi("pull", f"{REPO}:Q4_K_M")
    assert b"All 1 are as they are" in yi("outdated").stdout
    stand_in.add_repo(REPO, models(tmp_path, extra=bytes(32)))
    before = weights_sent(stand_in)
    [row] = json.loads(yi("outdated", "--json").stdout)
    assert (row["state"], row["repo_id"]) == ("changed", REPO)
    assert weights_sent(stand_in) == before
    assert b"yi pull MODEL" in yi("outdated").stdout
