"""A forced call has a schema that says what it must, in a form that becomes a grammar."""

import json
from contextlib import suppress
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.assistant.tools.offered import CLOCK, HERMES, LLAMA3, WEATHER
from yi_local.assistant.tools.calls import ToolCall
from yi_local.assistant.tools.choice import ToolChoice
from yi_local.assistant.tools.choose import choose_format
from yi_local.assistant.tools.schema import schema_for_engine, schema_of_call
from yi_local.engine.worker.llama import schema_to_gbnf
from yi_local.errors import UsageError
from yi_local.types import Json, Message

ASKED = (Message("user", "?"),)


def tool(name: str, **parameters: Any) -> Json:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def holds(schema: str, value: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(json.loads(schema)).is_valid(value))


def test_a_named_function_is_the_only_one_that_can_be_called() -> None:
    choice = ToolChoice("required", "weather")
    turn = choose_format(HERMES).turn(ASKED, [WEATHER, CLOCK], choice)
    assert turn.json_schema is not None
    good = {"name": "weather", "arguments": {"place": "Paris"}}
    assert holds(turn.json_schema, good)
    assert not holds(turn.json_schema, {"name": "clock", "arguments": {}})
    assert not holds(turn.json_schema, {"name": "weather", "arguments": {}})
    assert 'name-kv ::= "\\"name\\"" space ":"' in schema_to_gbnf(turn.json_schema)
    assert turn.parser().feed(json.dumps(good)) == (ToolCall("weather", '{"place": "Paris"}'),)


def test_a_required_call_is_of_any_function_in_the_models_own_words() -> None:
    turn = choose_format(LLAMA3).turn(ASKED, [WEATHER, CLOCK], ToolChoice("required"))
    assert turn.json_schema is not None
    assert holds(turn.json_schema, {"name": "clock", "parameters": {}})
    assert holds(turn.json_schema, {"name": "weather", "parameters": {"place": "x", "unit": "C"}})
    assert not holds(turn.json_schema, {"name": "clock", "arguments": {}})
    schema_to_gbnf(turn.json_schema)


def test_where_a_form_is_asked_for_a_call_may_come_instead() -> None:
    form = json.dumps({"type": "object", "properties": {"answer": {"$ref": "#/$defs/A"}},
                       "required": ["answer"], "$defs": {"A": {"type": "integer"}}})  # fmt: skip
    turn = choose_format(None).turn(ASKED, [WEATHER], content_schema=form)
    assert turn.json_schema is not None
    assert holds(turn.json_schema, {"answer": 1})
    assert holds(turn.json_schema, {"name": "weather", "arguments": {"place": "x"}})
    assert not holds(turn.json_schema, {"answer": "1"})
    schema_to_gbnf(turn.json_schema)


def test_definitions_of_the_same_name_stay_apart() -> None:
    item = {"properties": {"x": {"$ref": "#/$defs/Item"}}, "required": ["x"]}
    tools = [
        tool("a", type="object", **item, **{"$defs": {"Item": {"type": "string"}}}),
        tool("b", type="object", **item, **{"$defs": {"Item": {"type": "integer"}}}),
    ]
    schema = schema_of_call(tools, "arguments")
    assert holds(schema, {"name": "b", "arguments": {"x": 1}})
    assert not holds(schema, {"name": "b", "arguments": {"x": "1"}})
    grammar = schema_to_gbnf(schema)
    assert "integer ::= " in grammar
    assert "string ::= " in grammar


def test_a_schema_may_refer_to_itself() -> None:
    tree = {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#/definitions/T"}}},
        "definitions": {"T": {"type": "object", "properties": {"t": {"$ref": "#/definitions/T"}}}},
    }
    schema = schema_of_call([tool("grow", **tree)], "arguments")
    assert holds(schema, {"name": "grow", "arguments": {"children": [{"t": {"t": {}}}]}})
    schema_to_gbnf(schema)


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "object", "properties": {"x": {"title": "X", "description": "any"}}},
        {"type": "object", "properties": {"x": True, "y": {"type": "array", "items": {}}}},
        {"type": "object", "properties": {"default": {"type": "string", "default": "a"}}},
        {"type": "object", "properties": {"x": {"anyOf": [{"type": "null"}, {"type": "string"}]}}},
        {"type": "object"},
        {},
    ],
)
def test_schemas_that_leave_much_open_are_translated(parameters: Json) -> None:
    schema_to_gbnf(schema_of_call([tool("f", **parameters)], "arguments"))
    schema_to_gbnf(schema_for_engine(json.dumps(parameters or {"type": "object"})))


def test_a_reference_to_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="Missing"):
        schema_of_call([tool("f", properties={"x": {"$ref": "#/$defs/Missing"}})], "arguments")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["$ref", "$defs", "properties", "items", "type", "anyOf", "enum", "x"]),
            inner | st.just("#/$defs/x"),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["properties", "$defs", "$ref", "items"]), JSON))
def test_no_schema_is_worse_than_refused(parameters: Json) -> None:
    with suppress(UsageError):
        json.loads(schema_of_call([tool("f", **parameters)], "arguments"))
