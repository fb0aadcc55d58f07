"""What a newcomer is told of the machine, with a network and without."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from yi_local.assistant.models.sources import Sources
from yi_local.assistant.planning.advisor import Advisor
from yi_local.assistant.planning.opening import open_advisor
from yi_local.assistant.welcome import first_look
from yi_local.assistant.welcome.first_look import is_first_start, look_around, remember_welcome
from yi_local.assistant.welcome.suggestions import Suggestion
from yi_local.catalogue.read import read_catalogue
from yi_local.errors import CannotLoad, YiLocalError
from yi_local.store.conversations import Store

WORKER = Path(__file__).parents[2] / "fake_worker.py"


def advisor() -> AbstractContextManager[Advisor]:
    return open_advisor(engine_command=[sys.executable, str(WORKER)])


def offline() -> Sources:
    return Sources(offline=True, environ={})


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as opened:
        yield opened


def test_offline_there_is_one_look_with_estimates() -> None:
    [look] = look_around(read_catalogue(), advisor, offline)
    assert look.build is not None
    assert look.trouble is None
    assert len(look.suggestions) == 3
    assert not any(each.is_exact for each in look.suggestions)


def test_online_each_header_makes_one_suggestion_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    def confirm(suggestion: Suggestion, sources: Sources, advisor: Advisor) -> Suggestion:
        from dataclasses import replace

        return replace(suggestion, is_exact=True, is_size_known=True)

    monkeypatch.setattr(first_look, "confirmed", confirm)
    looks = list(look_around(read_catalogue(), advisor, lambda: Sources(offline=False, environ={})))
    assert [sum(each.is_exact for each in look.suggestions) for look in looks] == [0, 1, 2, 3]


def test_a_network_that_fails_leaves_the_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    def confirm(*args: object) -> Suggestion:
        raise YiLocalError("The network is gone.")

    monkeypatch.setattr(first_look, "confirmed", confirm)
    looks = list(look_around(read_catalogue(), advisor, lambda: Sources(offline=False, environ={})))
    assert len(looks) == 1
    assert looks[0].build is not None


def test_without_llama_cpp_there_is_a_look_too() -> None:
    @contextmanager
    def broken() -> Iterator[Advisor]:
        raise CannotLoad("llama-cpp-python is missing.")
        yield

    [look] = look_around(read_catalogue(), broken, offline)
    assert look.build is None
    assert look.trouble is not None
    assert look.hardware.memory is not None


def test_a_start_is_the_first_until_it_is_remembered(store: Store) -> None:
    assert is_first_start(store)
    remember_welcome(store)
    assert not is_first_start(store)


def test_who_has_a_conversation_is_no_newcomer(store: Store) -> None:
    store.ask(store.create().id, None, "hello")
    assert not is_first_start(store)
