"""Calls to what stands where a program said it would."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.holding import holding, program
from tests.tiny_gguf import write_smallest
from yi_local.assistant.warm.attach import find_warm
from yi_local.assistant.warm.calling import Call, NotThere, Refused
from yi_local.assistant.warm.programs import Program, announce, announced
from yi_local.catalogue.read import read_catalogue
from yi_local.hub.library.library import library
from yi_local.hub.stores.folders import Surroundings
from yi_local.server.names import Names


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    write_smallest(tmp_path / "models" / "tiny.gguf")
    return tmp_path / "models"


@pytest.fixture
def stranger() -> Iterator[Callable[[bytes], tuple[str, bytearray]]]:
    """Another program's server, which answers each request with these bytes; what it was told."""
    servers: list[socket.socket] = []

    def start(answer: bytes) -> tuple[str, bytearray]:
        server, heard = socket.create_server(("127.0.0.1", 0)), bytearray()
        servers.append(server)

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    heard.extend(connection.recv(65536))
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}", heard

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def test_a_program_that_proves_itself_is_asked(folder: Path) -> None:
    with holding(folder) as (_, held), Call(held) as call:
        told = call.get("status")
        assert (told["kind"], len(told["models"])) == ("serve", 1)
        assert call.post("find", {"model": {"path": str(folder / "tiny.gguf")}})["name"] == "tiny"


def test_where_nobody_listens_the_file_is_removed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    stale = program(f"http://127.0.0.1:{port}")
    announce(stale)
    with pytest.raises(NotThere):
        Call(stale)
    assert announced() == ()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"proof": null}',
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_stranger_on_the_port_learns_neither_token_nor_question_and_is_forgotten(
    stranger: Callable[[bytes], tuple[str, bytearray]], answer: bytes, folder: Path
) -> None:
    url, heard = stranger(answer)
    stale = program(url)
    announce(stale)
    assert find_warm(str(folder / "tiny.gguf")) is None
    assert announced() == ()
    assert heard.startswith(b"GET /private/hello?nonce=")
    assert stale.token.encode() not in heard
    assert b"tiny" not in heard


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\n\r\n<html>"]
)
def test_what_does_not_speak_at_all_as_ours_is_not_attached_to(
    stranger: Callable[[bytes], tuple[str, bytearray]], answer: bytes, folder: Path
) -> None:
    url, heard = stranger(answer)
    announce(program(url))
    assert find_warm(str(folder / "tiny.gguf")) is None
    assert b"tiny" not in heard


def test_a_program_with_another_token_is_not_asked(folder: Path) -> None:
    with holding(folder) as (live, held):
        with pytest.raises(NotThere):
            Call(program(live.url))
        announce(program(live.url))
        assert find_warm(str(folder / "tiny.gguf")) is None
        assert held not in announced()  # it was another's, who has its number now


def test_one_that_does_not_answer_in_time_is_left_alone_and_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("yi_local.assistant.warm.calling._HELLO_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        busy = program(f"http://127.0.0.1:{deaf.getsockname()[1]}")
        announce(busy)
        with pytest.raises(NotThere):
            Call(busy)
        assert announced() == (busy,)


def test_refusals_have_their_status_and_words(folder: Path) -> None:
    with holding(folder) as (_, held), Call(held) as call:
        with pytest.raises(Refused, match="has not loaded") as refused:
            call.post("find", {"model": {"path": str(folder / "none.gguf")}})
        assert (refused.value.status, refused.value.code) == (404, "model_not_found")
        assert call.get("status")["models"]  # and the connection goes on


# What a name means


def found(name: str) -> Program | None:
    warm = find_warm(name)
    return warm.program if warm is not None else None


def test_a_model_is_found_by_its_file_however_that_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "link.gguf").symlink_to(folder / "tiny.gguf")
    monkeypatch.chdir(tmp_path)
    with holding(folder) as (_, held):
        for name in (folder / "tiny.gguf", "models/tiny.gguf", "./models/../link.gguf"):
            assert found(str(name)) == held


def test_a_model_is_found_by_the_name_that_the_library_has_for_it(folder: Path) -> None:
    with holding(folder) as (_, held):
        assert found("tiny") == held
        assert found("other") is None


def test_a_name_that_is_only_what_the_server_calls_a_file_is_not_enough(
    folder: Path, tmp_path: Path
) -> None:
    """As `yi serve ./mine/yi-1.5-6b-chat.gguf`, and `yi run yi-1.5-6b-chat`, which is another."""
    write_smallest(folder / "yi-1.5-6b-chat.gguf")
    (tmp_path / "empty").mkdir()
    with holding(folder, name="yi-1.5-6b-chat") as (live, held):
        assert found(str(folder / "yi-1.5-6b-chat.gguf")) == held
        nothing = library((tmp_path / "empty",), Surroundings({}, tmp_path / "nobody"))
        first = live.serving.names.first
        live.serving.names = Names(first, read_catalogue(), look=lambda: nothing)
        assert found("yi-1.5-6b-chat") is None


def test_a_model_that_is_not_loaded_yet_is_not_found(folder: Path) -> None:
    with holding(folder, loaded=False):
        assert found(str(folder / "tiny.gguf")) is None


def test_a_file_with_a_name_served_as_demo_is_not_the_demo(folder: Path) -> None:
    write_smallest(folder / "demo.gguf")
    with holding(folder, name="demo"):
        assert found("demo") is None


def test_another_version_is_not_asked(folder: Path) -> None:
    with holding(folder) as (live, held):
        announce(program(live.url, token=held.token, version="0.0.1"))
        assert found(str(folder / "tiny.gguf")) is None


def test_of_several_programs_the_one_that_has_it_answers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_smallest(folder / "other.gguf")
    with holding(folder) as (_, one):
        monkeypatch.setattr("tests.holding.os.getpid", os.getppid)
        with holding(folder, name="other") as (_, two):
            assert {each.pid for each in announced()} == {one.pid, two.pid}
            assert found(str(folder / "tiny.gguf")) == one
            assert found(str(folder / "other.gguf")) == two
