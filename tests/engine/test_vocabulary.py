"""LoadOptions.vocab_only and reuse_prefixes, on a tiny model that llama.cpp really loads."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tiny_gguf import write_tiny
from yi_local.engine.client import Engine
from yi_local.errors import UsageError
from yi_local.types import Done, LoadOptions, Message, SamplingOptions

Open = Callable[..., Engine]
MESSAGES = (Message("system", "a b"), Message("user", "the <|im_end|> 你好"))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    path = str(write_tiny(tmp_path / "tiny.gguf"))
    engines: list[Engine] = []

    def build(**options: bool) -> Engine:
        engines.append(Engine(log_dir=tmp_path / "logs"))
        for _ in engines[-1].load(LoadOptions(path, n_ctx=256, **options)):  # type: ignore[arg-type]
            pass
        return engines[-1]

    yield build
    for engine in engines:
        engine.close()


def done(engine: Engine) -> Done:
    *_, last = engine.chat(MESSAGES, SamplingOptions(max_tokens=2))
    assert isinstance(last, Done)
    return last


def test_a_vocabulary_renders_and_tokenizes_as_the_whole_model_does(opened: Open) -> None:
    whole, vocabulary = opened(), opened(vocab_only=True)
    assert vocabulary.render(MESSAGES) == whole.render(MESSAGES)
    assert vocabulary.tokenize("the <|im_end|>") == whole.tokenize("the <|im_end|>")
    assert whole.model is not None
    assert vocabulary.model is not None
    assert vocabulary.model.name == whole.model.name
    assert vocabulary.model.n_ctx_train == whole.model.n_ctx_train
    assert vocabulary.model.template_sha256 == whole.model.template_sha256


def test_a_vocabulary_does_not_answer_and_says_so(opened: Open) -> None:
    vocabulary = opened(vocab_only=True)
    with pytest.raises(UsageError, match="only the vocabulary is loaded"):
        done(vocabulary)
    assert vocabulary.tokenize("a").token_ids


def test_without_reuse_every_prompt_is_computed_whole(opened: Open) -> None:
    sharing, whole = opened(), opened(reuse_prefixes=False)
    for engine, shares in ((sharing, True), (whole, False)):
        first, second = done(engine), done(engine)
        assert first.usage.cached_tokens == 0
        assert bool(second.usage.cached_tokens) == shares
