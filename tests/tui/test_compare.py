"""Two answers side by side, with the stand-in engine."""

from collections.abc import Callable

from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.conftest import Running
from tests.tui.snapshot import screen_text
from tests.tui.waiting import until, until_seen
from yi_local.tui.screens.compare import CompareScreen
from yi_local.tui.services import Services
from yi_local.tui.widgets.compare_side import CompareSide


async def compared(
    pilot: Pilot[None], services: Services, model: str, question: str, **options: int | None
) -> list[int | None]:
    """The screen, asked already; what it returns comes into the list."""
    returned: list[int | None] = []
    screen = CompareScreen(services, model=model, question=question, **options)
    await pilot.app.push_screen(screen, returned.append)
    await pilot.press("enter")
    return returned


async def test_both_answers_come_and_the_kept_one_is_the_path(
    running: Running, services: Services, model: str
) -> None:
    async with running(services, size=(110, 30)) as pilot:
        returned = await compared(pilot, services, model, "say one two three")
        await until(pilot, lambda: screen_text(pilot.app).count("done") == 2)
        shown = screen_text(pilot.app)
        assert shown.count("one two three") == 3  # the question, and two answers
        assert shown.count("tok/s") == 2
        await pilot.press("f7")
        await until(pilot, lambda: returned)
        (conversation_id,) = returned
        assert conversation_id is not None
        question, answer = services.store.path(conversation_id)
        assert question.message.content == "say one two three"
        assert services.store.siblings(answer.id)[1] == answer.id


async def test_they_stand_beside_each_other_or_one_above_the_other(
    running: Running, services: Services, model: str
) -> None:
    for width, rows in ((110, 1), (60, 2)):
        async with running(services, size=(width, 20)) as pilot:
            await pilot.app.push_screen(CompareScreen(services, model=model))
            await pilot.pause()
            assert len({side.region.y for side in pilot.app.screen.query(CompareSide)}) == rows


async def test_stopping_keeps_what_came_and_a_second_escape_closes(
    running: Running, services: Services, model: str
) -> None:
    async with running(services, size=(110, 30)) as pilot:
        returned = await compared(pilot, services, model, "tick")
        await until(pilot, lambda: screen_text(pilot.app).count("tick tick") >= 2)
        await pilot.press("escape")
        await until(pilot, lambda: screen_text(pilot.app).count("stopped") == 2)
        assert returned == []
        await pilot.press("escape")
        await until(pilot, lambda: returned)
        (conversation_id,) = returned
        assert conversation_id is not None
        _, answer = services.store.path(conversation_id)
        assert answer.message.content.startswith("tick tick")
        assert answer.finish_reason == "cancelled"


async def test_asking_again_makes_more_siblings_of_the_same_question(
    running: Running, services: Services, model: str
) -> None:
    async with running(services, size=(110, 30)) as pilot:
        returned = await compared(pilot, services, model, "say one")
        await until(pilot, lambda: screen_text(pilot.app).count("done") == 2)
        screen = pilot.app.screen
        await until(pilot, lambda: screen.check_action("keep_second", ()))
        (conversation,) = services.store.conversations()
        _, first = services.store.path(conversation.id)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: len(services.store.siblings(first.id)) == 4)
        await until(pilot, lambda: screen.check_action("keep_second", ()))
        await pilot.press("f6")
        await until(pilot, lambda: returned)
        assert returned == [conversation.id]
        path = services.store.path(conversation.id)
        assert path[1].id == services.store.siblings(first.id)[2]


async def test_a_sampling_of_its_own_goes_into_the_receipt(
    running: Running, services: Services, model: str
) -> None:
    async with running(services, size=(110, 30)) as pilot:
        returned: list[int | None] = []
        screen = CompareScreen(services, model=model, question="say one")
        await pilot.app.push_screen(screen, returned.append)
        second = list(screen.query(CompareSide))[1]
        second.query_one("#temperature", Input).value = "0.2"
        second.query_one("#seed", Input).value = "7"
        await pilot.press("enter")
        await until(pilot, lambda: screen_text(pilot.app).count("done") == 2)
        await pilot.press("f7")
        await until(pilot, lambda: returned)
        assert returned[0] is not None
        receipt = services.store.path(returned[0])[1].receipt
        assert receipt is not None
        assert receipt.sampling.temperature == 0.2


async def test_what_is_no_number_is_told_and_nothing_is_asked(
    running: Running, services: Services, model: str
) -> None:
    async with running(services, size=(110, 30)) as pilot:
        screen = CompareScreen(services, model=model, question="say one")
        await pilot.app.push_screen(screen)
        screen.query(CompareSide).first().query_one("#temperature", Input).value = "warm"
        await pilot.press("ctrl+r")
        await until_seen(pilot, 'Temperature is a number, not "warm".')
        assert services.store.conversations() == ()


async def test_a_model_that_does_not_load_is_told_on_its_side(
    running: Running, services_with: Callable[..., Services], model: str
) -> None:
    services = services_with(["--load-error", "cannot_load"])
    async with running(services, size=(110, 30)) as pilot:
        returned = await compared(pilot, services, model, "say one")
        screen = pilot.app.screen
        await until(pilot, lambda: screen.check_action("run", ()))
        assert returned == []
        assert "Stop, close" in screen_text(pilot.app)


async def test_nothing_can_be_kept_before_there_is_something(
    running: Running, services: Services, model: str
) -> None:
    async with running(services, size=(110, 30)) as pilot:
        returned: list[int | None] = []
        await pilot.app.push_screen(CompareScreen(services, model=model), returned.append)
        await pilot.pause()
        assert "Keep A" not in screen_text(pilot.app)
        await pilot.press("f6", "escape")
        await until(pilot, lambda: returned == [None])
