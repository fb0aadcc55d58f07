"""The line by which every load tells its plan, and what was said after it."""

from typing import AnyStr


def after_plan(said: AnyStr) -> AnyStr:
    """What follows the first line, which must be the plan's."""
    first, _, rest = said.partition(b"\n" if isinstance(said, bytes) else "\n")
    assert first.startswith(b"plan: " if isinstance(first, bytes) else "plan: "), said
    return rest
