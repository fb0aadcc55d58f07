"""yi_local.assistant.advice: sampling as a model's makers want it."""

import pytest

from yi_local.assistant.advice import sampling_for
from yi_local.errors import UsageError
from yi_local.types import SamplingOptions


def test_the_demo_model_is_sampled_as_its_card_says() -> None:
    assert sampling_for("demo", {}) == SamplingOptions(temperature=0.2, top_p=0.9)


def test_what_a_person_chooses_wins() -> None:
    chosen = sampling_for("demo", {"temperature": 0.0, "seed": 3})
    assert chosen == SamplingOptions(temperature=0.0, top_p=0.9, seed=3)


def test_other_models_get_our_defaults() -> None:
    assert sampling_for("demo.gguf", {}) == SamplingOptions()


@pytest.mark.parametrize(
    ("chosen", "complaint"),
    [
        ({"top_p": 1.5}, "top_p must be between 0 and 1, not 1.5"),
        ({"temperature": float("nan")}, "temperature must be between 0 and 100"),
        ({"grammar": "x", "json_schema": "{}"}, "not both"),
        ({"stop": ("",)}, "must not be empty"),
    ],
)
def test_what_cannot_be_is_a_usage_error(chosen: dict[str, object], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        sampling_for("demo", chosen)
