"""Which context lengths are worth a look."""

from yi_local.planner.plan import ModelFile, Wish

_LADDER_START = 4096  # tokens


def goal_n_ctx(file: ModelFile, wish: Wish) -> int:
    """What the person wants, as far as the model knows it."""
    goal = wish.n_ctx_goal if wish.n_ctx is None else wish.n_ctx
    return min(goal, file.n_ctx_train or goal)


def least_n_ctx(file: ModelFile, wish: Wish) -> int:
    """Less is not offered: it is the last of the sacrifices, and has an end."""
    return wish.n_ctx or min(wish.n_ctx_min, goal_n_ctx(file, wish))


def contexts(file: ModelFile, wish: Wish) -> tuple[int, ...]:
    """The goal, its half, ... down to the least, the longest first.

    A model that does not say how much it was trained on gets the least alone.
    """
    if wish.n_ctx is not None:
        return (wish.n_ctx,)
    least = least_n_ctx(file, wish)
    n_ctx = goal_n_ctx(file, wish) if file.n_ctx_train else least
    found = []
    while n_ctx > least:
        found.append(n_ctx)
        n_ctx //= 2
    return (*found, least)


def context_ladder(file: ModelFile, wish: Wish) -> tuple[int, ...]:
    """Powers of two up to all that the model knows, to show what each length costs."""
    top = file.n_ctx_train or max(wish.n_ctx_goal, wish.n_ctx or 0)
    steps = {_LADDER_START << power for power in range(64) if _LADDER_START << power < top}
    return tuple(sorted({*steps, top, *([wish.n_ctx] if wish.n_ctx else [])}))
