"""The app's models, shared with `yi run` while the app goes on."""

from collections.abc import Callable

from tests.server.live import soon
from tests.tui.conftest import Running
from tests.tui.talking import ask, pane_of, ready, texts
from tests.tui.waiting import until
from tests.tui.watch import watched
from yi_local.assistant.warm.attach import find_warm
from yi_local.assistant.warm.programs import announced
from yi_local.assistant.warm.warm_engine import chat_line
from yi_local.cli.serve.sharing import Sharing
from yi_local.tui.services import Services
from yi_local.types import Message, TextDelta


def said(name: str, text: str) -> str:
    """As `yi run` asks for it."""
    warm = find_warm(name)
    assert warm is not None
    events = warm.engine().ask(chat_line([Message("user", text)]), {})
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def shared(services: Services) -> Sharing:
    sharing = Sharing()
    services.models._on_load = lambda: sharing.begin(services)
    return sharing


async def test_the_loaded_model_is_shared_and_the_loop_goes_on(
    running: Running, services: Services, model: str
) -> None:
    sharing = shared(services)
    try:
        async with running(services) as pilot, watched() as watch:
            watch.now("loading and sharing")
            pane = await ready(pilot)
            await until(pilot, lambda: bool(announced()))
            watch.now("answering both")
            await ask(pilot, "pid")
            assert texts(pane)[-1] == said(model, "pid")
    finally:
        sharing.end()
    assert announced() == ()


async def test_before_a_model_is_loaded_nothing_is_shared(
    running: Running, services_with: Callable[..., Services]
) -> None:
    services = services_with(["--stall-loading"])
    sharing = shared(services)
    async with running(services) as pilot:
        await until(pilot, lambda: pane_of(pilot).model is not None)
        assert sharing._thread is None
    services.models.close()
    sharing.end()


def test_what_has_ended_is_not_begun_again(services: Services) -> None:
    sharing = Sharing()
    sharing.end()
    sharing.begin(services)
    assert sharing._thread is None


def test_an_end_while_it_begins_leaves_nothing(services: Services) -> None:
    sharing = Sharing()
    sharing.begin(services)
    sharing.end()
    thread = sharing._thread
    assert thread is not None
    assert soon(lambda: not thread.is_alive())
    assert announced() == ()
