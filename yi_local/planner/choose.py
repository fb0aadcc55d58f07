"""Ranks ways to load model files on a machine, and says why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from yi_local.hardware.snapshot import Hardware
from yi_local.planner.assessment import Assessment
from yi_local.planner.budget import Budget
from yi_local.planner.contexts import least_n_ctx
from yi_local.planner.options import wanted_layers
from yi_local.planner.plan import Candidate, Experience, Plan, Ranking, Wish
from yi_local.planner.rank import rank
from yi_local.planner.reasons import facts, sacrifices, too_big
from yi_local.planner.rivals import rivals
from yi_local.planner.speed import Pace

_NOTHING_LEARNT = Experience()


def choose(
    candidates: Sequence[Candidate],
    hardware: Hardware,
    wish: Wish,
    experience: Experience = _NOTHING_LEARNT,
) -> Ranking:
    """A candidate fits where each device it uses keeps its margin; that is never relaxed.

    Candidates that the wish excludes are left out of both lists.
    """
    wanted = [candidate for candidate in candidates if is_wanted(candidate, hardware, wish)]
    assessments = assess(wanted, hardware, wish, experience)
    fitting = sorted((a for a in assessments if a.fits), key=lambda a: a.rank)
    failing = sorted((a for a in assessments if not a.fits), key=lambda a: (a.short_bytes, a.rank))
    return Ranking(
        plans=_fitting_plans(fitting, assessments, wish),
        too_big=tuple(failed.plan((*too_big(failed), *facts(failed, wish))) for failed in failing),
    )


def is_wanted(candidate: Candidate, hardware: Hardware, wish: Wish) -> bool:
    """Whether it keeps to what the person fixed, and to the least context."""
    file, options = candidate.file, candidate.options
    n_ctx = options.n_ctx or candidate.dry_run.n_ctx
    if wish.n_ctx is not None and n_ctx != wish.n_ctx:
        return False
    if n_ctx < least_n_ctx(file, wish):
        return False
    if wish.kv_type is not None and {options.type_k, options.type_v} != {wish.kv_type}:
        return False
    return wish.n_gpu_layers is None or options.n_gpu_layers == wanted_layers(file, hardware, wish)


def assess(
    candidates: Iterable[Candidate], hardware: Hardware, wish: Wish, experience: Experience
) -> list[Assessment]:
    budget, pace = Budget(hardware, wish, experience), Pace(hardware, experience)
    found = []
    for candidate in candidates:
        memory, decode = budget.estimate(candidate), pace.decode(candidate)
        found.append(
            Assessment(
                candidate=candidate,
                memory=memory,
                prefill=pace.prefill(candidate),
                decode=decode,
                rank=rank(candidate, decode, hardware, wish),
                short_bytes=max(device.short_bytes for device in memory.devices),
            )
        )
    return found


def _fitting_plans(
    fitting: Sequence[Assessment], everything: Sequence[Assessment], wish: Wish
) -> tuple[Plan, ...]:
    siblings: dict[str, list[Assessment]] = defaultdict(list)
    for assessment in everything:
        siblings[assessment.file.path].append(assessment)
    return tuple(
        assessment.plan(
            (
                *sacrifices(assessment, siblings[assessment.file.path]),
                *(rivals(assessment, everything) if assessment is fitting[0] else ()),
                *facts(assessment, wish),
            )
        )
        for assessment in fitting
    )
