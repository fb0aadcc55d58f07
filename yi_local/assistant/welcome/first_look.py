"""What a newcomer is shown of the machine, and whether there is a newcomer at all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace

from yi_local.assistant.models.reference import DEMO, find_model
from yi_local.assistant.models.sources import Sources
from yi_local.assistant.planning.advisor import Advisor
from yi_local.assistant.planning.opening import experience_file
from yi_local.assistant.welcome.suggestions import Suggestion, confirmed, suggest_models
from yi_local.catalogue.model import Catalogue
from yi_local.engine.build import EngineBuild
from yi_local.errors import ModelNotFound, YiLocalError
from yi_local.hardware.detect import detect
from yi_local.hardware.snapshot import Hardware
from yi_local.store.conversations import Store

WELCOMED = "welcomed"  # a note of the store


@dataclass(frozen=True, slots=True)
class FirstLook:
    hardware: Hardware
    build: EngineBuild | None  # None where llama.cpp could not be asked, and why
    trouble: YiLocalError | None
    suggestions: tuple[Suggestion, ...]
    demo_bytes: int | None  # None where the demo model is not installed


def is_first_start(store: Store) -> bool:
    return store.note(WELCOMED) is None and not store.conversations(limit=1)


def remember_welcome(store: Store) -> None:
    store.keep_note(WELCOMED, "1")


def look_around(
    catalogue: Catalogue,
    open_advisor: Callable[[], AbstractContextManager[Advisor]],
    open_sources: Callable[[], Sources],
) -> Iterator[FirstLook]:
    """At once by the catalogue's facts; then, online, once more for each header that was read.

    What the network does not give leaves the estimate as it is. Never raises YiLocalError.
    """
    experience = experience_file().read()
    try:
        with open_advisor() as advisor:
            machine = advisor.machine
            found = list(suggest_models(catalogue, machine.hardware, experience))
            look = FirstLook(machine.hardware, machine.build, None, tuple(found), _demo_bytes())
            yield look
            yield from _confirmed(look, advisor, open_sources)
    except YiLocalError as error:
        hardware = detect()
        suggestions = suggest_models(catalogue, hardware, experience)
        yield FirstLook(hardware, None, error, suggestions, _demo_bytes())


def _confirmed(
    look: FirstLook, advisor: Advisor, open_sources: Callable[[], Sources]
) -> Iterator[FirstLook]:
    found = list(look.suggestions)
    with open_sources() as sources, suppress(YiLocalError):
        for number in range(0 if sources.offline else len(found)):
            found[number] = confirmed(found[number], sources, advisor)
            yield replace(look, suggestions=tuple(found))


def _demo_bytes() -> int | None:
    try:
        return find_model(DEMO).stat().st_size
    except (ModelNotFound, OSError):
        return None
