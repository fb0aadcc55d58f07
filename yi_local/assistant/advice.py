"""How a model is best sampled, where its makers say so."""

from collections.abc import Mapping
from typing import Any

from yi_local.assistant.reference import DEMO
from yi_local.errors import UsageError
from yi_local.types import SamplingOptions

_ADVICE: dict[str, dict[str, Any]] = {
    # The example in the model card of SmolLM2-135M-Instruct.
    DEMO: {"temperature": 0.2, "top_p": 0.9},
}


def sampling_for(reference: str, chosen: Mapping[str, Any]) -> SamplingOptions:
    """The options a person chose, the makers' advice for the rest, else our defaults.

    Raises UsageError for a value out of range and for options that exclude each other.
    """
    try:
        return SamplingOptions(**{**_ADVICE.get(reference, {}), **chosen})
    except ValueError as error:
        raise UsageError(f"These sampling options cannot be used: {error}.") from None
