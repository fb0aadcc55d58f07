"""`yi chat`: what is said is there tomorrow, unless nobody wants it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from yi_local.store.conversations import Store
from yi_local.store.records import Conversation

Yi = Callable[..., Any]


@pytest.fixture
def file(environ: Mapping[str, str]) -> Path:
    return Path(environ["YI_LOCAL_HOME"]) / "data" / "conversations.db"


def saved(file: Path) -> list[Conversation]:
    with Store(file) as store:
        return list(store.conversations())


def test_a_chat_is_saved_with_its_title_and_its_model(yi: Yi, model: str, file: Path) -> None:
    yi("chat", model, "--system", "Be brief.", "--top-k", "7", input=b"Hi, say two\nmore\n")
    (found,) = saved(file)
    assert (found.title, found.model, found.n_messages) == ("say two", model, 4)
    assert (found.system, found.sampling) == ("Be brief.", {"top_k": 7})
    with Store(file) as store:
        path = store.path(found.id)
    assert [node.message.content for node in path] == ["Hi, say two"] * 2 + ["more"] * 2
    assert path[1].receipt is not None


def test_each_chat_is_a_conversation_of_its_own(yi: Yi, model: str, file: Path) -> None:
    yi("chat", model, input=b"one\n")
    yi("chat", model, input=b"two\n")
    assert [each.title for each in saved(file)] == ["two", "one"]


def test_a_retry_keeps_both_answers(yi: Yi, model: str, file: Path) -> None:
    yi("chat", model, input=b"one\n/retry\n")
    (found,) = saved(file)
    assert found.n_messages == 3


def test_a_chat_in_which_nothing_was_said_leaves_nothing(yi: Yi, model: str, file: Path) -> None:
    yi("chat", model)
    with Store(file) as store:
        assert store.conversations() == ()
        store.remove_empty()


def test_with_no_save_nothing_is_written(yi: Yi, model: str, file: Path) -> None:
    done = yi("chat", model, "--no-save", input=b"one\n/retry\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"one\none\n", b"")
    assert not file.exists()


def test_the_setting_not_to_keep_history_counts(yi: Yi, model: str, file: Path) -> None:
    settings = file.parents[1] / "config" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("save_history = false\n")
    assert yi("chat", model, input=b"one\n").stdout == b"one\n"
    assert not file.exists()


def test_a_store_that_cannot_be_opened_is_told_and_the_chat_goes_on(
    yi: Yi, model: str, file: Path
) -> None:
    file.mkdir(parents=True)
    done = yi("chat", model, input=b"one\n")
    assert (done.returncode, done.stdout) == (0, b"one\n")
    assert done.stderr.startswith(b"note: This chat will not be saved. ")


def test_messages_that_no_longer_fit_are_told(yi: Yi, model: str) -> None:
    turn = b"word " * 100 + b"\n"
    done = yi("chat", model, input=turn * 4, worker=["--context", "600"])
    assert done.stdout.count(b"\n") == 4
    assert b"note: the context is full; the 2 oldest messages are left out\n" in done.stderr
