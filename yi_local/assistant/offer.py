"""What a repository offers this machine: its models, planned for before a byte of them is here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from yi_local.assistant.advisor import Advice, Advisor, Subject, subject_of
from yi_local.assistant.model_name import RepoName
from yi_local.assistant.sources import RemoteHub, Sources
from yi_local.catalogue import read_catalogue
from yi_local.catalogue.suggest import suggest_repo
from yi_local.errors import ModelNotFound, YiLocalError
from yi_local.hub.remote.range_reader import Traffic
from yi_local.hub.remote.remote_header import read_headers
from yi_local.hub.repo import Listing, ModelGroup
from yi_local.planner.plan import Plan, Wish


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


def list_models(sources: Sources, name: RepoName) -> tuple[RemoteHub, Listing]:
    """Raises ModelNotFound, also for a repository without GGUF files."""
    hub = sources.hub(name.source)
    try:
        listing = hub.list_repo(name.repo_id, *([name.revision] if name.revision else []))
    except ModelNotFound as error:
        raise _with_suggestions(error, name) from error
    if not listing.groups:
        model = f" {name.model.name} has others: yi search {name.model.id}" if name.model else ""
        raise ModelNotFound(
            f"{name.repo_id} holds no whole GGUF model.",
            f"Look for a repository with GGUF in its name.{model}",
        )
    return hub, listing


def _with_suggestions(error: ModelNotFound, name: RepoName) -> ModelNotFound:
    near = suggest_repo(read_catalogue(), name.repo_id)
    hint = f"Did you mean {' or '.join(near)}? {error.hint or ''}" if near else error.hint
    return ModelNotFound(error.message, hint)


def make_offer(sources: Sources, advisor: Advisor, name: RepoName, wish: Wish) -> Offer:
    """Lists, reads the headers of what may be meant, plans."""
    hub, listing = list_models(sources, name)
    groups = chosen_groups(listing, name)
    traffic = Traffic()
    refused: list[tuple[str, YiLocalError]] = []
    subjects: list[Subject] = []
    for group, parts in read_headers(hub, listing, groups, sources.headers, traffic):
        try:
            if isinstance(parts, YiLocalError):
                raise parts
            subjects.append(subject_of(parts, path=_path(group), size_bytes=group.size_bytes))
        except YiLocalError as error:
            refused.append((group.name, error))
    if not subjects and refused:
        raise refused[0][1]
    advice = advisor.advise(subjects, wish)
    advice = Advice(advice.ranking, (*refused, *advice.refused))
    return Offer(listing, groups, tuple(subjects), advice, traffic)


def chosen_groups(listing: Listing, name: RepoName) -> tuple[ModelGroup, ...]:
    """By file name, by quant, else all. Raises ModelNotFound with what there is instead."""
    found = tuple(_matching(listing.groups, name))
    if found:
        return found
    wanted = name.filename or name.quant
    quants = ", ".join(dict.fromkeys(group.quant or group.name for group in listing.groups))
    raise ModelNotFound(f"{name.repo_id} has no {wanted}.", f"It has: {quants}")


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
