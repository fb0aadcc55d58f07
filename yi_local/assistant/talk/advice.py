"""How a model is best sampled, where its makers say so."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.types import SamplingOptions

if TYPE_CHECKING:
    from yi_local.catalogue.model import Model


def sampling_for(model: "Model | None", chosen: Mapping[str, Any]) -> SamplingOptions:
    """The options a person chose, the makers' advice for the rest, else our defaults.

    Raises UsageError for a value out of range and for options that exclude each other.
    """
    advised = model.sampling.options if model is not None and model.sampling is not None else {}
    try:
        return SamplingOptions(**{**advised, **chosen})
    except ValueError as error:
        raise UsageError(
            tr("These sampling options cannot be used: {error}.", error=error)
        ) from None
