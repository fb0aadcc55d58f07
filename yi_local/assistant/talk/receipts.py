"""With what an answer was made, written down so that it can be made again."""

from dataclasses import fields

from yi_local.assistant.loading.talk_model import Origin
from yi_local.store.records import Receipt
from yi_local.types import SamplingOptions, Usage


def receipt(
    name: str,
    origin: Origin,
    sampling: SamplingOptions,
    *,
    system: str | None,
    usage: Usage | None,
    left_out: tuple[int, ...],
    continued_chars: int,
) -> Receipt:
    """`name`: of the model, as it was asked for."""
    return Receipt(
        model=name,
        **{field.name: getattr(origin, field.name) for field in fields(origin)},
        sampling=sampling,
        system=system,
        usage=usage,
        left_out=left_out,
        continued_chars=continued_chars,
    )
