"""Known defects of model files: found from the header, each with its repair."""

from pathlib import Path

import pytest

from tests import tiny_gguf
from tests.tiny_gguf import NORMAL, Vocabulary, small_vocabulary, write_tiny, write_yi
from yi_local.engine.worker import known_templates
from yi_local.engine.worker.examine import Examination, examine
from yi_local.errors import CannotLoad
from yi_local.gguf_file import open_model_file, read_header

KEEP = ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type")
EOS = "tokenizer.ggml.eos_token_id"
BOS = "tokenizer.ggml.add_bos_token"
SPACE = "tokenizer.ggml.add_space_prefix"
TEMPLATE = "tokenizer.chat_template"


def examined(path: Path) -> Examination:
    with open_model_file(path) as source:
        return examine(read_header(source, keep_arrays=KEEP))


def names(examination: Examination) -> list[str]:
    return [diagnosis.name for diagnosis in examination.diagnoses]


def with_markers(*markers: str) -> Vocabulary:
    """The small vocabulary with other special tokens in place of ChatML's."""
    words = small_vocabulary()
    tokens = [*words.tokens[:3], *markers, *words.tokens[5:]]
    extra = len(tokens) - len(words.tokens)
    return Vocabulary(
        tokens,
        [*words.types[:3], *[tiny_gguf.CONTROL] * len(markers), *words.types[5:]],
        [*words.scores, *[0.0] * extra],
    )


def test_a_healthy_file_has_no_findings(tmp_path):
    found = examined(write_tiny(tmp_path / "m.gguf"))
    assert (found.diagnoses, found.kv_overrides) == ((), {})
    assert found.end_token_ids == {4}
    assert found.chat_template == tiny_gguf.CHATML


def test_a_healthy_yi_has_no_findings(tmp_path):
    found = examined(write_yi(tmp_path / "m.gguf"))
    assert (found.diagnoses, found.kv_overrides) == ((), {})


def test_the_demo_model_has_no_findings(demo_model):
    found = examined(demo_model)
    assert (found.diagnoses, found.kv_overrides, found.text_only_literals) == ((), {}, {})


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("Yi 6B Chat", known_templates.CHATML),
        ("Yi-1.5-9B-Chat", known_templates.YI_1_5),
        ("Yi-Coder-9B-Chat", known_templates.YI_CODER),
    ],
)
def test_a_yi_without_a_template_gets_its_own_by_name(tmp_path, name, template):
    path = write_yi(tmp_path / "m.gguf", metadata={TEMPLATE: None, "general.name": name})
    found = examined(path)
    assert found.chat_template == template
    assert names(found) == ["template-missing"]


@pytest.mark.parametrize(
    ("markers", "template"),
    [
        (("<|im_start|>", "<|im_end|>"), known_templates.CHATML),
        (("<|start_header_id|>", "<|eot_id|>"), known_templates.LLAMA_3),
        (("<start_of_turn>", "<end_of_turn>"), known_templates.GEMMA),
        (("<|user|>", "<|end|>"), known_templates.PHI_3),
        (("[INST]", "[/INST]"), known_templates.MISTRAL),
    ],
)
def test_a_missing_template_is_chosen_by_the_vocabulary(tmp_path, markers, template):
    path = write_tiny(
        tmp_path / "m.gguf", vocabulary=with_markers(*markers), metadata={TEMPLATE: None}
    )
    found = examined(path)
    assert found.chat_template == template
    assert names(found) == ["template-missing"]


def test_a_base_model_is_called_one(tmp_path):
    path = write_tiny(
        tmp_path / "m.gguf",
        vocabulary=with_markers("<x>", "<y>"),
        metadata={TEMPLATE: None, "general.name": "Tiny"},
    )
    assert names(examined(path)) == ["base-model"]
    yi = write_yi(tmp_path / "y.gguf", metadata={TEMPLATE: None, "general.name": "Yi 6B 200K"})
    assert names(examined(yi)) == ["base-model"]


def test_a_named_default_template_counts_as_one(tmp_path):
    path = write_tiny(
        tmp_path / "m.gguf",
        metadata={TEMPLATE: None, f"{TEMPLATE}.default": "D", f"{TEMPLATE}.a": "A"},
    )
    assert examined(path).chat_template == "D"


