"""Which loaded model a name means, where it may mean several."""

from pathlib import Path

import pytest

from tests.server.live import Live
from tests.server.warm.conftest import Held
from yi_local.errors import ModelNotFound
from yi_local.server.names import Names
from yi_local.server.warm.held import held_by_name, held_by_path, told


class Meaning(Names):
    """A library in which every name means these files."""

    def __init__(self, *paths: Path) -> None:
        self._paths = paths

    def meant(self, name: str) -> tuple[Path, ...]:
        return self._paths


def file_of(live: Live) -> Path:
    return live.serving.names.first[0].path


def test_a_name_that_means_one_file_means_it_whatever_it_was_loaded_as(held: Held) -> None:
    live, _ = held
    model, _ = held_by_name(live.models, Meaning(file_of(live)), "owner/repo:Q4_K_M")
    assert model.path == file_of(live)


def test_of_several_files_only_the_one_that_was_loaded_by_this_name_is_meant(held: Held) -> None:
    """Which of them is best here, a load would have to find out."""
    live, _ = held
    names = Meaning(file_of(live), file_of(live).with_name("other-quant.gguf"))
    assert held_by_name(live.models, names, "Tiny")[0].path == file_of(live)
    with pytest.raises(ModelNotFound):
        held_by_name(live.models, names, "owner/repo")


def test_a_name_that_means_nothing_here_is_not_held(held: Held) -> None:
    with pytest.raises(ModelNotFound):
        held_by_name(held[0].models, Meaning(), "tiny")


def test_the_one_that_was_used_last_is_taken_of_two_loads_of_a_file(held: Held) -> None:
    live, _ = held
    again = live.models.open_file(file_of(live), "again")
    list(again.load(lambda: False))
    with again.in_use():
        pass
    assert held_by_path(live.models, str(file_of(live)))[0] is again
    assert {each["name"] for each in told(live.models)} == {"tiny", "again"}


def test_what_embeds_texts_is_listed_and_not_talked_with(held: Held) -> None:
    live, _ = held
    for each in live.models.opened():
        live.models.close_model(each)
    assert live.post("/v1/embeddings", {"model": "tiny", "input": "a"}).status == 200
    assert [each["embedding"] for each in told(live.models)] == [True]
    with pytest.raises(ModelNotFound):
        held_by_path(live.models, str(file_of(live)))


@pytest.mark.parametrize("path", ["", "\0", "no/such/file.gguf"])
def test_a_path_that_is_none_is_not_held(held: Held, path: str) -> None:
    with pytest.raises(ModelNotFound):
        held_by_path(held[0].models, path)
