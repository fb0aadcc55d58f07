"""What lists and names lead to: repositories, and what of the catalogue fits here."""

from collections.abc import Mapping, Sequence

from yi_local.assistant.models.model_name import RepoName, read_name
from yi_local.assistant.planning.opening import experience_file
from yi_local.assistant.welcome.catalogue_fit import Fit, catalogue_fits
from yi_local.catalogue.model import Catalogue, Model
from yi_local.hub.library.library import LibraryEntry
from yi_local.hub.remote.huggingface import HuggingFace
from yi_local.hub.repo import Found
from yi_local.planner.plan import Wish
from yi_local.tui.models.offers import Target
from yi_local.tui.services import Services

_MOST_FOUND = 30


def of_model(model: Model) -> Target | None:
    """None where nobody knows a repository of it."""
    repo = model.recommended_repo
    return Target.of(repo.host, repo.id, model) if repo is not None else None


def of_entry(entry: LibraryEntry, catalogue: Catalogue) -> Target | None:
    """Where it came from."""
    place = next((place for place in entry.places if place.repo_id), None)
    if place is None or place.repo_id is None:
        return None
    known = catalogue.by_repo(place.repo_id)
    return Target.of(place.origin.source or "huggingface", place.repo_id, known)


def of_found(found: Found, catalogue: Catalogue) -> Target:
    return Target.of("huggingface", found.repo_id, catalogue.by_repo(found.repo_id))


def of_name(name: str, catalogue: Catalogue) -> Target | None:
    """None for what can only be on this disk. Raises ModelNotFound and UsageError in words."""
    meant = read_name(name, catalogue, lambda path: False)
    return Target(meant, meant.model) if isinstance(meant, RepoName) else None


def search_hub(services: Services, words: str) -> Sequence[Found]:
    """Blocks. Raises what searching raises, offline too."""
    with services.sources() as sources:
        hub = sources.hub("huggingface")
        assert isinstance(hub, HuggingFace)
        return hub.search(words, _MOST_FOUND)


def find_fits(services: Services) -> Mapping[str, Fit]:
    """Blocks for some seconds the first time."""
    with services.advisor() as advisor:
        hardware = advisor.machine.hardware
    return catalogue_fits(services.catalogue, hardware, experience_file().read(), Wish())
