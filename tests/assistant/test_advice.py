"""yi_local.assistant.advice: sampling as a model's makers want it."""

from pathlib import Path

import pytest

from tests.tiny_gguf import write_tiny
from yi_local.assistant.advice import sampling_for
from yi_local.assistant.recognition import recognise
from yi_local.catalogue import read_catalogue
from yi_local.errors import UsageError
from yi_local.types import SamplingOptions

CATALOGUE = read_catalogue()
DEMO = CATALOGUE.by_id("demo")


def test_the_demo_model_is_sampled_as_its_card_says() -> None:
    assert sampling_for(DEMO, {}) == SamplingOptions(temperature=0.2, top_p=0.9)


def test_what_a_person_chooses_wins() -> None:
    chosen = sampling_for(DEMO, {"temperature": 0.0, "seed": 3})
    assert chosen == SamplingOptions(temperature=0.0, top_p=0.9, seed=3)


def test_other_models_get_our_defaults() -> None:
    assert sampling_for(None, {}) == SamplingOptions()


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
        sampling_for(DEMO, chosen)


def test_a_file_is_recognised_by_its_header_whatever_it_is_called(
    demo_model: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "x.gguf"
    copy.symlink_to(demo_model)
    assert recognise(copy, CATALOGUE) == DEMO
    assert DEMO is not None


def test_a_file_of_another_model_or_none_is_not_recognised(tmp_path: Path) -> None:
    assert recognise(write_tiny(tmp_path / "tiny.gguf"), CATALOGUE) is None
    assert recognise(tmp_path / "nothing.gguf", CATALOGUE) is None
