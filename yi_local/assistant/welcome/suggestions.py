"""Which models of the catalogue are worth a download on this machine: a small, a middle, a large.

Pure but for `confirmed`: from the catalogue's facts and the planner's rules, so that it can say
something at the first start, without a network.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from yi_local.assistant.models.model_name import DEMO, RepoName
from yi_local.assistant.models.offer import make_offer
from yi_local.assistant.models.sources import Sources
from yi_local.assistant.planning.advisor import Advisor
from yi_local.assistant.planning.rough_model import RoughFile, rough_dry_run, rough_file
from yi_local.catalogue.model import Catalogue, Model, Repo
from yi_local.hardware.snapshot import Hardware
from yi_local.planner.budget import Budget, fits_accelerators
from yi_local.planner.choose import choose
from yi_local.planner.options import partial, whole
from yi_local.planner.plan import Candidate, Experience, Plan, Wish
from yi_local.planner.quality import is_q3_class
from yi_local.types import LoadOptions

MOST = 3
_MAKER = "01.AI"  # whose models come first here
_PURPOSES = ("chat", "code")  # to talk with; the rest, bases and models for images, needs more
_NOTHING_LEARNT, _ANY = Experience(), Wish()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model, the quant of it for this machine, and how it would be loaded."""

    model: Model
    repo: Repo
    quant: str
    plan: Plan
    is_size_known: bool  # else estimated from the number of parameters
    is_exact: bool = False  # planned for from the file's own header

    @property
    def size_bytes(self) -> int:
        """On the disk."""
        return self.plan.file.size_bytes

    @property
    def is_slow(self) -> bool:
        return any(reason.code == "slow" for reason in self.plan.reasons)


def suggest_models(
    catalogue: Catalogue,
    hardware: Hardware,
    experience: Experience = _NOTHING_LEARNT,
    wish: Wish = _ANY,
) -> tuple[Suggestion, ...]:
    """At most three that fit, the smallest first; none where nothing does.

    They differ in size as far as the machine allows, and answer fast enough before they are large.
    """
    fitting = list(_fitting(catalogue, hardware, experience, wish))
    comfortable = [each for each in fitting if not each.is_slow]
    slow = [each for each in fitting if each.is_slow]
    picked = _spread(_best_of_each_size(comfortable))
    known_sizes = {each.model.n_params for each in picked}
    larger = [each for each in _best_of_each_size(slow) if each.model.n_params not in known_sizes]
    rest = sorted(comfortable, key=_merit)
    for other in (*larger, *rest, *slow):
        if len(picked) < MOST and other not in picked:
            picked.append(other)
    return tuple(sorted(picked, key=lambda each: (each.model.n_params or 0, each.model.id)))


def confirmed(
    suggestion: Suggestion, sources: Sources, advisor: Advisor, wish: Wish = _ANY
) -> Suggestion:
    """With the exact size and plan, from the header in its repository: some requests over the net.

    Raises what reading it raises; the plan may turn out not to fit.
    """
    repo = suggestion.repo
    name = RepoName(repo.host, repo.id, suggestion.quant, model=suggestion.model)
    plan = make_offer(sources, advisor, name, wish).advice.ranking.each_file[0]
    return replace(suggestion, plan=plan, is_size_known=True, is_exact=True)


# -- inside


def _fitting(
    catalogue: Catalogue, hardware: Hardware, experience: Experience, wish: Wish
) -> Iterator[Suggestion]:
    """The best quant of each model that fits and is worth having."""
    for model in catalogue.models:
        repo = model.recommended_repo
        if repo is None or not _is_to_talk_with(model):
            continue
        rough = {each.file.path: each for each in _files(model, repo)}
        candidates = [
            candidate
            for each in rough.values()
            for candidate in rough_candidates(each, hardware, experience, wish)
        ]
        best = choose(candidates, hardware, wish, experience).best
        if best is not None and not _is_blind(best):
            chosen = rough[best.file.path]
            yield Suggestion(model, repo, chosen.published.quant, best, chosen.is_size_known)


def _is_to_talk_with(model: Model) -> bool:
    return model.purpose in _PURPOSES and model.chat_template is not None and model.id != DEMO


def _is_blind(plan: Plan) -> bool:
    """Nobody knows what is free: no reason to advise a download."""
    return any(device.free_bytes is None for device in plan.memory.devices)


def _files(model: Model, repo: Repo) -> Iterator[RoughFile]:
    """Without quants that lose so much that a smaller model would answer better."""
    for published in repo.files:
        rough = rough_file(model, published)
        if rough is not None and not is_q3_class(rough.file):
            yield rough


def rough_candidates(
    rough: RoughFile, hardware: Hardware, experience: Experience, wish: Wish
) -> list[Candidate]:
    """The same ways as for a file that is here."""
    file, budget = rough.file, Budget(hardware, wish, experience)

    def tried(options: LoadOptions) -> Candidate:
        return Candidate(file, options, rough_dry_run(file, options, hardware))

    def fits(options: LoadOptions) -> bool:
        return fits_accelerators(budget.estimate(tried(options)))

    ways = list(whole(file, hardware, wish))
    ways += partial(file, hardware, wish, fits)
    return [tried(options) for options in ways]


def _best_of_each_size(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    by_size: dict[int, Suggestion] = {}
    for each in sorted(suggestions, key=_merit):
        by_size.setdefault(each.model.n_params or 0, each)
    return [by_size[size] for size in sorted(by_size)]


def _merit(suggestion: Suggestion) -> tuple[bool, int, tuple[int, ...], str]:
    """The smaller, the better: our makers' first, to chat rather than to code, the newest, and of
    those of one month the one that remembers most.
    """
    model = suggestion.model
    year, _, month = (model.released or "")[:7].partition("-")
    n_ctx = min(model.n_ctx_train or 0, _ANY.n_ctx_goal)
    age = (-int(year or 0), -int(month or 0), -n_ctx)
    return model.maker != _MAKER, _PURPOSES.index(model.purpose), age, model.id


def _spread(by_size: Sequence[Suggestion]) -> list[Suggestion]:
    """The smallest, the largest, the one in the middle."""
    if len(by_size) <= MOST:
        return list(by_size)
    return [by_size[0], by_size[len(by_size) // 2], by_size[-1]]
