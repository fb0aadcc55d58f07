"""Which models there are to choose from: open ones, those on the disk, those of the catalogue."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from yi_local.assistant.loading.open_model import OpenModel
from yi_local.catalogue.model import Catalogue
from yi_local.language import mark, tr
from yi_local.text import human_bytes
from yi_local.tui.services import Services
from yi_local.tui.widgets.pick_list import Pick

if TYPE_CHECKING:
    from yi_local.hub.library.library import Library, LibraryEntry

GROUPS = {
    "open": mark("Open"),
    "here": mark("On this computer"),
    "elsewhere": mark("On other servers"),
    "fetch": mark("To be fetched"),
}


@dataclass(frozen=True, slots=True)
class ModelChoice:
    name: str  # as Models.open or the Models part understands it
    title: str
    state: Literal["open", "here", "elsewhere", "fetch"]
    quant: str | None = None
    size_bytes: int | None = None
    note: str = ""


def model_choices(services: Services) -> tuple[ModelChoice, ...]:
    """Looks at the disk, so from a thread. Raises UsageError for settings that are broken."""
    from yi_local.assistant.models.library import open_library  # not for the first paint

    return choices(services.models.opened(), open_library(), services.catalogue)


def choices(
    opened: Sequence[OpenModel], library: "Library", catalogue: Catalogue
) -> tuple[ModelChoice, ...]:
    """Each file once, by what is known best of it; of the catalogue, what is not here."""
    paths = {model.path for model in opened}
    here = [entry for entry in library.entries if entry.trouble is None]
    names = Counter(name for entry in here for name in entry.names)
    called = {model.name for model in opened} | names.keys()
    have = {place.repo_id.casefold() for entry in here for place in entry.places if place.repo_id}
    return (
        *(ModelChoice(model.name, model.title, "open") for model in opened),
        *(_from_disk(entry, names, catalogue) for entry in here if entry.path not in paths),
        *(
            ModelChoice(model.id, model.name, "fetch")
            for model in catalogue.models
            if model.repos and model.id not in called and not have & model.repo_ids
        ),
    )


def _from_disk(entry: "LibraryEntry", names: Counter[str], catalogue: Catalogue) -> ModelChoice:
    """A name that several models share means none of them: then the path is the name."""
    name = entry.name if names[entry.name] == 1 else str(entry.path)
    from yi_local.assistant.models.place_words import bare_name

    known = catalogue.by_id(name)
    title = bare_name(entry) if known is None else known.name
    return ModelChoice(name, title, "here", entry.quant, entry.size_bytes)


def as_picks(found: Sequence[ModelChoice], prefix: str | None = None) -> list[Pick]:
    """Ids are the names; with a prefix "<prefix><state>:<name>"."""
    return [
        Pick(
            id=choice.name if prefix is None else f"{prefix}{choice.state}:{choice.name}",
            title=choice.title,
            note="  ".join(_notes(choice)),
            group=tr(GROUPS[choice.state]),
            also=choice.name,
        )
        for choice in found
    ]


def _notes(choice: ModelChoice) -> Iterator[str]:
    if choice.quant:
        yield choice.quant
    if choice.size_bytes is not None:
        yield human_bytes(choice.size_bytes)
    if choice.note:
        yield choice.note
