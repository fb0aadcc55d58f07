"""yi_local.assistant.loading.open_model: several models in one program, over fake engines."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.planning import MACHINE, plan_of
from tests.talking import command
from tests.tiny_gguf import write_smallest
from yi_local.assistant.loading.open_model import Models, OpenModel
from yi_local.assistant.planning import planned
from yi_local.assistant.planning.planned import Planned
from yi_local.errors import Cancelled, ModelNotFound, NotEnoughMemory
from yi_local.planner.plan import Reason, Wish

Plans = Callable[[Path], Planned]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "home"))


@pytest.fixture
def models() -> Iterator[Models]:
    with Models(engine_command=command()) as opened:
        yield opened


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return [str(write_smallest(tmp_path / f"{name}.gguf")) for name in "abc"]


def load(model: OpenModel) -> None:
    list(model.load(lambda: False))


def loaded(models: Models) -> list[str]:
    return sorted(model.path.stem for model in models.opened() if model.loaded)


def planning_by(
    monkeypatch: pytest.MonkeyPatch, models: Models, room: int, *, reason: str | None = None
) -> None:
    """Only `room` models fit at once; with a reason the next one fits worse, not never."""

    def plan(path: Path, *args: object, **named: object) -> Planned:
        others = [each for each in models.opened() if each.loaded and each.path != path]
        made = plan_of(path)
        if len(others) >= room:
            if reason is None:
                raise NotEnoughMemory("It does not fit.")
            made = replace(made, reasons=(Reason(reason, "..."),))
        return Planned((made,), MACHINE)

    monkeypatch.setattr(planned, "plan_file", plan)


def test_a_model_is_planned_for_and_not_yet_loaded(models: Models, files: list[str]) -> None:
    model = models.open(files[0])
    assert (model.name, model.path, model.title) == (files[0], Path(files[0]), "a")
    assert not model.loaded
    assert model.plan.file.path == files[0]
    load(model)
    assert model.loaded


def test_the_same_name_and_wish_is_the_same_model(models: Models, files: list[str]) -> None:
    model = models.open(files[0])
    assert models.open(files[0]) is model
    assert models.open(files[0], Wish(n_ctx=1024)) is not model
    assert len(models.opened()) == 2


def test_a_name_that_is_not_here_says_how_to_get_it(models: Models) -> None:
    with pytest.raises(ModelNotFound, match="not on this machine") as raised:
        models.open("yi-1.5-6b-chat")
    assert raised.value.hint == "Fetch it first: yi pull yi-1.5-6b-chat"


def test_a_closed_model_is_gone_and_can_be_opened_again(models: Models, files: list[str]) -> None:
    model = models.open(files[0])
    load(model)
    models.close_model(model)
    assert (models.opened(), model.loaded) == ((), False)
    assert models.open(files[0]) is not model


def test_the_least_recently_used_one_makes_room(
    models: Models, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    planning_by(monkeypatch, models, room=2)
    a, b = models.open(files[0]), models.open(files[1])
    load(a)
    load(b)
    with a.in_use():
        pass
    load(models.open(files[2]))
    assert loaded(models) == ["a", "c"]
    load(b)  # when it is needed again
    assert loaded(models) == ["b", "c"]
    assert len(models.opened()) == 3


def test_one_that_is_answering_stays(
    models: Models, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    planning_by(monkeypatch, models, room=1)
    a, b = models.open(files[0]), models.open(files[1])
    load(a)
    with a.in_use(), pytest.raises(NotEnoughMemory):
        load(b)
    load(b)
    assert loaded(models) == ["b"]


@pytest.mark.parametrize(("reason", "stays"), [("layers", False), ("few-bits", True)])
def test_room_is_made_where_the_plan_gets_better_by_it(
    models: Models,
    files: list[str],
    monkeypatch: pytest.MonkeyPatch,
    reason: str,
    stays: bool,
) -> None:
    planning_by(monkeypatch, models, room=1, reason=reason)
    load(models.open(files[0]))
    load(models.open(files[1]))
    assert loaded(models) == (["a", "b"] if stays else ["b"])


def test_two_that_want_the_same_model_load_it_once(models: Models, files: list[str]) -> None:
    model = models.open(files[0])
    loading = model.load(lambda: False)
    next(loading)
    other = threading.Thread(target=load, args=(model,))
    other.start()
    process_id = model.engine.process_id
    list(loading)
    other.join(20)
    assert model.engine.process_id == process_id


def test_waiting_for_a_load_can_be_given_up(models: Models, files: list[str]) -> None:
    model = models.open(files[0])
    loading = model.load(lambda: False)
    next(loading)
    with pytest.raises(Cancelled):
        list(model.load(lambda: True))
    loading.close()  # type: ignore[attr-defined]
    assert not model.loaded
    load(model)
