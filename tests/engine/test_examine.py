"""Known defects of model files: found from the header, each with its repair."""

from pathlib import Path
from typing import Any

import pytest

from tests import tiny_gguf
from tests.tiny_gguf import (
    NORMAL,
    patch_tensor_type,
    small_bpe_vocabulary,
    small_vocabulary,
    write_tiny,
)
from tests.tiny_yi import write_yi, yi_variant
from yi_local.engine.worker import known_templates
from yi_local.engine.worker.end_marker import end_marker
from yi_local.engine.worker.examine import Examination, examine
from yi_local.errors import CannotLoad
from yi_local.gguf_file import open_model_file, read_header

KEEP = ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type")
EOS = "tokenizer.ggml.eos_token_id"
BOS = "tokenizer.ggml.add_bos_token"
SPACE = "tokenizer.ggml.add_space_prefix"
TEMPLATE = "tokenizer.chat_template"
NAME = "general.name"
LLAMA_3 = ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
GEMMA = ("<start_of_turn>", "<end_of_turn>")


def examined(path: Path) -> Examination:
    with open_model_file(path) as source:
        return examine(read_header(source, keep_arrays=KEEP))


def names(examination: Examination) -> list[str]:
    return [diagnosis.name for diagnosis in examination.diagnoses]


def tiny(folder: Path, *markers: str, **options: Any) -> Examination:
    """The examination of a tiny SPM model, with other markers in place of ChatML's."""
    words = small_vocabulary(markers) if markers else None
    return examined(write_tiny(folder / "m.gguf", vocabulary=words, **options))


def yi(folder: Path, **options: Any) -> Examination:
    return examined(write_yi(folder / "m.gguf", weights=True, **options))


# -- healthy files


def test_a_healthy_file_has_no_findings(tmp_path):
    found = tiny(tmp_path)
    assert (found.diagnoses, found.kv_overrides, found.text_only_literals) == ((), {}, {})
    assert found.end_token_ids == {4}
    assert found.chat_template == tiny_gguf.CHATML


@pytest.mark.parametrize(
    ("markers", "template"),
    [
        (LLAMA_3, known_templates.LLAMA_3),
        (GEMMA, known_templates.GEMMA),
        (("<|system|>", "<|user|>", "<|assistant|>", "<|end|>"), known_templates.PHI_3),
        (("[INST]", "[/INST]"), known_templates.MISTRAL),
        (("<|user|>", "<|assistant|>"), known_templates.ZEPHYR),
        (("<x>",), known_templates.VICUNA),
    ],
)
def test_healthy_files_of_other_families_have_no_findings(tmp_path, markers, template):
    # Their converters declare </s> as the end and leave the end of a turn to llama.cpp.
    found = tiny(tmp_path, *markers, template=template, eos="</s>", add_bos=True)
    assert (found.diagnoses, found.kv_overrides) == ((), {})


def test_a_healthy_bpe_file_has_no_findings(tmp_path):
    path = write_tiny(tmp_path / "m.gguf", vocabulary=small_bpe_vocabulary())
    assert examined(path).diagnoses == ()


@pytest.mark.parametrize("letter", ["E", "F"])
def test_a_healthy_yi_has_no_findings(tmp_path, letter):
    found = examined(yi_variant(tmp_path / "m.gguf", letter))
    assert (found.diagnoses, found.kv_overrides, found.end_token_ids) == ((), {}, {7})


def test_the_demo_model_has_no_findings(demo_model):
    found = examined(demo_model)
    assert (found.diagnoses, found.kv_overrides, found.text_only_literals) == ((), {}, {})


# -- every defective Yi of yi.md


