"""yi_local.assistant.talk.advice: sampling as a model's makers want it."""

from pathlib import Path

import pytest

from tests.tiny_gguf import write_tiny
from yi_local.assistant.models.recognition import Recognised, facts_of, recognise
from yi_local.assistant.talk.advice import sampling_for
from yi_local.catalogue import read_catalogue
from yi_local.engine.client import Engine
from yi_local.errors import UsageError
from yi_local.gguf_file import open_model
from yi_local.types import Done, LoadOptions, SamplingOptions

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
    assert recognise(copy, CATALOGUE).model == DEMO
    assert DEMO is not None


def test_a_file_of_another_model_or_none_is_not_recognised(tmp_path: Path) -> None:
    assert recognise(write_tiny(tmp_path / "tiny.gguf"), CATALOGUE) == Recognised()
    assert recognise(tmp_path / "nothing.gguf", CATALOGUE) == Recognised()


MINE = """
[family]
id = "mine"
name = "Mine"
maker = "me"
source = "https://example.org/mine"

[[model]]
id = "tiny-chat"
name = "Tiny Chat"
purpose = "chat"
summary_en = "Tiny."
n_params = {n_params}
defects = ["bos-wrongly-added"]
sources = ["https://example.org/mine"]

[model.licence]
id = "MIT"
url = "https://example.org/licence"
source = "https://example.org/mine"
"""


@pytest.mark.parametrize(("add_bos", "wrong"), [(True, True), (False, False)])
def test_what_a_file_gets_wrong_by_its_catalogue_entry_is_put_right(
    tmp_path: Path, add_bos: bool, wrong: bool
) -> None:
    path = write_tiny(tmp_path / "tiny.gguf", add_bos=add_bos)
    with open_model(path) as opened:
        n_params = facts_of(opened.headers).n_params
    (tmp_path / "mine.toml").write_text(MINE.format(n_params=n_params))
    catalogue = read_catalogue(user=tmp_path)
    assert catalogue.problems == ()
    overrides = (("tokenizer.ggml.add_bos_token", False),)
    assert recognise(path, catalogue).kv_overrides == (overrides if wrong else ())
    assert recognise(path, CATALOGUE).kv_overrides == ()


def test_an_override_reaches_llama_cpp(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "tiny.gguf", add_bos=True)
    counts = []
    for overrides in ((), (("tokenizer.ggml.add_bos_token", False),)):
        with Engine(log_dir=tmp_path / "logs") as engine:
            for _ in engine.load(LoadOptions(str(path), n_ctx=256, kv_overrides=overrides)):
                pass
            *_, done = engine.complete("the user", SamplingOptions(max_tokens=1, temperature=0))
            assert isinstance(done, Done)
            counts.append(done.usage.prompt_tokens)
    assert counts[0] == counts[1] + 1