def test_an_end_token_that_does_not_end_is_overridden(tmp_path):
    found = examined(write_yi(tmp_path / "m.gguf", metadata={EOS: 2}))
    assert names(found) == ["end-token-not-eog"]
    assert found.kv_overrides == {EOS: 7}
    assert found.end_token_ids == {7}


def test_an_end_token_declared_as_end_of_turn_is_fine(tmp_path):
    path = write_tiny(
        tmp_path / "m.gguf", metadata={EOS: 2, "tokenizer.ggml.eot_token_id": 4}
    )
    assert names(examined(path)) == []


@pytest.mark.parametrize("flag", [None, True])
def test_yi_never_gets_a_start_token(tmp_path, flag):
    found = examined(write_yi(tmp_path / "m.gguf", metadata={BOS: flag}))
    assert names(found) == ["bos-wrongly-added"]
    assert found.kv_overrides == {BOS: False}


def test_a_start_token_written_twice_is_found(tmp_path):
    path = write_tiny(
        tmp_path / "m.gguf",
        metadata={BOS: True, TEMPLATE: "{{ bos_token }}" + tiny_gguf.CHATML},
    )
    assert names(examined(path)) == ["bos-doubled"]


@pytest.mark.parametrize("flag", [None, True])
def test_yi_never_gets_a_space_prefix(tmp_path, flag):
    found = examined(write_yi(tmp_path / "m.gguf", metadata={SPACE: flag}))
    assert names(found) == ["space-prefix"]
    assert found.kv_overrides == {SPACE: False}


def test_markers_stored_as_text_are_found_with_their_ids(tmp_path):
    found = examined(write_yi(tmp_path / "m.gguf", types="normal"))
    assert names(found) == ["marker-stored-as-text"]
    assert found.text_only_literals == {"<|im_start|>": 6, "<|im_end|>": 7}


def test_markers_of_other_families_stored_as_text_are_found_too(tmp_path):
    path = write_tiny(tmp_path / "m.gguf", vocabulary=small_vocabulary().retyped({3: NORMAL}))
    assert examined(path).text_only_literals == {"<|im_start|>": 3}


def test_the_files_of_november_2023_have_it_all(tmp_path):
    path = write_yi(
        tmp_path / "m.gguf",
        types="normal",
        metadata={TEMPLATE: None, EOS: 2, BOS: None, SPACE: None},
    )
    found = examined(path)
    assert names(found) == [
        "template-missing",
        "marker-stored-as-text",
        "end-token-not-eog",
        "bos-wrongly-added",
        "space-prefix",
    ]
    assert found.kv_overrides == {EOS: 7, BOS: False, SPACE: False}


@pytest.mark.parametrize("ggml_type", [4, 31, 33, 38])
def test_a_format_that_no_longer_loads_says_what_to_take(tmp_path, ggml_type):
    path = write_tiny(tmp_path / "m.gguf")
    data = path.read_bytes()
    name = b"blk.0.ffn_up.weight"
    at = data.index(name) + len(name) + 4 + 2 * 8
    path.write_bytes(data[:at] + ggml_type.to_bytes(4, "little") + data[at + 4 :])
    with pytest.raises(CannotLoad, match="dropped") as caught:
        examined(path)
    assert "Q4_0" in caught.value.hint


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"general.type": "mmproj"}, "vision part"),
        ({"general.type": "adapter"}, "LoRA"),
        ({"general.type": "imatrix"}, "importance matrix"),
        ({"split.no": 1, "split.count": 3}, "part 2 of 3"),
    ],
)
def test_what_is_no_model_says_what_it_is(tmp_path, metadata, message):
    with pytest.raises(CannotLoad, match=message):
        examined(write_tiny(tmp_path / "m.gguf", metadata=metadata))


def test_a_file_without_weights_is_refused(tmp_path):
    with pytest.raises(CannotLoad, match="without weights"):
        examined(_without_tensors(tmp_path / "m.gguf"))


def _without_tensors(path: Path) -> Path:
    import gguf

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("llama")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