@pytest.mark.parametrize(
    ("letter", "expected", "overrides"),
    [
        (
            "A",
            [
                "template-missing",
                "marker-stored-as-text",
                "end-token-not-eog",
                "bos-wrongly-added",
                "space-prefix",
            ],
            {EOS: 7, BOS: False, SPACE: False},
        ),
        (
            "B",
            ["template-missing", "end-token-not-eog", "bos-wrongly-added", "space-prefix"],
            {EOS: 7, BOS: False, SPACE: False},
        ),
        ("C", ["end-token-not-eog", "space-prefix"], {EOS: 7, SPACE: False}),
        ("D", ["space-prefix"], {SPACE: False}),
        ("G", ["template-missing", "marker-stored-as-text", "end-token-not-eog"], {EOS: 7}),
    ],
)
def test_the_yi_files_in_the_wild_are_repaired(tmp_path, letter, expected, overrides):
    found = examined(yi_variant(tmp_path / "m.gguf", letter))
    assert names(found) == expected
    assert found.kv_overrides == overrides
    assert found.end_token_ids == {7}


def test_every_finding_is_explained_in_whole_sentences(tmp_path):
    for diagnosis in examined(yi_variant(tmp_path / "m.gguf", "A")).diagnoses:
        for text in (diagnosis.explanation, diagnosis.repair):
            assert text is not None
            assert text.endswith(".")
            assert "None" not in text


# -- the template


@pytest.mark.parametrize(
    ("metadata", "template"),
    [
        ({NAME: "Yi 6B Chat"}, known_templates.CHATML),
        ({NAME: "Yi-1.5-9B-Chat"}, known_templates.YI_1_5),
        ({NAME: "Yi-Coder-1.5B-Chat"}, known_templates.YI_CODER),
        ({NAME: None}, known_templates.CHATML),
        ({NAME: None, "llama.attention.layer_norm_rms_epsilon": 1e-6}, known_templates.YI_1_5),
        ({NAME: "LLaMA v2", "llama.rope.freq_base": 1e7}, known_templates.YI_CODER),
        ({NAME: "Yi 9B", "general.finetune": "Chat"}, known_templates.CHATML),
    ],
)
def test_a_yi_without_a_template_gets_its_own_by_name_or_training(tmp_path, metadata, template):
    found = yi(tmp_path, template=None, metadata=metadata)
    assert found.chat_template == template
    assert names(found) == ["template-missing"]


@pytest.mark.parametrize(
    ("markers", "template"),
    [
        (("<|im_start|>", "<|im_end|>"), known_templates.CHATML),
        (LLAMA_3, known_templates.LLAMA_3),
        (GEMMA, known_templates.GEMMA),
        (("<|user|>", "<|end|>"), known_templates.PHI_3),
        (("[INST]", "[/INST]"), known_templates.MISTRAL),
    ],
)
def test_a_missing_template_is_chosen_by_the_vocabulary(tmp_path, markers, template):
    found = tiny(tmp_path, *markers, template=None)
    assert found.chat_template == template
    assert names(found) == ["template-missing"]


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("mistralai_mistral-7b-instruct-v0.1", known_templates.MISTRAL),
        ("Llama-2-7B-Chat", known_templates.LLAMA_2),
        ("zephyr-7b-beta chat", known_templates.ZEPHYR),
        ("lmsys_vicuna-7b-v1.5", known_templates.VICUNA),
        ("somebody-7b-chat", known_templates.PLAIN),
    ],
)
def test_a_missing_template_is_chosen_by_the_name_where_no_marker_tells(tmp_path, name, template):
    found = tiny(tmp_path, "<x>", template=None, metadata={NAME: name})
    assert found.chat_template == template
    assert names(found) == ["template-missing"]


@pytest.mark.parametrize(
    ("markers", "name"),
    [
        (("<x>",), "Tiny"),
        (LLAMA_3, "Meta-Llama-3-8B"),
        (GEMMA, "gemma-2-2b"),
        (GEMMA, "google_gemma-2b-pt"),
    ],
)
def test_a_base_model_is_called_one(tmp_path, markers, name):
    found = tiny(tmp_path, *markers, template=None, metadata={NAME: name})
    assert (names(found), found.chat_template) == (["base-model"], known_templates.PLAIN)


