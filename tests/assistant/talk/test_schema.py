"""yi_local.assistant.talk.schema: is it a schema, is it satisfied?"""

import json
import socket

import pytest

from yi_local.assistant.talk.schema import check, violation
from yi_local.errors import UsageError

PERSON = json.dumps(
    {
        "type": "object",
        "properties": {"name": {"$ref": "#/$defs/text"}, "age": {"type": "integer"}},
        "required": ["name"],
        "$defs": {"text": {"type": "string", "minLength": 1}},
    }
)


def test_a_schema_passes() -> None:
    check(PERSON)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{'single': 'quotes'}", "not JSON"),
        ("", "not JSON"),
        ("[1, 2]", "not a JSON object"),
        ("true", "not a JSON object"),
        ('{"type": "objekt"}', "not a JSON schema"),
        ('{"properties": {"a": 3}}', r"\$\.properties\.a"),
        ('{"$ref": "#/$defs/missing"}', 'refers to "#/\\$defs/missing"'),
        ('{"items": [{"$ref": "https://example.com/x.json"}]}', "not a JSON schema"),
        ('{"items": {"$ref": "https://example.com/x.json"}}', "which is not in it"),
        ('{"$ref": "http://[x"}', "which is not in it"),
        ('{"$dynamicRef": "#missing"}', 'refers to "#missing"'),
        ('{"$schema": 5}', r"\$schema.*not a string"),
        ('{"$schema": ["x"]}', r"\$schema.*not a string"),
        ('{"$id": "http://[x", "properties": {"a": {"$id": "/a"}}}', "not an address"),
        ('{"not": ' * 5000 + "true" + "}" * 5000, "nested too deeply"),
    ],
)
def test_what_is_no_schema_is_refused_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        check(text)


def test_a_property_may_be_called_ref() -> None:
    check('{"properties": {"$ref": {"type": "string"}}}')


@pytest.mark.parametrize("key", ["enum", "examples"])
def test_what_is_called_ref_among_values_is_a_value(key: str) -> None:
    check(f'{{"{key}": [{{"$ref": "#/nowhere"}}]}}')


def test_references_follow_the_ids_of_the_schema() -> None:
    schema = json.dumps(
        {
            "$id": "https://example.com/person",
            "properties": {"age": {"$ref": "/age"}},
            "$defs": {"age": {"$id": "/age", "type": "integer"}},
        }
    )
    check(schema)
    assert violation('{"age": "old"}', schema) == "at $.age, 'old' is not of type 'integer'"


def test_an_unknown_draft_is_read_as_the_newest() -> None:
    schema = '{"$schema": "https://example.com/draft", "type": "object"}'
    check(schema)
    assert violation("[]", schema) == "at $, [] is not of type 'object'"


@pytest.mark.parametrize(("output", "schema"), [("[" * 100_000, "{}"), ("{}", '{"$ref": "#"}')])
def test_what_is_nested_without_end_is_a_violation(output: str, schema: str) -> None:
    check(schema)
    assert "nested too deeply" in str(violation(output, schema))


def test_a_schema_may_refer_to_itself() -> None:
    tree = '{"type": "object", "properties": {"child": {"$ref": "#"}}}'
    check(tree)
    assert violation('{"child": {"child": 3}}', tree) is not None


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ('{"name": "李明", "age": 3}', None),
        (' {"name": "Ada"}\n', None),
        ('{"name": "Ada"', "it is not JSON"),
        ("", "it is not JSON"),
        ('{"age": 3}', "at $, 'name' is a required property"),
        ('{"name": "Ada", "age": "old"}', "at $.age, 'old' is not of type 'integer'"),
        ('{"name": ""}', "at $.name"),
    ],
)
def test_an_output_is_judged_with_the_place_of_the_fault(output: str, reason: str | None) -> None:
    found = violation(output, PERSON)
    assert found is None if reason is None else found is not None and found.startswith(reason)


def test_nothing_is_fetched_from_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(UsageError):
        check('{"$ref": "https://example.com/x.json"}')
