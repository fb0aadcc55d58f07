"""The openai package, which nobody here wrote, against a running server."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from tests.server.live import Live, soon
from tests.tiny_gguf import write_tiny
from yi_local.server.guard import Door
from yi_local.server.serving import Limits

KEY = "a-key-for-the-openai-client"
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
CALL = '{"name": "weather", "arguments": {"city": "Beijing"}}'


HERMES = (
    "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}"
    "{% if m.role == 'tool' %}<tool_response>{% endif %}{{ m.content }}"
    "{% for c in m.tool_calls or [] %}<tool_call>{{ c.function | tojson }}</tool_call>{% endfor %}"
    "{% endfor %}"
)


@pytest.fixture
def folder(folder: Path) -> Path:
    """The model tiny is told of functions by its template, so that questions stay as they are."""
    write_tiny(folder / "tiny.gguf", template=HERMES, n_ctx_train=32768)
    return folder


@pytest.fixture
def live(serve: Callable[..., Live]) -> Live:
    return serve(door=Door((KEY,)))


@pytest.fixture
def client(live: Live) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{live.url}/v1", api_key=KEY, max_retries=0, timeout=20) as made:
        yield made


@pytest.fixture
async def async_client(live: Live) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        base_url=f"{live.url}/v1", api_key=KEY, max_retries=0, timeout=20
    ) as made:
        yield made


def user(text: str) -> Any:
    return [{"role": "user", "content": text}]


def test_models_are_listed_and_looked_up(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["tiny", "other"]
    assert client.models.retrieve("other").object == "model"


def test_a_chat(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="tiny", messages=user("say hello"), n=2, logprobs=True, top_logprobs=1, seed=1
    )
    assert [choice.message.content for choice in answer.choices] == ["hello", "hello"]
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 6
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    assert [each.token for each in logprobs.content or ()] == ["he", "ll", "o"]


def test_a_chat_as_a_stream(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="tiny",
        messages=user("say hello"),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts) == "hello"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3


def test_a_stream_that_is_closed_early_ends_its_generation(client: OpenAI, live: Live) -> None:
    with client.chat.completions.create(model="tiny", messages=user("tick"), stream=True) as stream:
        for number, _ in enumerate(stream):
            if number == 5:
                break
    assert soon(live.is_idle)


async def test_chats_side_by_side(async_client: AsyncOpenAI) -> None:
    answers = await asyncio.gather(
        *(
            async_client.chat.completions.create(model="tiny", messages=user(f"say number {n}"))
            for n in range(12)
        )
    )
    said = [answer.choices[0].message.content for answer in answers]
    assert said == [f"number {n}" for n in range(12)]


async def test_a_stream_without_threads(async_client: AsyncOpenAI, live: Live) -> None:
    stream = await async_client.chat.completions.create(
        model="tiny", messages=user("say hello"), stream=True
    )
    texts = [chunk.choices[0].delta.content or "" async for chunk in stream]
    assert "".join(texts) == "hello"


def test_a_function_the_model_chooses_to_call(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="tiny",
        messages=user(f"say <tool_call>\n{CALL}\n</tool_call>"),
        tools=[WEATHER],
    )
    [choice] = answer.choices
    assert choice.finish_reason == "tool_calls"
    [call] = choice.message.tool_calls or ()
    assert call.type == "function"
    assert call.function.name == "weather"
    assert json.loads(call.function.arguments) == {"city": "Beijing"}


def test_a_function_that_must_be_called(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="tiny",
        messages=user(f"say {CALL}"),
        tools=[WEATHER],
        tool_choice={"type": "function", "function": {"name": "weather"}},
    )
    [call] = answer.choices[0].message.tool_calls or ()
    assert call.type == "function"
    assert json.loads(call.function.arguments) == {"city": "Beijing"}


def test_a_call_as_a_stream_then_its_result(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="tiny",
        messages=user(f"say <tool_call>{CALL}</tool_call>"),
        tools=[WEATHER],
        stream=True,
    )
    found: dict[str, str] = {"name": "", "arguments": "", "id": ""}
    reasons = []
    for chunk in stream:
        reasons.append(chunk.choices[0].finish_reason)
        for call in chunk.choices[0].delta.tool_calls or ():
            assert call.function is not None
            found["id"] += call.id or ""
            found["name"] += call.function.name or ""
            found["arguments"] += call.function.arguments or ""
    assert (found["name"], json.loads(found["arguments"])) == ("weather", {"city": "Beijing"})
    assert reasons[-1] == "tool_calls"
    history: Any = [
        *user("How is the weather?"),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": found["id"],
                    "type": "function",
                    "function": {"name": "weather", "arguments": found["arguments"]},
                }
            ],
        },
        {"role": "tool", "tool_call_id": found["id"], "content": "sunny"},
    ]
    history += user("say thanks")
    answer = client.chat.completions.create(model="tiny", messages=history, tools=[WEATHER])
    assert answer.choices[0].message.content == "thanks"


class Person(BaseModel):
    name: str
    age: int


def test_an_answer_that_follows_a_schema(client: OpenAI) -> None:
    answer = client.chat.completions.parse(
        model="tiny", messages=user('say {"name": "Li", "age": 41}'), response_format=Person
    )
    assert answer.choices[0].message.parsed == Person(name="Li", age=41)


def test_the_schema_reaches_the_engine(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="tiny",
        messages=user("sampling"),
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "person", "schema": Person.model_json_schema()},
        },
    )
    sampling = json.loads(answer.choices[0].message.content or "")
    assert json.loads(sampling["json_schema"])["required"] == ["name", "age"]


def test_completions(client: OpenAI) -> None:
    answer = client.completions.create(model="tiny", prompt="say hello")
    assert answer.choices[0].text == "hello"
    stream = client.completions.create(model="tiny", prompt="say hello", stream=True)
    assert "".join(chunk.choices[0].text for chunk in stream) == "hello"


def test_responses(client: OpenAI) -> None:
    answer = client.responses.create(model="tiny", input="say hello", instructions="Be short.")
    assert (answer.output_text, answer.status) == ("hello", "completed")
    assert answer.usage is not None
    with client.responses.stream(model="tiny", input="say hello") as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert "".join(deltas) == final.output_text == "hello"


def test_responses_that_follow_a_schema_or_call(client: OpenAI) -> None:
    parsed = client.responses.parse(
        model="tiny", input='say {"name": "Li", "age": 41}', text_format=Person
    )
    assert parsed.output_parsed == Person(name="Li", age=41)
    tool: Any = {"type": "function", "strict": False, **WEATHER["function"]}
    called = client.responses.create(
        model="tiny", input=f"say <tool_call>{CALL}</tool_call>", tools=[tool]
    )
    [call] = [item for item in called.output if item.type == "function_call"]
    assert (call.name, json.loads(call.arguments)) == ("weather", {"city": "Beijing"})


def test_embeddings(client: OpenAI) -> None:
    """As base64, which the package asks for by itself, and as numbers."""
    packed = client.embeddings.create(model="tiny", input=["one", "two"])
    plain = client.embeddings.create(model="tiny", input=["one"], encoding_format="float")
    assert [len(each.embedding) for each in packed.data] == [4, 4]
    assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-6)


def test_errors_are_of_the_packages_own_kinds(client: OpenAI, serve: Callable[..., Live]) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="gpt-4o", messages=user("say hello"))
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as wrong:
        client.chat.completions.create(model="tiny", messages=user("too long"))
    assert wrong.value.code == "context_length_exceeded"
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").models.list()
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="tiny", messages=user("dead kill"))
    full = serve(limits=Limits(parallel=1, waiting=0))
    with OpenAI(base_url=f"{full.url}/v1", api_key="any", max_retries=0) as other:
        stream = other.chat.completions.create(model="tiny", messages=user("tick"), stream=True)
        with stream, pytest.raises(openai.RateLimitError):
            other.chat.completions.create(model="tiny", messages=user("say hello"))


def test_an_error_in_a_stream_is_raised(serve: Callable[..., Live]) -> None:
    live = serve()
    with OpenAI(base_url=f"{live.url}/v1", api_key="any", max_retries=0) as client:
        stream = client.chat.completions.create(
            model="tiny", messages=user("half kill"), stream=True
        )
        with pytest.raises(openai.APIError, match="The engine process has ended"):
            list(stream)
