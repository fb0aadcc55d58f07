"""The models on this disk as they are chosen from, with what the catalogue knows of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.models.library import open_library
from yi_local.assistant.models.recognition import recognise
from yi_local.catalogue.model import Catalogue, Model
from yi_local.text import clean, human_bytes
from yi_local.tui.choices import choices

_NOTHING = Catalogue((), {})


@dataclass(frozen=True, slots=True)
class ModelHere:
    name: str  # by which it is opened
    path: Path
    title: str
    label: str  # with its quant and size
    known: Model | None = None

    @property
    def settings_name(self) -> str:
        """Under which settings speak of it: the same for every file of one model."""
        return self.known.id if self.known is not None else self.name


def models_here(catalogue: Catalogue | None = None) -> tuple[ModelHere, ...]:
    """Looks at the disk, so from a thread; with a catalogue, into each file's header too."""
    library = open_library()
    entries = [entry for entry in library.entries if entry.trouble is None]
    found = []
    for entry, choice in zip(entries, choices((), library, _NOTHING), strict=True):
        known = recognise(entry.path, catalogue).model if catalogue is not None else None
        size = human_bytes(entry.size_bytes)
        label = clean("  ".join(part for part in (choice.title, entry.quant, size) if part))
        title = known.name if known is not None else clean(choice.title)
        found.append(ModelHere(choice.name, entry.path, title, label, known))
    return tuple(found)


def with_opened(found: Sequence[ModelHere], opened: Sequence[OpenModel]) -> tuple[ModelHere, ...]:
    """Also those that were opened by their path and lie where nobody looks."""
    paths = {each.path for each in found}
    elsewhere = {model.path: model for model in opened if model.path not in paths}
    others = (
        ModelHere(model.name, path, clean(model.title), clean(model.title), model.known)
        for path, model in elsewhere.items()
    )
    return (*found, *others)
