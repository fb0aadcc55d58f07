"""Plans for somebody who moves a slider."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.planning import GIB, MACHINE, plan_of
from tests.tiny_gguf import write_smallest
from yi_local.assistant.planning.advisor import Advisor, Subject
from yi_local.assistant.planning.machine import Machine
from yi_local.assistant.planning.plan_desk import KV_TYPES, Answer, PlanDesk, Question, Steps
from yi_local.engine.build import EngineBuild
from yi_local.errors import CannotLoad
from yi_local.hardware.snapshot import Hardware
from yi_local.planner.plan import Plan, Wish


class Planner(Advisor):
    """Answers at once, and remembers what it was asked."""

    def __init__(self, hardware: Hardware = MACHINE) -> None:
        build = EngineBuild("0.3.36", ("CPU",), (), False, (), True)
        super().__init__(Machine(hardware, build), None, None)  # type: ignore[arg-type]
        self.asked: list[Wish] = []

    def plan_for(self, subject: Subject, wish: Wish) -> Plan:
        self.asked.append(wish)
        if wish.kv_type == "q4_0":
            raise CannotLoad("No.")
        return plan_of(Path(subject.file.path), n_ctx=wish.n_ctx or 4096)

    def freed(self, hardware: Hardware) -> "Planner":
        self.__init__(hardware)  # type: ignore[misc]
        return self


@pytest.fixture
def planner() -> Planner:
    return Planner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_smallest(tmp_path / "tiny.gguf")


def desk_of(planner: Planner, idle_s: float = 0.01) -> PlanDesk:
    @contextmanager
    def opened() -> Iterator[Advisor]:
        yield planner

    def freed(hardware: Hardware) -> Hardware:
        memory = replace(hardware.memory, available_bytes=13 * GIB)
        return replace(hardware, memory=memory)

    return PlanDesk(opened, freed, idle_s)


def test_the_steps_come_first_then_the_plan_then_what_is_likely_asked_next(
    planner: Planner, file: Path
) -> None:
    desk = desk_of(planner)
    assert desk.ask(Question(file, Wish()))
    steps, first, *ahead = list(desk.answers())
    assert isinstance(steps, Steps)
    assert isinstance(first, Answer)
    assert first.plan is not None
    assert first.question.wish == Wish()
    wishes = [each.question.wish for each in ahead if isinstance(each, Answer)]
    assert {(wish.n_ctx, wish.kv_type) for wish in wishes} == {
        (n_ctx, kind) for n_ctx in steps.contexts for kind in KV_TYPES
    }
    assert steps.layers == ()


def test_memory_that_the_program_can_give_back_counts_as_free(planner: Planner, file: Path) -> None:
    desk = desk_of(planner)
    desk.ask(Question(file, Wish()))
    hardware = next(each.hardware for each in desk.answers() if isinstance(each, Answer))
    assert hardware is not None
    assert hardware.memory.available_bytes == 13 * GIB


def test_of_several_questions_the_newest_alone_is_answered(planner: Planner, file: Path) -> None:
    desk = desk_of(planner)
    for n_ctx in (1024, 2048, 4096):
        desk.ask(Question(file, Wish(n_ctx=n_ctx)))
    list(desk.answers())
    assert planner.asked[0] == Wish(n_ctx=4096)
    assert Wish(n_ctx=1024) not in planner.asked


def test_a_question_comes_before_what_is_worked_out_ahead(planner: Planner, file: Path) -> None:
    desk = desk_of(planner)
    desk.ask(Question(file, Wish()))
    answers = desk.answers()
    next(answers), next(answers)
    asked = Wish(n_ctx=777, kv_type="f16")
    desk.ask(Question(file, asked))
    following = next(answers)
    assert isinstance(following, Answer)
    assert following.question.wish == asked


def test_what_cannot_be_loaded_is_an_answer_too(planner: Planner, file: Path) -> None:
    desk = desk_of(planner)
    desk.ask(Question(file, Wish(kv_type="q4_0")))
    answer = next(each for each in desk.answers() if isinstance(each, Answer))
    assert answer.plan is None
    assert isinstance(answer.error, CannotLoad)


def test_a_file_that_is_no_model_is_an_answer_and_the_desk_goes_on(
    planner: Planner, file: Path, tmp_path: Path
) -> None:
    desk = desk_of(planner, idle_s=5)
    desk.ask(Question(tmp_path / "missing.gguf", Wish()))
    answers = desk.answers()
    refused = next(answers)
    assert isinstance(refused, Answer)
    assert refused.error is not None
    desk.ask(Question(file, Wish()))
    assert isinstance(next(answers), Steps)
    desk.close()
    assert not [each for each in answers if each is None]


def test_a_desk_that_nobody_asks_closes_and_says_so(planner: Planner, file: Path) -> None:
    desk = desk_of(planner)
    desk.ask(Question(file, Wish()))
    list(desk.answers())
    assert not desk.ask(Question(file, Wish()))


def test_closing_ends_a_wait_at_once(planner: Planner) -> None:
    desk = desk_of(planner, idle_s=600)
    thread = threading.Thread(target=lambda: list(desk.answers()))
    thread.start()
    desk.close()
    thread.join(10)
    assert not thread.is_alive()
