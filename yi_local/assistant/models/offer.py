"""What a repository offers this machine: its models, planned for before a byte of them is here."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from yi_local.assistant.models.model_name import RepoName
from yi_local.assistant.models.sources import RemoteHub, Sources
from yi_local.assistant.planning.advisor import Advice, Advisor, Subject, subject_of
from yi_local.catalogue import read_catalogue
from yi_local.catalogue.suggest import suggest_repo
from yi_local.errors import ModelNotFound, YiLocalError
from yi_local.hub.remote.range_reader import Traffic
from yi_local.hub.remote.remote_header import Parts, read_headers
from yi_local.hub.repo import Listing, ModelGroup
from yi_local.language import tr
from yi_local.planner.plan import Candidate, Plan, Wish


@dataclass(frozen=True, slots=True)
class Offer:
    listing: Listing
    groups: tuple[ModelGroup, ...]  # those that were asked for
    subjects: tuple[Subject, ...]  # of those whose headers could be read
    advice: Advice
    traffic: Traffic = field(default_factory=Traffic)  # what reading the headers took

    def group_of(self, plan: Plan) -> ModelGroup:
        return next(group for group in self.groups if _path(group) == plan.file.path)

    def subject_of(self, plan: Plan) -> Subject:
        return next(each for each in self.subjects if each.file.path == plan.file.path)


@dataclass(frozen=True, slots=True)
class Row:
    """One model of a repository by itself: the best plan for it, or why there is none."""

    group: ModelGroup
    subject: Subject | None = None
    plan: Plan | None = None
    error: YiLocalError | None = None
    licence: str | None = None  # as the file names it


def list_models(sources: Sources, name: RepoName) -> tuple[RemoteHub, Listing]:
    """Raises ModelNotFound, also for a repository without GGUF files."""
    hub = sources.hub(name.source)
    try:
        listing = hub.list_repo(name.repo_id, *([name.revision] if name.revision else []))
    except ModelNotFound as error:
        raise _with_suggestions(error, name) from error
    if not listing.groups:
        hint = tr("Look for a repository with GGUF in its name.")
        if name.model:
            hint = tr(
                "Look for a repository with GGUF in its name. {name} has others: yi search {id}",
                name=name.model.name,
                id=name.model.id,
            )
        raise ModelNotFound(
            tr("{repo} holds no whole GGUF model.", repo=name.repo_id),
            hint,
        )
    return hub, listing


def _with_suggestions(error: ModelNotFound, name: RepoName) -> ModelNotFound:
    near = suggest_repo(read_catalogue(), name.repo_id)
    hint = error.hint
    if near:
        hint = tr("Did you mean {names}?", names=tr(" or ").join(near)) + f" {error.hint or ''}"
    return ModelNotFound(error.message, hint)


def make_offer(sources: Sources, advisor: Advisor, name: RepoName, wish: Wish) -> Offer:
    """Lists, reads the headers of what may be meant, plans.

    Raises why nothing can be read, where that is so.
    """
    for event in watch_offer(sources, lambda: advisor, name, wish):
        if isinstance(event, Offer):
            if not event.subjects and event.advice.refused:
                raise event.advice.refused[0][1]
            return event
    raise AssertionError("an offer ends with itself")


def watch_offer(
    sources: Sources, open_advisor: Callable[[], Advisor], name: RepoName, wish: Wish
) -> Generator[Listing | Row | Offer, None, None]:
    """The same as it becomes known: what there is, each model in its order, all of them at the end.

    The advisor is asked for when the listing has been given. Close the iterator to stop.
    """
    hub, listing = list_models(sources, name)
    groups = chosen_groups(listing, name)
    yield replace(listing, groups=groups)
    advisor, traffic = open_advisor(), Traffic()
    candidates: list[Candidate] = []
    rows: list[Row] = []
    with closing(read_headers(hub, listing, groups, sources.headers, traffic)) as headers:
        for group, parts in headers:
            row, found = _row(advisor, group, parts, wish)
            candidates += found
            rows.append(row)
            yield row
    advice = Advice(
        advisor.rank(candidates, wish),
        tuple((row.group.name, row.error) for row in rows if row.error is not None),
    )
    subjects = tuple(row.subject for row in rows if row.subject is not None)
    yield Offer(listing, groups, subjects, advice, traffic)


def _row(
    advisor: Advisor, group: ModelGroup, parts: Parts | YiLocalError, wish: Wish
) -> tuple[Row, list[Candidate]]:
    if isinstance(parts, YiLocalError):
        return Row(group, error=parts), []
    licence = parts[0][1].text("general.license")
    subject = None
    try:
        subject = subject_of(parts, path=_path(group), size_bytes=group.size_bytes)
        found = advisor.candidates(subject, wish)
    except YiLocalError as error:
        return Row(group, subject, error=error, licence=licence), []
    plan = next(iter(advisor.rank(found, wish).each_file), None)
    return Row(group, subject, plan, licence=licence), found


def chosen_groups(listing: Listing, name: RepoName) -> tuple[ModelGroup, ...]:
    """By file name, by quant, else all. Raises ModelNotFound with what there is instead."""
    found = tuple(_matching(listing.groups, name))
    if found:
        return found
    wanted = name.filename or name.quant
    quants = ", ".join(dict.fromkeys(group.quant or group.name for group in listing.groups))
    raise ModelNotFound(
        tr("{repo} has no {wanted}.", repo=name.repo_id, wanted=wanted),
        tr("It has: {quants}", quants=quants),
    )


def _matching(groups: Sequence[ModelGroup], name: RepoName) -> Iterator[ModelGroup]:
    for group in groups:
        if name.filename is not None:
            if any(file.path == name.filename for file in group.files):
                yield group
        elif name.quant is None or name.quant == group.quant:
            yield group


def _path(group: ModelGroup) -> str:
    """Until it is here, a model's path is that in its repository."""
    return group.files[0].path
