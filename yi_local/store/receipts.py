"""Receipt <-> JSON; what a newer version added to it is passed over."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from yi_local.store.records import Receipt
from yi_local.types import SamplingOptions, Usage


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    values = _values(receipt)
    values["load"] = dict(receipt.load)
    values["sampling"] = sampling_json(receipt.sampling)
    values["usage"] = None if receipt.usage is None else _values(receipt.usage)
    return values


def sampling_json(sampling: SamplingOptions) -> dict[str, Any]:
    bias = {str(token): added for token, added in sampling.logit_bias.items()}
    return {**_values(sampling), "logit_bias": bias}


def receipt_of(values: Mapping[str, Any]) -> Receipt | None:
    """None where it cannot be understood: an answer does not depend on its receipt."""
    try:
        usage = values.get("usage")
        return Receipt(
            **{
                **_known(Receipt, values),
                "sampling": sampling_of(values["sampling"]),
                "usage": None if usage is None else Usage(**_known(Usage, usage)),
                "left_out": tuple(values.get("left_out", ())),
            }
        )
    except (TypeError, ValueError, KeyError, AttributeError):
        return None


def receipt_text(receipt: Receipt | None) -> str | None:
    return None if receipt is None else json.dumps(receipt_json(receipt), ensure_ascii=False)


def receipt_from(text: str | None) -> Receipt | None:
    if text is None:
        return None
    try:
        values = json.loads(text)
    except ValueError:
        return None
    return receipt_of(values) if isinstance(values, dict) else None


def sampling_of(values: Mapping[str, Any]) -> SamplingOptions:
    """JSON knows neither tuples nor keys that are numbers."""
    chosen: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in _known(SamplingOptions, values).items()
    }
    if "logit_bias" in chosen:
        chosen["logit_bias"] = {int(key): value for key, value in chosen["logit_bias"].items()}
    return SamplingOptions(**chosen)


def _known(kind: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in values.items() if name in names}


def _values(record: Any) -> dict[str, Any]:
    """Its fields as they are; dataclasses' own way copies deeply, which not every mapping bears."""
    return {field.name: getattr(record, field.name) for field in fields(record)}
