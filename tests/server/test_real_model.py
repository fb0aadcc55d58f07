"""The openai package against the demo model itself."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from pydantic import BaseModel

from tests.server.live import Live, soon
from yi_local.assistant.loading.open_model import Models
from yi_local.planner.plan import Wish

pytestmark = pytest.mark.model


@pytest.fixture
def live(tmp_path: Path, demo_model: Path) -> Iterator[Live]:
    (tmp_path / "tiny.gguf").symlink_to(demo_model)
    made = Live(tmp_path, models=Models(), wish=Wish(n_ctx=2048))
    yield made
    made.close()


@pytest.fixture
def client(live: Live) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{live.url}/v1", api_key="any", max_retries=0, timeout=120) as made:
        yield made


def user(text: str) -> Any:
    return [{"role": "user", "content": text}]


class City(BaseModel):
    name: str
    inhabitants: int


def test_answers_streams_schemas_and_forced_calls(client: OpenAI) -> None:
    question = user("What is the capital of France?")
    whole = client.chat.completions.create(
        model="tiny", messages=question, temperature=0, max_tokens=12, logprobs=True, top_logprobs=2
    )
    text = whole.choices[0].message.content or ""
    assert text
    assert whole.usage is not None
    logprobs = whole.choices[0].logprobs
    assert logprobs is not None
    spelled = b"".join(bytes(each.bytes or ()) for each in logprobs.content or ())
    assert spelled.decode() == text
    stream = client.chat.completions.create(
        model="tiny", messages=question, temperature=0, max_tokens=12, stream=True
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == text
    parsed = client.chat.completions.parse(
        model="tiny",
        messages=user("Describe Paris."),
        response_format=City,
        max_tokens=200,
        seed=1,
    )
    assert isinstance(parsed.choices[0].message.parsed, City)
    tool: Any = {
        "type": "function",
        "function": {
            "name": "weather",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string", "maxLength": 20}},
                "required": ["city"],
            },
        },
    }
    called = client.chat.completions.create(
        model="tiny",
        messages=user("How is the weather in Paris?"),
        tools=[tool],
        tool_choice="required",
        max_tokens=200,
        seed=1,
    )
    [call] = called.choices[0].message.tool_calls or ()
    assert call.type == "function"
    assert set(json.loads(call.function.arguments)) == {"city"}
    vectors = client.embeddings.create(model="tiny", input=["rain", "rain", "a summer's day"])
    first, second, third = (each.embedding for each in vectors.data)
    assert first == pytest.approx(second, abs=1e-3)
    assert first != pytest.approx(third, abs=1e-3)


def test_many_clients_are_answered_as_if_alone(client: OpenAI, live: Live) -> None:
    """And one that leaves does not disturb the others."""

    def asked(topic: str) -> str | None:
        answer = client.chat.completions.create(
            model="tiny",
            messages=user(f"Say one sentence about {topic}."),
            temperature=0,
            max_tokens=10,
        )
        return answer.choices[0].message.content

    topics = ["rain", "music", "bread", "ships"]
    alone = [asked(topic) for topic in topics[:2]]
    with ThreadPoolExecutor(len(topics)) as threads:
        together = threads.map(asked, topics)
        with client.chat.completions.create(
            model="tiny", messages=user("Count to one thousand."), stream=True
        ) as stream:
            next(iter(stream))
        answers = list(together)
    assert all(answers)
    assert len(set(answers)) == len(topics)
    # Computed in batches of other shapes, so that only most of it must be the same.
    for one, other in zip(alone, answers, strict=False):
        assert (one or "")[:10] == (other or "")[:10]
    assert soon(live.is_idle)