@pytest.mark.parametrize("name", ["Yi 6B 200K", "01-ai_Yi-34B", "Yi-1.5-9B-32K", "Yi-Coder-9B"])
def test_a_yi_base_model_keeps_its_end_token(tmp_path, name):
    found = yi(tmp_path, template=None, metadata={NAME: name, EOS: 2})
    assert (names(found), found.kv_overrides) == (["base-model"], {})
    assert found.end_token_ids == frozenset()


def test_a_yi_whose_answers_end_turns_is_no_base_model(tmp_path):
    found = yi(tmp_path, template=None, metadata={NAME: "Yi-34B", EOS: 7})
    assert names(found) == ["template-missing"]


def test_a_named_default_template_counts_as_one(tmp_path):
    metadata = {
        "tokenizer.chat_templates": ["a", "default"],
        f"{TEMPLATE}.default": "D",
        f"{TEMPLATE}.a": "A",
    }
    assert tiny(tmp_path, template=None, metadata=metadata).chat_template == "D"


def test_a_blank_template_counts_as_none(tmp_path):
    assert names(tiny(tmp_path, template=" \n")) == ["template-missing"]


def test_a_template_that_does_not_parse_is_still_handed_on(tmp_path):
    broken = "{% for %}{{ content }}<|im_end|>"
    found = tiny(tmp_path, template=broken)
    assert (found.chat_template, found.end_token_ids) == (broken, {4})


# -- the end token


@pytest.mark.parametrize("key", ["eot", "eom"])
def test_an_end_token_declared_as_end_of_turn_is_fine(tmp_path, key):
    found = tiny(tmp_path, eos="</s>", metadata={f"tokenizer.ggml.{key}_token_id": 4})
    assert (names(found), found.end_token_ids) == ([], {4})


@pytest.mark.parametrize("marker", ["<|im_end|>", "[|endofturn|]"])
def test_any_undeclared_end_ends_an_answer_and_eos_stays_what_templates_write(tmp_path, marker):
    template = tiny_gguf.CHATML.replace("<|im_end|>", marker)
    found = tiny(tmp_path, "<|im_start|>", marker, template=template, eos="</s>")
    assert names(found) == ["end-token-not-eog"]
    assert "</s> (token 2)" in found.diagnoses[0].explanation
    assert (found.end_token_ids, found.kv_overrides) == ({4}, {})


@pytest.mark.parametrize("eos", [None, 99999])
def test_an_end_token_that_is_not_there_is_said_so(tmp_path, eos):
    found = tiny(tmp_path, metadata={EOS: eos})
    assert names(found) == ["end-token-not-eog"]
    assert "None" not in found.diagnoses[0].explanation


SPECIAL = {"<|a|>": 1, "<|end_a|>": 2, "<|im_end|>": 3, "<|eot_id|>": 4, "[/INST]": 5}


@pytest.mark.parametrize(
    ("template", "marker"),
    [
        ("{{ '<|a|>' + message['content'] + '<|end_a|>' }}", "<|end_a|>"),
        ("{{ '<|a|>' ~ message.content | trim ~ '\n<|end_a|>' }}", "<|end_a|>"),
        ("{% set c = 'x' + m['content']|trim + '<|eot_id|>' %}{{ '<|a|>' + c }}", "<|eot_id|>"),
        (
            "{% if m.role == 'user' %}{{ '[INST]' + m.content + '[/INST]' }}"
            "{% elif m.role == 'assistant' %}{{ m.content }}<|end_a|>{% endif %}",
            "<|end_a|>",
        ),
        (
            "{% if m.role == 'user' %}{{ m.content + '[/INST]' }}"
            "{% elif m.role == 'assistant' %}{{ m.content + eos_token }}{% endif %}",
            None,
        ),
        (
            "{% if m.role == 'assistant' %}{{ content }}{% for t in tools %}<tool>{{ t.name }}"
            "</tool>{% endfor %}<|im_end|>{% endif %}",
            "<|im_end|>",
        ),
        ("{% if m.content is string %}<|a|>{% endif %}", None),
        ("{{ m.content }}\n", None),
        ("{% for m in messages %}{% if m.x %}{% continue %}{% endif %}{% endfor %}", None),
    ],
)
def test_the_end_marker_is_what_follows_an_assistants_content(template, marker):
    assert end_marker(template, SPECIAL) == marker


