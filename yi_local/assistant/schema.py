"""JSON schemas: is it one, and does an output satisfy it?"""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from yi_local.errors import UsageError


def check(text: str) -> None:
    """Raises UsageError where the text is not a JSON schema that stands on its own."""
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise UsageError(f"The schema is not JSON: {error}.", "Check the file.") from None
    if not isinstance(schema, dict):
        raise UsageError(
            "The schema is not a JSON object.", 'The smallest useful one is {"type": "object"}.'
        )
    try:
        jsonschema.validators.validator_for(schema).check_schema(schema)
    except SchemaError as error:
        raise UsageError(
            f"This is not a JSON schema: at {error.json_path}, {error.message}.",
            "https://json-schema.org/understanding-json-schema explains the format.",
        ) from None
    _check_references(schema)


def violation(output: str, schema_text: str) -> str | None:
    """Why the output does not satisfy a schema that `check` let pass; None where it does."""
    try:
        value = json.loads(output)
    except ValueError as error:
        return f"it is not JSON: {error}"
    schema = json.loads(schema_text)
    # Without a registry of our own, jsonschema would fetch references from the network.
    validator = jsonschema.validators.validator_for(schema)(schema, registry=Registry())
    worst = best_match(validator.iter_errors(value))
    return None if worst is None else f"at {worst.json_path}, {worst.message}"


def _check_references(schema: dict[str, Any]) -> None:
    resource = DRAFT202012.create_resource(schema)
    resolver = Registry().with_resource("", resource).resolver()
    for reference in _references(schema):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            raise UsageError(
                f'The schema refers to "{reference}", which is not in it.',
                'Copy what is missing into its "$defs".',
            ) from None


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):
                yield item
            else:
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
