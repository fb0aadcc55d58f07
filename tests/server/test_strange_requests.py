"""Requests of every shape: each gets an answer, and none shows a fault of ours."""

import random
from typing import Any

import pytest

from tests.server.live import Live, chat_body

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**70, 1e308, 0.5, "", "say hi", "\x00\u202e", "x" * 300,
    [], [[]], {}, {"a": None}, [None], ["a"], [1], {"type": "text"}, {"type": "text", "text": "hi"},
    {"type": "function"}, {"type": "json_schema", "json_schema": {}}, {"role": "user"},
    {"role": "tool", "content": "a"}, [{"role": "user", "content": "say hi"}], {"include_usage": 1},
    {"type": "function", "function": {"name": "f"}}, "auto", "required", "none",
)  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "chat/completions": chat_body(
        "say hi",
        n=1,
        stream=False,
        temperature=1,
        stop=None,
        tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
        tool_choice="auto",
        response_format={"type": "text"},
        logit_bias={},
        logprobs=False,
        top_logprobs=None,
        max_tokens=9,
        seed=1,
        stream_options=None,
    ),
    "completions": {"model": "tiny", "prompt": "say hi", "echo": False, "logprobs": None, "n": 1},
    "responses": {
        "model": "tiny",
        "input": "say hi",
        "instructions": "Be short.",
        "text": {"format": {"type": "text"}},
        "tools": [],
        "max_output_tokens": 9,
        "metadata": {},
    },
    "embeddings": {"model": "tiny", "input": "hi", "encoding_format": "float", "dimensions": None},
    "tokenize": {"model": "tiny", "text": "hi"},
    "count": {"model": "tiny", "messages": [{"role": "user", "content": "hi"}], "tools": []},
}


def changed(value: Any, chance: random.Random) -> Any:
    """The same with something in it replaced, taken away or doubled."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        key = chance.choice(sorted(value))
        rest = {name: each for name, each in value.items() if name != key}
        return rest if chance.random() < 0.2 else {**rest, key: changed(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.7:
        at = chance.randrange(len(value))
        if chance.random() < 0.3:
            return value + value
        return [*value[:at], changed(value[at], chance), *value[at + 1 :]]
    return chance.choice(VALUES)


@pytest.mark.parametrize("path", sorted(BODIES))
def test_a_strange_body_is_refused_or_understood(live: Live, path: str) -> None:
    assert live.post(f"/v1/{path}", BODIES[path]).status == 200
    statuses = set()
    for seed in range(120):
        chance = random.Random(f"{path}{seed}")
        body = changed(BODIES[path], chance)
        if chance.random() < 0.3:
            body = changed(body, chance)
        reply = live.post(f"/v1/{path}", body)
        assert reply.status in (200, 400, 404), (body, reply)
        if reply.status != 200:
            assert set(reply.error) == {"message", "type", "param", "code"}
            assert reply.error["message"], body
        statuses.add(reply.status)
    assert statuses >= {200, 400}
    assert live.is_idle()