def test_vocabularies_with_several_ends_are_left_to_llama_cpp():
    assert end_marker("{{ m.content }}<|end|>", {"<|end|>": 1, "<|return|>": 2}) is None


# -- start token, space, markers


@pytest.mark.parametrize("flag", [None, True])
def test_yi_never_gets_a_start_token(tmp_path, flag):
    found = yi(tmp_path, metadata={BOS: flag})
    assert (names(found), found.kv_overrides) == (["bos-wrongly-added"], {BOS: False})


@pytest.mark.parametrize("start", ["{{ bos_token }}", "<s>"])
@pytest.mark.parametrize("flag", [None, True])
def test_a_start_token_written_twice_is_found(tmp_path, flag, start):
    found = tiny(tmp_path, template=start + tiny_gguf.CHATML, add_bos=flag)
    assert (names(found), found.kv_overrides) == (["bos-doubled"], {})


def test_a_start_token_written_once_is_fine(tmp_path):
    assert names(tiny(tmp_path, template="{{ bos_token }}" + tiny_gguf.CHATML)) == []
    assert names(tiny(tmp_path, add_bos=True)) == []


@pytest.mark.parametrize("flag", [None, True])
def test_yi_never_gets_a_space_prefix(tmp_path, flag):
    found = yi(tmp_path, metadata={SPACE: flag})
    assert (names(found), found.kv_overrides) == (["space-prefix"], {SPACE: False})


def test_markers_stored_as_text_are_found_with_their_ids(tmp_path):
    found = yi(tmp_path, types="normal")
    assert names(found) == ["marker-stored-as-text"]
    assert found.text_only_literals == {"<|im_start|>": 6, "<|im_end|>": 7}


def test_markers_of_other_families_stored_as_text_are_found_too(tmp_path):
    words = small_vocabulary().retyped({3: NORMAL})
    found = examined(write_tiny(tmp_path / "m.gguf", vocabulary=words))
    assert found.text_only_literals == {"<|im_start|>": 3}


# -- what cannot be loaded


@pytest.mark.parametrize(
    ("ggml_type", "successor"), [(4, "Q4_0"), (31, "Q4_0"), (33, "Q4_0"), (38, "IQ4_NL")]
)
def test_a_format_that_no_longer_loads_says_what_to_take(tmp_path, ggml_type, successor):
    path = write_tiny(tmp_path / "m.gguf")
    patch_tensor_type(path, "blk.0.ffn_up.weight", ggml_type)
    with pytest.raises(CannotLoad, match="dropped") as caught:
        examined(path)
    assert caught.value.hint is not None
    assert f" {successor}:" in caught.value.hint


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"general.type": "mmproj"}, "vision part"),
        ({"general.architecture": "clip"}, "vision part"),
        ({"general.type": "adapter"}, "LoRA"),
        ({"general.type": "imatrix"}, "importance matrix"),
        ({"split.no": 1, "split.count": 3}, "part 2 of 3"),
    ],
)
def test_what_is_no_model_says_what_it_is(tmp_path, metadata, message):
    with pytest.raises(CannotLoad, match=message):
        tiny(tmp_path, metadata=metadata)


def test_a_file_without_weights_is_refused(tmp_path):
    with pytest.raises(CannotLoad, match="without weights"):
        tiny(tmp_path, weights=False)


def test_a_first_part_with_the_metadata_alone_is_no_defect(tmp_path):
    found = tiny(tmp_path, weights=False, metadata={"split.no": 0, "split.count": 3})
    assert found.diagnoses == ()
