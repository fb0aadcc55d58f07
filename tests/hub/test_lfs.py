"""Git-LFS checkouts: pointers, remotes, commits, and what adopting them would do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.hub.stores_on_disk import (
    COMMIT,
    in_hub_cache,
    listed,
    machine,
    pointer_text,
    sha256,
    write_gguf,
)
from yi_local.errors import CannotLoad, ModelNotFound
from yi_local.hub.library.adoption import plan_adoption
from yi_local.hub.stores.git_checkout import checkout_of, pointer_file
from yi_local.hub.stores.lfs import Remote, parse_pointer, parse_remote, parse_remotes
from yi_local.hub.stores.stored_model import Pointer

URL = "https://huggingface.co/XeIaso/yi-chat-6B-GGUF"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "yi"))


def clone(folder: Path, url: str = URL, content: bytes = b"x" * 5000) -> Path:
    """What GIT_LFS_SKIP_SMUDGE=1 git clone leaves: pointers, and a .git."""
    (folder / ".git/refs/heads").mkdir(parents=True)
    config = f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {url}\n\tfetch = +refs/*\n'
    (folder / ".git/config").write_text(config)
    (folder / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (folder / ".git/refs/heads/main").write_text(f"{COMMIT}\n")
    (folder / "yi.Q2_K.gguf").write_text(pointer_text(content))
    return folder


def test_a_pointer_tells_what_it_stands_for() -> None:
    found = parse_pointer(pointer_text(b"abc").encode())
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert found == Pointer(digest, 3)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"GGUF",
        b"version https://git-lfs.github.com/spec/v1\n",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 3\n",
        pointer_text(b"abc").replace("size 3", "size -3").encode(),
        pointer_text(b"abc").replace("size 3", "size " + "9" * 20).encode(),
        pointer_text(b"abc").replace("size 3", "size \u0663").encode(),
        pointer_text(b"abc").replace("sha256", "md5").encode(),
        pointer_text(b"abc").encode() + b"x" * 1000,
        b"version https://git-lfs.github.com/spec/v1\noid\nsize\n",
    ],
)
def test_what_is_no_pointer_is_none(text: bytes) -> None:
    assert parse_pointer(text) is None


@pytest.mark.parametrize(
    ("url", "source", "repo_id"),
    [
        (URL, "huggingface", "XeIaso/yi-chat-6B-GGUF"),
        (URL + ".git/", "huggingface", "XeIaso/yi-chat-6B-GGUF"),
        ("https://user:hf_secret@huggingface.co/a/b", "huggingface", "a/b"),
        ("https://hf-mirror.com/a/b", "huggingface", "a/b"),
        ("git@hf.co:a/b.git", "huggingface", "a/b"),
        ("ssh://git@hf.co/a/b", "huggingface", "a/b"),
        ("ssh://git@hf.co:22/a/b", "huggingface", "a/b"),
        ("https://www.modelscope.cn/01ai/Yi-1.5.git", "modelscope", "01ai/Yi-1.5"),
        ("https://oauth2:secret@www.modelscope.cn/models/a/b.git", "modelscope", "a/b"),
    ],
)
def test_a_remote_tells_source_and_repo(url: str, source: str, repo_id: str) -> None:
    found = parse_remote(url)
    assert found is not None
    assert (found.source, found.repo_id) == (source, repo_id)
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://github.com/a/b",
        "https://huggingface.co/datasets/a/b",
        "https://huggingface.co/spaces/a",
        "https://huggingface.co.evil.com/a/b",
        "https://huggingface.co@evil.com/a/b",
        "https://huggingface.co/a/..",
        "https://huggingface.co/a/%2e%2e",
        "https://huggingface.co/a/b/c",
        "file:///huggingface.co/a/b",
        "https://[huggingface.co/a/b",
        "/srv/git/a/b",
        "C:\\models\\a",
    ],
)
def test_other_remotes_are_none(url: str) -> None:
    assert parse_remote(url) is None


def test_origin_comes_first_among_remotes() -> None:
    config = (
        '[remote "fork"]\nurl = one\n[branch "main"]\nurl = x\n[remote "origin"]\n\tURL = "two"\n'
    )
    assert parse_remotes(config) == ("two", "one")


def test_a_pointer_in_a_checkout_knows_where_its_model_is(tmp_path: Path) -> None:
    folder = clone(tmp_path / "yi-chat")
    found = pointer_file(folder / "yi.Q2_K.gguf")
    assert found is not None
    assert (found.repo_id, found.source, found.commit) == (
        "XeIaso/yi-chat-6B-GGUF",
        "huggingface",
        COMMIT,
    )
    assert (found.filename, found.size_bytes) == ("yi.Q2_K.gguf", 5000)
    assert pointer_file(write_gguf(folder / "real.gguf")) is None
    assert pointer_file(folder / "gone.gguf") is None


@pytest.mark.parametrize("head", ["detached", "packed", "worktree", "unborn", "hostile"])
def test_the_commit_is_read_whatever_way_git_keeps_it(tmp_path: Path, head: str) -> None:
    folder = clone(tmp_path / "a")
    git, expected = folder / ".git", COMMIT
    if head == "detached":
        (git / "HEAD").write_text(COMMIT)
    elif head == "packed":
        (git / "refs/heads/main").unlink()
        (git / "packed-refs").write_text(f"# pack-refs\n{COMMIT} refs/heads/main\n^{'0' * 40}\n")
    elif head == "worktree":
        (git / "worktrees/w").mkdir(parents=True)
        (git / "worktrees/w/HEAD").write_text(COMMIT)
        (git / "worktrees/w/commondir").write_text("../..\n")
        folder = tmp_path / "w"
        folder.mkdir()
        (folder / ".git").write_text(f"gitdir: {git / 'worktrees/w'}\n")
    else:
        name = "refs/heads/none" if head == "unborn" else "refs/heads/../../../../etc/passwd"
        (git / "HEAD").write_text(f"ref: {name}")
        expected = ""
    found = checkout_of(folder)
    assert found is not None
    assert found.commit == (expected or None)
    assert found.remote == Remote("huggingface", "XeIaso/yi-chat-6B-GGUF")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_checkout_of_real_git_is_read(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), *arguments]
        who = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for role in ("AUTHOR", "COMMITTER"):
            who |= {f"GIT_{role}_NAME": "a", f"GIT_{role}_EMAIL": "a@example.com"}
        environ = os.environ | who
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ)
        return done.stdout.strip()

    git("init", "-q")
    git("remote", "add", "origin", "git@hf.co:a/b")
    git("commit", "-q", "--allow-empty", "-m", "first")
    for _ in range(2):
        found = checkout_of(tmp_path / "deep")
        assert found is not None
        assert found.commit == git("rev-parse", "HEAD")
        assert found.remote == Remote("huggingface", "a/b")
        git("pack-refs", "--all")


def test_a_listed_checkout_has_its_models_and_its_pointers(tmp_path: Path) -> None:
    folder = clone(tmp_path / "clone")
    write_gguf(folder / "yi.Q8_0.gguf")
    pointer, model = listed(machine(tmp_path), folder).entries
    assert (pointer.name, model.name) == (
        "XeIaso/yi-chat-6B-GGUF:Q2_K",
        "XeIaso/yi-chat-6B-GGUF:Q8_0",
    )
    assert pointer.model.pointer is not None
    assert pointer.model.pointer.size_bytes == 5000
    assert pointer.trouble is not None
    assert (model.trouble, model.model.commit) == (None, COMMIT)


def test_adopting_a_checkout_tells_what_to_fetch_and_what_is_here(tmp_path: Path) -> None:
    link = in_hub_cache(tmp_path / ".cache/huggingface/hub", "other/repo", "x.gguf")
    folder = clone(tmp_path / "clone", content=link.read_bytes())
    (folder / "big.gguf").write_text(pointer_text(b"elsewhere"))
    here = machine(tmp_path)
    plan = plan_adoption(folder, listed(here), here)
    assert plan.remember == (folder,)
    assert plan.models == ()
    big, small = plan.pointers
    assert (big.fetchable, big.here) == (True, None)
    assert (small.pointer.sha256, small.here) == (sha256(link), link)


def test_adopting_needs_a_model_and_nothing_that_is_listed_anyway(tmp_path: Path) -> None:
    link = in_hub_cache(tmp_path / ".cache/huggingface/hub", "a/b", "b.gguf", 1)
    one = write_gguf(tmp_path / "mine/one.gguf", 2)
    here = machine(tmp_path)
    known = listed(here)
    assert plan_adoption(one, known, here).remember == (one,)
    assert plan_adoption(one.parent, known, here).models[0].path == one
    already = plan_adoption(link.parent, known, here)
    assert (already.remember, [model.path for model in already.models]) == ((), [link])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelNotFound):
        plan_adoption(tmp_path / "empty", known, here)
    with pytest.raises(ModelNotFound):
        plan_adoption(tmp_path / "gone", known, here)
    (tmp_path / "text.txt").write_text("")
    with pytest.raises(CannotLoad):
        plan_adoption(tmp_path / "text.txt", known, here)
