"""The models that can be asked for, by names and never by paths."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from yi_local.assistant.models.library import open_library
from yi_local.assistant.models.model_name import RepoName, read_name
from yi_local.assistant.models.obtaining import best_of, entries_of
from yi_local.assistant.planning.opening import open_advisor
from yi_local.catalogue.model import Catalogue
from yi_local.errors import ModelNotFound, UsageError
from yi_local.hub.library.library import Library, LibraryEntry
from yi_local.hub.library.lookup import find_entries
from yi_local.language import tr
from yi_local.planner.plan import Wish

_FRESH_S = 10.0  # so long what is on the disk is not looked at again
_MOST_NAMED = 20  # in a message
_PATH_MARKS = ("/", ".", "~", "\\")


@dataclass(frozen=True, slots=True)
class Served:
    """A model under the name that clients use."""

    name: str
    path: Path
    owner: str = "local"  # whose repository it is from

    @property
    def created(self) -> int:
        """Unix time of its file; 0 where it has gone."""
        try:
            return int(self.path.stat().st_mtime)
        except OSError:
            return 0


class Names:
    """Blocking, from any thread.

    `first`: the models of the command line. With `any_name`, a name that nobody knows means the
    first of them.
    """

    def __init__(
        self,
        first: Sequence[Served],
        catalogue: Catalogue,
        *,
        look: Callable[[], Library] = open_library,
        any_name: bool = False,
        wish: Wish | None = None,
        engine_command: Sequence[str] | None = None,
    ) -> None:
        self.first = tuple(first)
        self.catalogue = catalogue
        self._look = look
        self._any_name = any_name
        self._wish = wish or Wish()
        self._engine_command = engine_command
        self._lock = threading.Lock()
        self._seen: tuple[float, Library] | None = None
        self._chosen: dict[tuple[Path, ...], Path] = {}  # of several of one name, the best here

    def listed(self) -> tuple[Served, ...]:
        """Those of the command line first, each file once."""
        found = {each.path: each for each in reversed(self._here())}
        for each in self.first:
            found.pop(each.path, None)
        return (*self.first, *sorted(found.values(), key=lambda each: each.name.lower()))

    def find(self, name: str | None) -> Served:
        """None: the one of the command line. Raises ModelNotFound, with the names there are."""
        if name is None and len(self.first) == 1:
            return self.first[0]
        wanted = (name or "").strip()
        named = [each for each in self.first if each.name.lower() == wanted.lower()]
        found = named[0] if named else self._in_library(wanted)
        if found is None and self._any_name and self.first:
            found = self.first[0]
        if found is None:
            raise self._unknown(wanted)
        return found

    def meant(self, name: str) -> tuple[Path, ...]:
        """The files that the command line means by a name which is no path."""
        known = self._library()
        entries = find_entries(known, name)
        if not any(entry.trouble is None for entry in entries):
            found = read_name(name, self.catalogue, lambda path: False)
            entries = entries_of(found, known) if isinstance(found, RepoName) else ()
        return tuple(entry.path for entry in entries if entry.trouble is None)

    # -- inside

    def _library(self) -> Library:
        with self._lock:
            now = time.monotonic()
            if self._seen is None or now - self._seen[0] > _FRESH_S:
                self._seen = (now, self._look())
            return self._seen[1]

    def _here(self) -> list[Served]:
        return [_served(entry) for entry in self._library().entries if entry.trouble is None]

    def _in_library(self, wanted: str) -> Served | None:
        if not wanted or wanted.startswith(_PATH_MARKS) or set(wanted) & set("\0\\"):
            return None  # a path: what lies where is nobody's business
        known = self._library()
        entries = [e for e in known.entries if wanted.lower() in map(str.lower, e.names)]
        entries = entries or list(find_entries(known, wanted)) or list(self._meant(wanted, known))
        whole = tuple(entry for entry in entries if entry.trouble is None)
        if not whole:
            return None
        path = self._best(tuple(entry.path for entry in whole))
        entry = next(entry for entry in whole if entry.path == path)
        return next((each for each in self.first if each.path == path), _served(entry))

    def _meant(self, wanted: str, known: Library) -> tuple[LibraryEntry, ...]:
        """By the catalogue's id, whichever repository it was fetched from."""
        try:
            name = read_name(wanted, self.catalogue, lambda path: False)
        except (ModelNotFound, UsageError):
            return ()
        if not isinstance(name, RepoName):
            return ()
        repos = [name.repo_id, *(sorted(name.model.repo_ids) if name.model else ())]
        spellings = [replace(name, repo_id=repo) for repo in dict.fromkeys(repos)]
        return tuple(entry for each in spellings for entry in entries_of(each, known))

    def _best(self, paths: tuple[Path, ...]) -> Path:
        if len(paths) == 1:
            return paths[0]
        if paths not in self._chosen:
            with open_advisor(engine_command=self._engine_command) as advisor:
                self._chosen[paths] = best_of(paths, advisor, self._wish)
        return self._chosen[paths]

    def _unknown(self, wanted: str) -> ModelNotFound:
        names = [each.name for each in self.listed()]
        rest = ", ..." if len(names) > _MOST_NAMED else ""
        hint = tr("There are: {names}", names=", ".join(names[:_MOST_NAMED]) + rest)
        if not names:
            hint = tr("There are none on this machine yet.")
        if not wanted:
            return ModelNotFound(tr("The request names no model."), hint)
        return ModelNotFound(tr('There is no model "{name}" here.', name=wanted[:80]), hint)


def _served(entry: LibraryEntry) -> Served:
    repo_id = entry.model.repo_id
    return Served(entry.name, entry.path, repo_id.partition("/")[0] if repo_id else "local")
