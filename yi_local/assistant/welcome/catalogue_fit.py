"""Which models of the catalogue fit this machine, roughly, before any header is read."""

from collections.abc import Mapping
from typing import Literal

from yi_local.assistant.planning.rough_model import RoughFile, rough_file
from yi_local.assistant.welcome.suggestions import rough_candidates
from yi_local.catalogue.model import Catalogue, Model
from yi_local.hardware.snapshot import Hardware
from yi_local.language import tr
from yi_local.planner.choose import choose
from yi_local.planner.plan import Experience, Wish

Fit = Literal["fits", "slow", "small quants", "too big"]

_USUAL = "Q4_K_M"  # what most people take


def catalogue_fits(
    catalogue: Catalogue, hardware: Hardware, experience: Experience, wish: Wish
) -> Mapping[str, Fit]:
    """By the models' ids; without those of which too little is known."""
    found: dict[str, Fit] = {}
    for model in catalogue.models:
        fit = _fit(model, hardware, experience, wish)
        if fit is not None:
            found[model.id] = fit
    return found


def fit_words(fit: Fit) -> str:
    match fit:
        case "fits":
            return tr("fits")
        case "slow":
            return tr("fits, slow")
        case "small quants":
            return tr("small ones fit")
        case "too big":
            return tr("too big")


def _fit(model: Model, hardware: Hardware, experience: Experience, wish: Wish) -> Fit | None:
    """By the usual quant, else by the smallest one."""
    repo = model.recommended_repo
    rough = [each for file in (repo.files if repo else ()) if (each := rough_file(model, file))]
    if not rough:
        return None
    rough.sort(key=lambda each: each.file.size_bytes)
    usual = next((each for each in rough if each.published.quant == _USUAL), rough[0])

    def fit_of(each: RoughFile) -> Fit:
        candidates = rough_candidates(each, hardware, experience, wish)
        best = choose(candidates, hardware, wish, experience).best
        if best is None:
            return "too big"
        return "slow" if any(reason.code == "slow" for reason in best.reasons) else "fits"

    fit = fit_of(usual)
    if fit == "too big" and usual is not rough[0] and fit_of(rough[0]) != "too big":
        fit = "small quants"
    return fit
