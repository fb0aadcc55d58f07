"""yi_local.cli.report: remarks and JSON about answers."""

import json

import pytest

from yi_local.cli.report import diagnosis_line, greeting, json_line, length_note, stats_line
from yi_local.types import Diagnosis, Done, FinishReason, ModelInfo, SamplingOptions, Usage

MODEL = ModelInfo(
    name="Yi 零一",
    architecture="llama",
    description="llama 6B Q4_K",
    n_params=6_000_000_000,
    weights_bytes=3_660_000_000,
    n_layer=32,
    n_gpu_layers=33,
    n_ctx=4096,
    n_ctx_train=4096,
    n_vocab=64000,
    n_threads=8,
    prefix_reuse=True,
    load_s=2.5,
    llama_cpp="0.3.36",
    diagnoses=(Diagnosis("bos-added", "It adds BOS.", None),),
)
USAGE = Usage(1234, 1000, 56, None, 12.34, 0.5)


def test_the_greeting_has_two_lines() -> None:
    first, second = greeting(MODEL.name, MODEL.n_ctx).splitlines()
    assert first == "You are chatting with Yi 零一, which remembers 4,096 tokens."
    assert "/help" in second


def test_an_unknown_speed_is_said_to_be_unknown() -> None:
    assert stats_line(USAGE, MODEL) == (
        "prompt 1,234 tokens (1,000 cached), speed unknown; answer 56 tokens, 12.3 tokens/s; "
        "first token after 500 ms; loaded in 2.5 s; 33 layers on the GPU"
    )


@pytest.mark.parametrize(
    ("reason", "max_tokens", "note"),
    [
        ("stop", 56, None),
        ("length", 56, "note: cut after 56 tokens, as --max-tokens asks"),
        ("length", None, "note: cut because the context of 4,096 tokens is full"),
        ("length", 100, "note: cut because the context of 4,096 tokens is full"),
    ],
)
def test_a_cut_names_its_cause(
    reason: FinishReason, max_tokens: int | None, note: str | None
) -> None:
    found = length_note(Done(reason, USAGE), SamplingOptions(max_tokens=max_tokens), MODEL)
    assert found is None if note is None else found is not None and found.startswith(note)


def test_a_diagnosis_without_a_repair_says_only_what_is_wrong() -> None:
    assert diagnosis_line(MODEL.diagnoses[0]) == "note: It adds BOS. (bos-added)"


def test_json_keeps_chinese_readable_and_stays_on_one_line() -> None:
    line = json_line("你好\n", Done("stop", USAGE), MODEL)
    assert "你好\\n" in line
    assert line.count("\n") == 1
    assert set(json.loads(line)) == {"text", "finish_reason", "usage", "model", "diagnoses"}


def test_without_an_end_the_finish_reason_is_error() -> None:
    answer = json.loads(json_line("half", None, MODEL))
    assert (answer["finish_reason"], answer["usage"]) == ("error", None)
