"""How often a running answer is painted: often enough to look alive, seldom enough to be cheap."""

FIRST_S = 0.05  # in the beginning, so that it feels instant
USUAL_S = 0.1
SLOWEST_S = 0.5
_BEGINNING_S = 1.0
_SHARE = 0.09  # of a core; a model on the CPU needs the rest


def pause_s(age_s: float, spent_s: float) -> float:
    """Seconds from one paint to the next, `age_s` after the first one.

    `spent_s` is the processor time the last one took: a long block, a wide terminal or a slow
    computer are painted less often, and never take more than their share.
    """
    least = FIRST_S if age_s < _BEGINNING_S else USUAL_S
    return min(max(least, spent_s / _SHARE), SLOWEST_S)
