"""Every model that is here, once, wherever it lies."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from yi_local.errors import CannotLoad, ModelNotFound
from yi_local.gguf_file import open_model, refuse_unloadable
from yi_local.hub.library.file_book import FileBook, FileFacts, own_book
from yi_local.hub.library.header_facts import facts_of_header
from yi_local.hub.library.identity import Progress, measured_sha256, no_progress, part_of_all
from yi_local.hub.library.same_files import Examined, lookalikes, same_models
from yi_local.hub.stores.all_stores import stored_models, this_machine
from yi_local.hub.stores.folders import Surroundings
from yi_local.hub.stores.stored_model import StoredFile, StoredModel
from yi_local.hub.stores.walk import Skipped


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """One model, with every place where it lies, the best first."""

    examined: tuple[Examined, ...]
    may_equal: tuple[Path, ...] = ()  # of other entries: the same header and size; not compared

    @property
    def places(self) -> tuple[StoredModel, ...]:
        return tuple(each.model for each in self.examined)

    @property
    def model(self) -> StoredModel:
        return self.examined[0].model

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(place.name for place in self.places))

    @property
    def path(self) -> Path:
        return self.model.path

    @property
    def size_bytes(self) -> int | None:
        return self.model.size_bytes

    @property
    def sha256s(self) -> tuple[str | None, ...]:
        """Of each file, as a store names it or as it was measured."""
        known = [each.sha256s for each in self.examined if None not in each.sha256s]
        return known[0] if known else self.examined[0].sha256s

    @property
    def architecture(self) -> str | None:
        return self.examined[0].architecture

    @property
    def quant(self) -> str | None:
        """As the names of its files say, else as the file declares it."""
        named = [place.quant for place in self.places if place.quant]
        return named[0] if named else self.examined[0].quant

    @property
    def trouble(self) -> str | None:
        """What it is instead of a model that loads; None: it loads as far as its header tells."""
        return self.examined[0].trouble

    @property
    def hint(self) -> str | None:
        return self.examined[0].hint


@dataclass(frozen=True, slots=True)
class Library:
    entries: tuple[LibraryEntry, ...]
    skipped: tuple[Skipped, ...]  # folders that could not be looked at

    @property
    def models(self) -> tuple[StoredModel, ...]:
        return tuple(place for entry in self.entries for place in entry.places)


def library(
    extra_folders: Iterable[Path] = (),
    here: Surroundings | None = None,
    book: FileBook | None = None,
) -> Library:
    """Reads the headers of what it has not seen before; weights are not read."""
    notes = book or own_book()
    found = stored_models(here or this_machine(), extra_folders)
    examined = [_examine(model, notes) for model in found.models]
    notes.save()
    return Library(_entries(examined), found.skipped)


def settled(
    known: Library, book: FileBook | None = None, on_progress: Progress = no_progress
) -> Library:
    """The same library after reading those files that may be equal, each once."""
    notes = book or own_book()
    doubtful = [each for entry in known.entries if entry.may_equal for each in entry.examined]
    files = [file for each in doubtful for file in _unmeasured(each)]
    all_bytes, done_bytes = sum(file.size_bytes or 0 for file in files), 0
    try:
        for file in files:
            measured_sha256(file, notes, part_of_all(on_progress, done_bytes, all_bytes))
            done_bytes += file.size_bytes or 0
    finally:
        notes.save()
    examined = [_examine(each.model, notes) for entry in known.entries for each in entry.examined]
    return Library(_entries(examined), known.skipped)


def _entries(examined: list[Examined]) -> tuple[LibraryEntry, ...]:
    groups = [_best_first(group) for group in same_models(examined)]
    alike = lookalikes(groups)
    return tuple(
        LibraryEntry(group, tuple(groups[other][0].model.path for other in alike.get(number, ())))
        for number, group in enumerate(groups)
    )


def _best_first(group: tuple[Examined, ...]) -> tuple[Examined, ...]:
    """Whole ones before damaged ones, else as the stores come."""
    return tuple(sorted(group, key=lambda each: each.trouble is not None))


def _unmeasured(each: Examined) -> list[StoredFile]:
    return [
        file
        for file, sha256 in zip(each.model.files, each.sha256s, strict=True)
        if sha256 is None and file.stamp is not None
    ]


def _examine(model: StoredModel, book: FileBook) -> Examined:
    sha256s = tuple(file.sha256 or _facts(file, book).sha256 for file in model.files)
    known = [_facts(file, book) for file in model.files]
    if any(facts.header_sha256 is None for facts in known):
        try:
            known = _read_headers(model, book)
        except (ModelNotFound, CannotLoad) as error:
            return Examined(model, sha256s, trouble=error.message, hint=error.hint)
    first = known[0]
    return Examined(model, sha256s, first.architecture, first.quant, first.header_sha256)


def _facts(file: StoredFile, book: FileBook) -> FileFacts:
    return book.facts(file.path, file.stamp) if file.stamp else FileFacts()


def _read_headers(model: StoredModel, book: FileBook) -> list[FileFacts]:
    """Of all shards; raises where the model would not load."""
    with open_model(model.path) as opened:
        refuse_unloadable(opened.headers[0])
        found = [facts_of_header(file, header) for file, header in opened.parts]
    for file, facts in zip(model.files, found, strict=True):
        if file.stamp:
            book.keep(file.path, file.stamp, facts)
    return found
