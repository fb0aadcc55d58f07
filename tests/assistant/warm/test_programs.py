"""The files by which programs that hold models are found."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.holding import program
from yi_local import paths
from yi_local.assistant.warm.programs import Program, announce, announced, proof, withdraw

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "home"))


def file_of(program: Program) -> Path:
    return paths.runtime_dir() / f"{program.pid}.json"


def write(program: Program, text: str | None = None) -> Path:
    """As anybody could write it."""
    paths.runtime_dir().mkdir(parents=True, exist_ok=True)
    path = file_of(program)
    path.write_text(json.dumps(asdict(program)) if text is None else text)
    path.chmod(0o600)
    return path


@pytest.fixture
def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_was_announced_is_found_until_it_is_withdrawn() -> None:
    one = program()
    announce(one)
    assert announced() == (one,)
    withdraw(one)
    assert announced() == ()
    assert list(paths.runtime_dir().iterdir()) == []


def test_where_nothing_was_announced_nothing_is_found_and_nothing_made() -> None:
    assert announced() == ()
    assert not paths.runtime_dir().exists()


@posix
def test_only_its_owner_can_read_it_whatever_the_mask() -> None:
    before = os.umask(0)
    try:
        announce(program())
    finally:
        os.umask(before)
    assert file_of(program()).stat().st_mode & 0o777 == 0o600
    assert paths.runtime_dir().stat().st_mode & 0o777 == 0o700


@posix
def test_a_folder_that_was_wider_is_tightened() -> None:
    paths.runtime_dir().mkdir(parents=True)
    paths.runtime_dir().chmod(0o755)
    announce(program())
    assert paths.runtime_dir().stat().st_mode & 0o777 == 0o700


def test_the_file_of_a_process_that_is_gone_is_removed(dead_pid: int) -> None:
    stale = write(program(pid=dead_pid))
    assert announced() == ()
    assert not stale.exists()


def test_the_file_of_another_machine_is_neither_used_nor_removed(dead_pid: int) -> None:
    other = write(program(pid=dead_pid, machine="elsewhere"))
    assert announced() == ()
    assert other.exists()


@posix
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_what_others_could_have_written_is_ignored(mode: int) -> None:
    write(program()).chmod(mode)
    assert announced() == ()


@posix
@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_that_others_could_write_in_is_ignored_and_not_written_to(mode: int) -> None:
    write(program())
    paths.runtime_dir().chmod(mode)
    assert announced() == ()
    with pytest.raises(PermissionError):
        announce(program())


@posix
@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
def test_the_file_of_another_person_is_ignored() -> None:
    os.chown(write(program()), 12345, -1)
    assert announced() == ()


@posix
def test_a_link_is_ignored(tmp_path: Path) -> None:
    path = write(program())
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    assert announced() == ()


@posix
def test_a_pipe_is_ignored_and_not_waited_for() -> None:
    paths.runtime_dir().mkdir(parents=True)
    os.mkfifo(file_of(program()), 0o600)
    assert announced() == ()


def changed(**fields: object) -> str:
    return json.dumps({**asdict(program()), **fields})


@pytest.mark.parametrize(
    "text",
    [
        "",
        changed()[:-20],
        "[]",
        "null",
        "\0" * 100,
        "[" * 100_000,
        changed(pid=1),
        changed(pid=True),
        changed(pid=str(os.getpid())),
        changed(kind="other"),
        changed(url="https://127.0.0.1:1"),
        changed(url=None),
        changed(token="two\r\nlines"),
        changed(token=5),
        changed(started_s="now"),
        changed(machine=None),
    ],
)
def test_what_is_broken_is_ignored(text: str) -> None:
    write(program(), text)
    assert announced() == ()


@pytest.mark.parametrize("name", ["x.json", "12.txt", ".12.json", "-1.json", "²4.json"])
def test_other_files_are_left_alone(name: str) -> None:
    paths.runtime_dir().mkdir(parents=True)
    (paths.runtime_dir() / name).write_text("{}")
    assert announced() == ()
    assert (paths.runtime_dir() / name).exists()


def test_the_newest_comes_first() -> None:
    old = program(started_s=1.0, pid=os.getppid())
    new = program(started_s=2.0)
    announce(old)
    announce(new)
    assert announced() == (new, old)


def test_withdrawing_leaves_a_later_file_with_the_same_number() -> None:
    first = program()
    later = replace(first, token="another")
    announce(later)
    withdraw(first)
    assert announced() == (later,)


def test_a_reader_never_sees_half_a_file() -> None:
    one, seen, stop = program(), [], threading.Event()
    announce(one)

    def read() -> None:
        while not stop.is_set():
            seen.append(announced())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(200):
        announce(one)
    stop.set()
    reader.join()
    assert set(seen) == {(one,)}


def test_a_proof_tells_the_token_from_another_one_and_not_what_it_is() -> None:
    assert proof("token", "nonce") == proof("token", "nonce")
    assert len({proof("token", "nonce"), proof("token", "other"), proof("tokem", "nonce")}) == 3
    assert "token" not in proof("token", "nonce")
