"""The repairs of defective model files, as llama.cpp itself takes them."""

import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tiny_gguf import small_bpe_vocabulary, write_tiny
from tests.tiny_yi import yi_tokenizer, yi_variant
from yi_local.engine.worker import llama
from yi_local.engine.worker.examine import Examination, examine
from yi_local.engine.worker.model import Model
from yi_local.gguf_file import open_model_file, read_header
from yi_local.types import LoadOptions

KEEP = ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type")
TURN = "<|im_start|>user\n你好，狐狸 🦊 hello<|im_end|>\n<|im_start|>assistant\n"
EVERY_VARIANT = "ABCDEFG"
Loader = Callable[..., Model]


def examined(path: Path) -> Examination:
    with open_model_file(path) as source:
        return examine(read_header(source, keep_arrays=KEEP))


@pytest.fixture
def load() -> Iterator[Loader]:
    """Loads with the given overrides; the models are freed after the test."""
    models: list[Model] = []

    def loader(path: Path, overrides: dict[str, bool | int | float | str] | None = None) -> Model:
        options = LoadOptions(str(path), n_gpu_layers=0)
        model = Model(llama.low_level(), options, overrides or {}, False, lambda _: None)
        models.append(model)
        return model

    yield loader
    for model in models:
        model.ll.llama_model_free(model.pointer)


@pytest.fixture(scope="module")
def yi_paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("yi")
    return {letter: yi_variant(folder / f"{letter}.gguf", letter) for letter in EVERY_VARIANT}


def decode(model: Model, tokens: list[int]) -> list[float]:
    """The logits after the last token."""
    ll = model.ll
    params = ll.llama_context_default_params()
    params.n_ctx, params.n_threads, params.n_threads_batch = 128, 1, 1
    context = ll.llama_init_from_model(model.pointer, params)
    assert context
    try:
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        assert ll.llama_decode(context, ll.llama_batch_get_one(array, len(tokens))) == 0
        logits = ll.llama_get_logits_ith(context, -1)
        return [logits[token] for token in range(model.n_vocab)]
    finally:
        ll.llama_free(context)


# -- the tiny files themselves


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"vocabulary": small_bpe_vocabulary()},
        {"vocabulary": small_bpe_vocabulary(pre="llama-bpe")},
        {"recurrent": True},
        {"sliding_window": 8},
    ],
    ids=["llama-spm", "llama-bpe", "llama3-bpe", "mamba", "gemma3"],
)
def test_tiny_files_decode(tmp_path, load, options):
    path = write_tiny(tmp_path / "m.gguf", **options)
    assert path.stat().st_size < 1_000_000
    model = load(path)
    prompt = model.tokenize("<|im_start|>user\nthe system<|im_end|>", parse_special=True)
    logits = decode(model, prompt * 4)
    assert len({round(logit, 3) for logit in logits}) > len(logits) / 2
    assert all(abs(logit) < 1000 for logit in logits)


def test_tiny_files_have_the_memory_they_are_made_for(tmp_path, load):
    plain = load(write_tiny(tmp_path / "plain.gguf"))
    recurrent = load(write_tiny(tmp_path / "recurrent.gguf", recurrent=True))
    sliding = load(write_tiny(tmp_path / "sliding.gguf", sliding_window=8))
    assert (plain.can_cut, recurrent.can_cut, sliding.can_cut) == (True, False, False)
    assert recurrent.ll.llama_model_is_recurrent(recurrent.pointer)
    assert sliding.ll.llama_model_n_swa(sliding.pointer) == 8


def test_the_same_arguments_give_the_same_file(tmp_path):
    one, two = (write_tiny(tmp_path / f"{n}.gguf").read_bytes() for n in range(2))
    assert one == two


# -- overrides


@pytest.mark.parametrize("letter", EVERY_VARIANT)
def test_a_repaired_yi_adds_no_start_token_and_ends_with_the_turn(yi_paths, load, letter):
    found = examined(yi_paths[letter])
    model = load(yi_paths[letter], found.kv_overrides)
    assert not model.add_bos
    assert model.eos == 7
    assert model.is_eog(7)


