"""Reads models again and compares them with what they should be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from yi_local.assistant.models.library import is_demo
from yi_local.assistant.models.reference import DEMO
from yi_local.catalogue.model import Catalogue, ModelFile
from yi_local.catalogue.recognise import for_sha256
from yi_local.errors import YiLocalError
from yi_local.hub.library.file_book import own_book
from yi_local.hub.library.identity import Progress, Verdict, verify
from yi_local.hub.library.library import LibraryEntry
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.language import mark, tr
from yi_local.text import one_line

Outcome = Literal["whole", "damaged", "unknown", "unloadable", "unreadable"]
_CATALOGUE = mark("the catalogue")


@dataclass(frozen=True, slots=True)
class Checked:
    """One copy of a model, read just now."""

    name: str
    place: StoredModel
    verdicts: tuple[Verdict, ...] = ()  # of each file
    said_by: str | None = None  # who says what it should be
    error: YiLocalError | None = None  # it could not be read
    trouble: str | None = None  # why it would not load

    @property
    def outcome(self) -> Outcome:
        if self.error is not None:
            return "unreadable"
        found = {verdict.matches for verdict in self.verdicts}
        if False in found:
            return "damaged"
        if found == {True}:
            return "whole"
        return "unloadable" if self.trouble is not None else "unknown"


def copies(entry: LibraryEntry) -> tuple[StoredModel, ...]:
    """The places of a model that are files of their own, not other names of one."""
    found: dict[object, StoredModel] = {}
    for place in entry.places:
        stamps = tuple((f.stamp.device, f.stamp.inode) if f.stamp else f.path for f in place.files)
        found.setdefault(stamps, place)
    return tuple(found.values())


def check(
    entry: LibraryEntry, place: StoredModel, catalogue: Catalogue, on_progress: Progress
) -> Checked:
    """One copy; what cannot be read is told in the result."""
    expected, said_by = _expected(entry, catalogue)
    book = own_book()
    try:
        verdicts = verify(place, expected, book, on_progress)
    except YiLocalError as error:
        return Checked(entry.name, place, error=error)
    finally:
        book.save()
    if said_by is None and len(verdicts) == 1 and for_sha256(catalogue, verdicts[0].measured):
        verdicts = (replace(verdicts[0], expected=verdicts[0].measured),)
        said_by = _CATALOGUE
    trouble = next((each.trouble for each in entry.examined if each.model == place), None)
    return Checked(entry.name, place, verdicts, said_by, trouble=trouble)


def outcome_words(checked: Checked) -> str:
    who = tr(checked.said_by) if checked.said_by else tr("nobody")
    match checked.outcome:
        case "unreadable":
            return one_line(checked.error.message if checked.error else "")
        case "whole":
            return tr("whole, by the sha256 that {who} gives", who=who)
        case "damaged":
            return tr("DAMAGED: it is not what {who} says", who=who)
        case "unloadable":
            return tr("it does not load. {why}", why=one_line(checked.trouble or ""))
        case "unknown":
            return tr("nobody says what it should be")


def _expected(entry: LibraryEntry, catalogue: Catalogue) -> tuple[Sequence[str | None], str | None]:
    """By a store that names it so, else by the catalogue: a sha256 for each file."""
    for place in entry.places:
        named = [file.sha256 for file in place.files]
        if None not in named:
            return named, place.store
    for place in entry.places:
        listed = _listed(place, catalogue)
        if listed is not None and listed.sha256 is not None and len(place.files) == 1:
            return [listed.sha256], _CATALOGUE
    return [None] * len(entry.model.files), None


def _listed(place: StoredModel, catalogue: Catalogue) -> ModelFile | None:
    model = (
        catalogue.by_id(DEMO)
        if is_demo(place)
        else catalogue.by_repo(place.repo_id)
        if place.repo_id
        else None
    )
    if model is None:
        return None
    repo = model.recommended_repo if is_demo(place) else model.repo(place.repo_id or "")
    files = repo.files if repo else ()
    return next((file for file in files if file.filename == place.filename), None)
