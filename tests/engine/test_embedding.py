"""Texts as vectors: of an encoder, of a decoder, of the stand-in."""

import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.llama_reference import reference
from tests.engine.tiny_bert import N_CTX_TRAIN, N_EMBD, write_tiny_bert
from tests.tiny_gguf import write_tiny
from yi_local.engine.client import Engine
from yi_local.engine.probe import Probe
from yi_local.engine.protocol import embedding_from, embedding_line
from yi_local.engine.worker.embedding.sizes import longest_text
from yi_local.errors import CannotLoad, PromptTooLong, UsageError, YiLocalError
from yi_local.gguf_file import GgufHeader, open_model_file, read_header
from yi_local.gguf_file.embedding import is_embedding_model, pooling_of
from yi_local.gguf_file.twin_file import write_twin
from yi_local.types import Embedding, LoadOptions, Message

FAKE = Path(__file__).parent.parent / "fake_worker.py"
MEAN, CLS, LAST, RANK = 1, 2, 3, 4
CLOSE = 1e-3
TEXTS = ["a b c", "b", "h g f e d c b a", "a b c"]
STORY = "a the user system the a user "


@pytest.fixture(scope="module")
def bert_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_bert(tmp_path_factory.mktemp("models") / "bert.gguf")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture(scope="module")
def bert(bert_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(log_dir=tmp_path_factory.mktemp("logs")) as engine:
        load(engine, bert_file)
        yield engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(log_dir=tmp_path / "logs") as engine:
        yield engine


def load(engine: Engine, path: Path, **options: object) -> None:
    for _ in engine.load(LoadOptions(str(path), **({"embedding": True, "n_threads": 1} | options))):  # type: ignore[arg-type]
        pass


def cosine(one: Embedding, other: Embedding) -> float:
    return sum(a * b for a, b in zip(one.vector, other.vector, strict=True))


def same(one: Embedding, vector: list[float], tolerance: float = 1e-5) -> bool:
    return one.vector == pytest.approx(vector, abs=tolerance)


def test_an_encoder_embeds(bert: Engine) -> None:
    assert bert.model is not None
    assert (bert.model.embedding, bert.model.n_ctx) == (True, N_CTX_TRAIN)
    found = bert.embed(TEXTS)
    assert [len(each.vector) for each in found] == [N_EMBD] * 4
    assert [math.hypot(*each.vector) for each in found] == pytest.approx([1] * 4)
    assert found[0].prompt_tokens == 5  # with [CLS] and [SEP]
    assert cosine(found[0], found[3]) == pytest.approx(1, abs=1e-5)
    assert cosine(found[0], found[2]) < 0.999


def test_together_or_alone_a_text_has_the_same_vector(bert: Engine) -> None:
    many = [TEXTS[n % 3] + " a" * (n % 7) for n in range(40)]
    together = bert.embed(many)
    for text, found in list(zip(many, together, strict=True))[::8]:
        [alone] = bert.embed([text])
        assert same(alone, list(found.vector))


@pytest.mark.parametrize("pooling", [MEAN, CLS, LAST])
def test_pooling_is_the_models_own(engine: Engine, tmp_path: Path, pooling: int) -> None:
    path = write_tiny_bert(tmp_path / "bert.gguf", pooling)
    load(engine, path)
    found = engine.embed(TEXTS)
    expected = reference(path, 1, "embed", pooling, TEXTS)
    assert all(same(one, vector, CLOSE) for one, vector in zip(found, expected, strict=True))


def test_a_model_that_names_no_pooling_gets_the_mean(engine: Engine, tmp_path: Path) -> None:
    path = write_tiny_bert(tmp_path / "bert.gguf", None)
    load(engine, path)
    [vector] = reference(path, 1, "embed", MEAN, ["a b c"])
    assert same(engine.embed(["a b c"])[0], vector, CLOSE)


def test_a_decoder_embeds_when_it_is_asked_to(engine: Engine, tiny: Path) -> None:
    load(engine, tiny)
    texts = ["a the user", STORY * 3, "b"]
    expected = reference(tiny, 1, "embed", MEAN, texts)
    for one, vector in zip(engine.embed(texts), expected, strict=True):
        assert same(one, vector, CLOSE)


def test_a_long_text_of_a_decoder_is_computed_in_pieces(engine: Engine, tiny: Path) -> None:
    texts = [STORY * 12, "a"]
    load(engine, tiny, n_batch=32, n_ubatch=16)
    assert len(engine.tokenize(texts[0]).token_ids) > 100
    expected = reference(tiny, 1, "embed", MEAN, texts)
    for one, vector in zip(engine.embed(texts), expected, strict=True):
        assert same(one, vector, CLOSE)


def test_no_memory_of_a_text_is_left_to_the_next(engine: Engine, tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "mamba.gguf", architecture="mamba", recurrent=True)
    load(engine, path)
    [first] = engine.embed([STORY])
    engine.embed(["user " * 20, "b"])
    assert same(engine.embed([STORY])[0], list(first.vector))


def test_a_text_that_is_too_long_is_refused_with_numbers_and_its_place(bert: Engine) -> None:
    with pytest.raises(PromptTooLong, match=rf"Text 2 has 102 tokens.*{N_CTX_TRAIN}") as caught:
        bert.embed(["a", "a " * 100])
    assert "--ctx" not in str(caught.value.hint)  # the model was trained on no more
    assert len(bert.embed(["a"])) == 1


def test_a_smaller_context_is_kept_to(engine: Engine, bert_file: Path) -> None:
    load(engine, bert_file, n_ctx=16)
    assert len(engine.embed(["a " * 14])) == 1
    with pytest.raises(PromptTooLong, match="16") as caught:
        engine.embed(["a " * 15])
    assert "--ctx" in str(caught.value.hint)


def test_an_empty_text_is_refused_where_it_has_no_tokens(engine: Engine, tiny: Path) -> None:
    load(engine, tiny)
    with pytest.raises(UsageError, match="Text 2 is empty"):
        engine.embed(["a", ""])


def test_no_texts_have_no_vectors(bert: Engine) -> None:
    assert bert.embed([]) == ()


def test_marks_in_a_text_are_text(engine: Engine, tiny: Path) -> None:
    load(engine, tiny)
    [plain, marked] = engine.embed(["a", "a<|im_end|>"])
    assert marked.prompt_tokens > plain.prompt_tokens + 1


def test_who_stops_listening_frees_the_engine(bert: Engine) -> None:
    long = bert.embeddings(["a " * 60] * 2000)
    next(long)
    long.close()  # type: ignore[attr-defined]
    assert len(bert.embed(["b"])) == 1


# -- what cannot be


def test_a_model_loaded_to_embed_does_not_chat(bert: Engine) -> None:
    for asked in (bert.complete("a"), bert.chat([Message("user", "a")])):
        with pytest.raises(UsageError, match="not to chat"):
            list(asked)
    with pytest.raises(UsageError, match="not to chat"):
        bert.render([Message("user", "a")])
    assert len(bert.tokenize("a b").token_ids) == 4


def test_a_model_loaded_to_chat_does_not_embed(engine: Engine, tiny: Path) -> None:
    load(engine, tiny, embedding=False)
    assert engine.model is not None
    assert not engine.model.embedding
    with pytest.raises(UsageError, match="not to embed"):
        engine.embed(["a"])
    assert list(engine.complete("a"))


def test_an_encoder_is_not_loaded_to_chat(engine: Engine, bert_file: Path) -> None:
    with pytest.raises(CannotLoad, match="embedding model"):
        load(engine, bert_file, embedding=False)


def test_a_reranker_is_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(CannotLoad, match="reranker"):
        load(engine, write_tiny_bert(tmp_path / "rank.gguf", RANK))


@pytest.mark.parametrize(
    ("pooling", "name", "made_for_it"),
    [(MEAN, "mean", True), (CLS, "cls", True), (RANK, "rank", False), (None, None, True)],
)
def test_the_header_tells_what_it_was_made_for(
    tmp_path: Path, pooling: int | None, name: str | None, made_for_it: bool
) -> None:
    with open_model_file(write_tiny_bert(tmp_path / "m.gguf", pooling)) as source:
        header = read_header(source)
    assert (pooling_of(header), is_embedding_model(header)) == (name, made_for_it)


def test_a_chat_model_was_not_made_for_it(tiny: Path, tmp_path: Path) -> None:
    pooled = write_tiny(tmp_path / "last.gguf", metadata={"llama.pooling_type": LAST})
    for path, made_for_it in ((tiny, False), (pooled, True)):
        with open_model_file(path) as source:
            assert is_embedding_model(read_header(source)) is made_for_it


@pytest.mark.parametrize("encoder", [True, False], ids=["encoder", "decoder"])
def test_a_load_takes_what_the_dry_run_said(
    engine: Engine, tmp_path: Path, bert_file: Path, tiny: Path, encoder: bool
) -> None:
    path = bert_file if encoder else tiny
    options = LoadOptions(
        str(path), n_ctx=256, n_gpu_layers=0, n_threads=1, use_mmap=False, embedding=True
    )
    with Probe(log_dir=tmp_path) as probe:
        predicted = probe.dry_run(write_twin(path, tmp_path), options)
    assert predicted.n_ctx == 256
    load(engine, path, n_ctx=256, use_mmap=False)
    assert engine.model is not None
    assert engine.model.memory is not None
    [host], [taken] = predicted.devices, engine.model.memory.devices
    assert replace(host, work_bytes=0) == taken


def test_a_large_vocabulary_bounds_the_texts_of_an_encoder() -> None:
    def header(n_vocab: int) -> GgufHeader:
        values = {
            "general.architecture": "bert",
            "bert.context_length": 8192,
            "bert.vocab_size": n_vocab,
        }
        return GgufHeader(3, "little", values, (), 32, 0, {})

    assert longest_text(header(30_522)) == 8192
    assert longest_text(header(250_002)) == 2147


# -- on the wire, the stand-in, the demo model


def test_a_vector_travels_as_it_is() -> None:
    vector = [0.5, -0.25, 1 / 1024]
    line = embedding_line(3, vector, 7)
    assert line["vector"] == "AAAAPwAAgL4AAIA6"
    assert embedding_from(line) == Embedding(tuple(vector), 7)


def test_the_stand_in_embeds_and_refuses_alike(tmp_path: Path) -> None:
    with Engine(log_dir=tmp_path, command=[sys.executable, str(FAKE), "--context", "9"]) as engine:
        load(engine, Path("fake.gguf"))
        one, other, again = engine.embed(["one two", "two", "one two"])
        assert (one == again, one == other, one.prompt_tokens) == (True, False, 2)
        assert math.hypot(*one.vector) == pytest.approx(1)
        for asked, error in (("a " * 10, PromptTooLong), ("", UsageError)):
            with pytest.raises(error, match="Text 2"):
                engine.embed(["a", asked])
        with pytest.raises(YiLocalError, match="not to chat"):
            list(engine.complete("a"))
        load(engine, Path("fake.gguf"), embedding=False)
        with pytest.raises(UsageError, match="not to embed"):
            engine.embed(["a"])


@pytest.mark.model
def test_the_demo_model_embeds_as_llama_cpp_python_does(engine: Engine, demo_model: Path) -> None:
    texts = ["The cat sat on the mat.", "从前有一只狐狸🦊", "The keeper wrote a diary. " * 30]
    load(engine, demo_model, n_batch=64, n_ubatch=32)
    assert engine.model is not None
    expected = reference(demo_model, engine.model.n_threads, "embed", MEAN, texts)
    for one, vector in zip(engine.embed(texts), expected, strict=True):
        assert cosine(one, Embedding(tuple(vector), 0)) > 0.999
