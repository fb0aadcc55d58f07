"""What a mistyped model id may have meant."""

import re

from yi_local.catalogue.model import Catalogue

_CUTOFF = 0.75  # "yi-9b-chta" still finds Yi-9B, "whisper" finds nothing


def suggest(catalogue: Catalogue, wrong_id: str, at_most: int = 3) -> tuple[str, ...]:
    """The ids nearest to it, best first; hyphens, dots and capitals do not count."""
    wrong = _bare(wrong_id)
    scored = [(_similarity(wrong, _bare(model.id)), model.id) for model in catalogue.models]
    close = sorted((-score, name) for score, name in scored if score >= _CUTOFF)
    return tuple(name for _, name in close[:at_most])


def suggest_repo(catalogue: Catalogue, wrong: str, at_most: int = 2) -> tuple[str, ...]:
    """The known repositories spelled most alike."""
    wanted = _bare(wrong)
    repos = {repo.id for model in catalogue.models for repo in model.repos}
    scored = sorted((_similarity(wanted, _bare(repo)), repo) for repo in repos - {wrong})
    return tuple(repo for score, repo in reversed(scored) if score >= _CUTOFF)[:at_most]


def _similarity(wrong: str, known: str) -> float:
    """A beginning of some length counts as whole: "yi-1.5" means one of those."""
    if len(wrong) > 1 and known.startswith(wrong):
        return 1.0
    from difflib import SequenceMatcher  # only a mistyped word pays for it

    return SequenceMatcher(None, wrong, known, autojunk=False).ratio()


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
