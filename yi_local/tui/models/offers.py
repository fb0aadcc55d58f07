"""A repository's models as far as they are known: what a view shows, and how it gets there."""

from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace

from yi_local.assistant.downloads.item import Item
from yi_local.assistant.models.model_name import RepoName
from yi_local.assistant.models.obtaining import entries_of
from yi_local.assistant.models.offer import Offer, Row, watch_offer
from yi_local.catalogue.model import Model
from yi_local.errors import YiLocalError
from yi_local.hub.library.library import Library, LibraryEntry
from yi_local.hub.library.lookup import find_sha256
from yi_local.hub.repo import Listing, ModelGroup, Source
from yi_local.planner.plan import Plan, Wish
from yi_local.tui.services import Services

Event = Listing | Row | Offer


@dataclass(frozen=True, slots=True)
class Target:
    """A repository whose models are shown, and the model of the catalogue that it holds."""

    name: RepoName
    model: Model | None = None

    @classmethod
    def of(cls, source: Source, repo_id: str, model: Model | None = None) -> "Target":
        return cls(RepoName(source, repo_id, model=model), model)

    @property
    def key(self) -> str:
        return f"{self.name.source}:{self.name.repo_id.casefold()}"


@dataclass(slots=True, eq=False)
class OfferState:
    """Grows event by event; `path_of` a group is what it is called by here."""

    target: Target
    listing: Listing | None = None
    rows: dict[str, Row] = field(default_factory=dict)  # by path
    plans: dict[str, Plan] = field(default_factory=dict)  # by path, of all headers together
    best: Plan | None = None
    error: YiLocalError | None = None
    is_reading: bool = True

    def take(self, event: Event) -> None:
        if isinstance(event, Listing):
            self.listing = event
        elif isinstance(event, Row):
            self.rows[path_of(event.group)] = event
            if event.plan is not None:
                self.plans[path_of(event.group)] = event.plan
        else:
            self.best = event.advice.ranking.best
            for plan in event.advice.ranking.each_file:
                self.plans[plan.file.path] = plan

    @property
    def groups(self) -> tuple[ModelGroup, ...]:
        return self.listing.groups if self.listing is not None else ()

    @property
    def licence(self) -> str | None:
        """As the catalogue says, else as the files name it."""
        if self.target.model is not None:
            return self.target.model.licence.id
        return next((row.licence for row in self.rows.values() if row.licence), None)

    def group(self, path: str) -> ModelGroup | None:
        return next((group for group in self.groups if path_of(group) == path), None)


def path_of(group: ModelGroup) -> str:
    return group.files[0].path


def events_of(services: Services, target: Target) -> Generator[Event, None, None]:
    """Blocks: from a thread. Raises what listing and planning raise."""
    with ExitStack() as stack:
        sources = stack.enter_context(services.sources())
        name = replace(target.name, quant=None, filename=None)
        offer = watch_offer(sources, lambda: stack.enter_context(services.advisor()), name, Wish())
        yield from stack.enter_context(closing(offer))


def entry_of(known: Library, target: Target, group: ModelGroup) -> LibraryEntry | None:
    """What is here of it: from the same repository, or the same bytes from elsewhere."""
    name = replace(target.name, quant=None, filename=path_of(group))
    whole = [entry for entry in entries_of(name, known) if entry.trouble is None]
    if whole:
        return whole[0]
    sha256 = group.files[0].sha256
    return find_sha256(known, sha256) if sha256 and len(group.files) == 1 else None


def item_of(items: tuple[Item, ...], listing: Listing, group: ModelGroup) -> Item | None:
    wanted = Item("", replace(listing, groups=(group,)))
    return next((item for item in items if item.is_same(wanted)), None)
