"""Why the best plan is not another file: a better quant, a larger model."""

from collections.abc import Callable, Iterator, Sequence

from yi_local.language import tr
from yi_local.planner.assessment import Assessment
from yi_local.planner.plan import ModelFile, Reason
from yi_local.planner.quality import has_few_bits, is_below_q6
from yi_local.planner.reasons import shortage
from yi_local.planner.sizes import memory_size


def rivals(best: Assessment, everything: Sequence[Assessment]) -> Iterator[Reason]:
    """`everything` that was considered, whether it fits or not."""
    better = [a for a in everything if not a.fits and a.rank < best.rank]
    others = [a for a in better if a.file.path != best.file.path]
    n_params = best.file.n_params
    if is_below_q6(best.file):
        finer = _nearest(others, lambda file: file.n_params == n_params and not is_below_q6(file))
        if finer:
            taken, wished = _label(best.file, finer.file), _label(finer.file, best.file)
            yield Reason("quant", _instead(taken, wished, finer))
    larger = _nearest(others, lambda file: file.n_params > n_params and not has_few_bits(file))
    if larger:
        yield Reason("model", _instead(best.file.name, larger.file.name, larger))
    nearest = _nearest(others, lambda file: True)
    if nearest:
        label = _label(nearest.file, best.file)
        n_ctx = nearest.options.n_ctx or 0
        size = memory_size(nearest.short_bytes)
        if n_ctx == best.options.n_ctx:
            text = tr("{name} needs {size} more", name=label, size=size)
        else:
            text = tr(
                "{name} with a context of {n_ctx} needs {size} more",
                name=label,
                n_ctx=f"{n_ctx:,}",
                size=size,
            )
        yield Reason("next-better", text)


def _instead(taken: str, other: str, assessment: Assessment) -> str:
    return tr(
        "{taken} instead of {other}: that would need {shortage}",
        taken=taken,
        other=other,
        shortage=shortage(assessment),
    )


def _nearest(
    assessments: Sequence[Assessment], condition: Callable[[ModelFile], bool]
) -> Assessment | None:
    """The one that lacks least."""
    found = (assessment for assessment in assessments if condition(assessment.file))
    return min(found, key=lambda assessment: assessment.short_bytes, default=None)


def _label(file: ModelFile, beside: ModelFile) -> str:
    """The quant where that tells the two apart, else the name."""
    same_model = file.n_params == beside.n_params and file.quant != beside.quant
    return file.quant if same_model and file.quant else file.name
