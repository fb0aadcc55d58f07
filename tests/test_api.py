"""yi_local.open: the public Python API, on a stand-in engine and on the demo model."""

import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import yi_local
from tests.tiny_gguf import write_smallest
from yi_local.api import Chat, Sampling, open_with
from yi_local.assistant.loading.open_model import Models
from yi_local.errors import (
    EngineDied,
    ModelNotFound,
    PromptTooLong,
    SchemaViolation,
    UsageError,
)
from yi_local.types import Message, SamplingOptions

FAKE = Path(__file__).parent / "fake_worker.py"
AGE = {"type": "object", "required": ["age"]}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    model = str(write_smallest(tmp_path / "tiny.gguf"))
    chats: list[Chat] = []

    def build(*worker: str, **options: Any) -> Chat:
        models = Models(engine_command=[sys.executable, str(FAKE), *worker])
        chats.append(open_with(models, model, **options))
        return chats[-1]

    yield build
    for chat in chats:
        chat.close()


def test_the_package_is_light_until_something_is_opened() -> None:
    script = (
        "import sys, yi_local\n"
        "heavy = {'yi_local.api', 'argparse', 'sqlite3', 'jsonschema', 'llama_cpp', 'numpy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "assert callable(yi_local.open) and 'yi_local.api' in sys.modules\n"
        "assert 'textual' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_the_package_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'shut'"):
        _ = yi_local.shut  # type: ignore[attr-defined]


def test_every_option_of_sampling_is_typed_but_those_with_a_name_of_their_own() -> None:
    ours = {"json_schema", "top_logprobs", "chosen"}
    known = SamplingOptions.__dataclass_fields__.keys() - ours
    assert get_type_hints(Sampling).keys() == known
    assert all(inspect.getdoc(each) for each in (yi_local.open, Chat, Chat.ask, Chat.stream))
    assert (Path(yi_local.__file__).parent / "py.typed").exists()


def test_a_chat_remembers_what_was_said(opened: Any) -> None:
    with opened(system="Be brief.") as chat:
        assert chat.ask("say hello") == "hello"
        assert list(chat.stream("say you")) == ["yo", "u"]
        assert chat.messages == (
            Message("system", "Be brief."),
            Message("user", "say hello"),
            Message("assistant", "hello"),
            Message("user", "say you"),
            Message("assistant", "you"),
        )
        assert chat.finish_reason == "stop"
        assert chat.usage is not None
        assert chat.usage.completion_tokens == 2


def test_options_hold_for_a_chat_or_for_one_answer(opened: Any) -> None:
    schema: dict[str, Any] = {"type": "object", "required": ["top_k"]}
    chat = opened(sampling={"top_k": 5, "stop": "END"})
    first = chat.ask("sampling", schema=schema)
    assert (first["top_k"], first["stop"]) == (5, ["END"])
    assert chat.ask("sampling", schema=schema, top_k=7)["top_k"] == 7
    assert chat.ask("sampling", schema=schema)["top_k"] == 5


def test_with_a_schema_the_answer_is_a_value(opened: Any) -> None:
    chat = opened()
    assert chat.ask('say {"age": 3}', schema=AGE) == {"age": 3}
    with pytest.raises(SchemaViolation, match="'age' is a required property"):
        chat.ask("say {}", schema=AGE)
    with pytest.raises(UsageError, match="not a JSON schema"):
        chat.ask("say {}", schema={"type": 5})


def test_what_does_not_fit_is_refused_unless_the_oldest_may_go(opened: Any) -> None:
    long = "say " + "word " * 90
    strict, loose = opened("--context", "200"), opened("--context", "200", fit=True)
    strict.ask(long)
    with pytest.raises(PromptTooLong, match="context holds 200"):
        strict.ask(long)
    assert len(strict.messages) == 2
    for _ in range(3):
        loose.ask(long)
    assert len(loose.messages) == 6


def test_an_answer_that_is_left_is_kept_as_far_as_it_came(opened: Any) -> None:
    chat = opened()
    pieces = chat.stream("tick")
    assert next(pieces) == "tick "
    pieces.close()
    assert chat.messages[-1].content.startswith("tick ")
    assert chat.finish_reason is None
    assert chat.ask("say on") == "on"


def test_cancel_ends_an_answer(opened: Any) -> None:
    chat = opened()
    for _ in chat.stream("tick"):
        chat.cancel()
    assert chat.finish_reason == "cancelled"


def test_after_the_engine_has_died_the_next_question_loads_the_model_again(opened: Any) -> None:
    chat = opened()
    with pytest.raises(EngineDied):
        chat.ask("dead kill")
    assert chat.messages == ()
    assert chat.ask("say back") == "back"


def test_what_cannot_be_used_is_refused_when_it_is_opened(opened: Any) -> None:
    with pytest.raises(UsageError, match="temperature"):
        opened(sampling={"temperature": -1})
    with pytest.raises(ModelNotFound):
        yi_local.open("dmeo")


@pytest.mark.model
def test_the_demo_model_answers(demo_model: Path) -> None:
    with yi_local.open("demo", n_ctx=512, temperature=0) as chat:
        answer = chat.ask("Name the capital of France.", max_tokens=12)
        assert "Paris" in answer
        assert chat.model is not None
        person = chat.ask(
            "Invent a person.",
            schema={"type": "object", "properties": {"age": {"type": "integer"}}},
            max_tokens=60,
        )
        assert isinstance(person, dict)