@pytest.mark.parametrize("letter", "AB")
def test_without_the_override_llama_cpp_would_add_a_start_token(yi_paths, load, letter):
    model = load(yi_paths[letter])
    assert model.add_bos
    assert model.eos == 2


@pytest.mark.parametrize("letter", "BCDEF")
def test_a_repaired_yi_tokenizes_as_sentencepiece_does(yi_paths, load, letter):
    model = load(yi_paths[letter], examined(yi_paths[letter]).kv_overrides)
    assert model.tokenize(TURN, parse_special=True) == yi_tokenizer().encode(TURN)


@pytest.mark.parametrize("letter", "BCD")
def test_without_the_override_a_space_follows_every_special_token(yi_paths, load, letter):
    overrides = examined(yi_paths[letter]).kv_overrides
    text = "<|im_start|>user"
    assert load(yi_paths[letter]).tokenize(text, parse_special=True) == [6, 2942]
    assert load(yi_paths[letter], overrides).tokenize(text, parse_special=True) == [6, 3903]


def test_an_unrepaired_file_of_2023_gives_the_ids_that_users_reported(yi_paths, load):
    model = load(yi_paths["A"])  # 01-ai/Yi-1.5 issues 33 and 38
    start = [1581, 59705, 622, 59593, 5858, 46826]
    assert model.tokenize("<|im_start|>", parse_special=True) == start
    assert model.tokenize("<|im_end|>\n", parse_special=True) == [7, 59568, 144]


@pytest.mark.parametrize("letter", "AG")
def test_text_only_markers_are_what_llama_cpp_cannot_match(yi_paths, load, letter):
    found = examined(yi_paths[letter])
    model = load(yi_paths[letter], found.kv_overrides)
    assert len(model.tokenize("<|im_start|>", parse_special=True)) == 6
    assert found.text_only_literals["<|im_start|>"] == 6
    parts = [
        found.text_only_literals["<|im_start|>"],
        *model.tokenize("user\nhi", parse_special=False),
        found.text_only_literals["<|im_end|>"],
        *model.tokenize("\n", parse_special=False),
    ]
    assert parts == yi_tokenizer().encode("<|im_start|>user\nhi<|im_end|>\n")


def test_an_end_that_llama_cpp_does_not_know_is_in_end_token_ids_alone(tmp_path, load):
    vocabulary = small_bpe_vocabulary(("<|start|>", "[|endofturn|]"))
    path = write_tiny(
        tmp_path / "m.gguf",
        vocabulary=vocabulary,
        template="{% for m in messages %}<|start|>{{ m['content'] }}[|endofturn|]{% endfor %}",
        eos="<|endoftext|>",
    )
    found = examined(path)
    end = vocabulary.last_marker
    assert found.end_token_ids == {end}
    model = load(path, found.kv_overrides)
    assert not model.is_eog(end)
    assert model.eos == end - 2


@pytest.mark.parametrize("marker", ["<end_of_turn>", "<|end|>", "<|eot_id|>"])
def test_ends_left_to_llama_cpp_are_ends_to_it(tmp_path, load, marker):
    vocabulary = small_bpe_vocabulary(("<|start|>", marker))
    path = write_tiny(
        tmp_path / "m.gguf",
        vocabulary=vocabulary,
        template="{% for m in messages %}<|start|>{{ m['content'] }}" + marker + "{% endfor %}",
        eos="<|endoftext|>",
    )
    assert examined(path).diagnoses == ()
    assert load(path).is_eog(vocabulary.last_marker)


@pytest.mark.parametrize("pre", ["llama-bpe", "tekken", "gpt-2"])
def test_a_start_token_is_called_doubled_where_llama_cpp_adds_one_by_default(tmp_path, load, pre):
    words = small_bpe_vocabulary(pre=pre)
    template = "{{ bos_token }}{% for m in messages %}{{ m['content'] }}{% endfor %}"
    path = write_tiny(
        tmp_path / "m.gguf", vocabulary=words, template=template, bos="<|endoftext|>", add_bos=None
    )
    doubled = [diagnosis.name for diagnosis in examined(path).diagnoses] == ["bos-doubled"]
    assert doubled == load(path).add_bos
