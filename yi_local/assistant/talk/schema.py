"""JSON schemas: is it one, and does an output satisfy it?"""

import json
from typing import TYPE_CHECKING, Any

import jsonschema
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from yi_local.errors import UsageError
from yi_local.language import tr

if TYPE_CHECKING:
    from jsonschema.protocols import Validator
    from referencing._core import Resolver

_POINTERS = ("$ref", "$dynamicRef")


def check(text: str) -> None:
    """Raises UsageError where the text is not a JSON schema that stands on its own."""
    try:
        schema = _parsed(text)
        _check_form(schema)
        resource = DRAFT202012.detect(schema).create_resource(schema)
        _check_references(resource, Registry().resolver_with_root(resource))
    except ValueError:  # urllib cannot read an address, as in "http://[x"
        raise _no_schema("$", tr('an "$id" is not an address')) from None
    except RecursionError:
        raise UsageError(tr("The schema is nested too deeply."), tr("Make it flatter.")) from None


def violation(output: str, schema_text: str) -> str | None:
    """Why the output does not satisfy a schema that `check` let pass; None where it does."""
    schema = json.loads(schema_text)
    # Without a registry of our own, jsonschema would fetch references from the network.
    validator = _validator_for(schema)(schema, registry=Registry())
    try:
        worst = best_match(validator.iter_errors(json.loads(output)))
    except ValueError as error:
        return tr("it is not JSON: {error}", error=error)
    except RecursionError:
        return tr("it, or the schema, is nested too deeply to be checked")
    if worst is None:
        return None
    return tr("at {place}, {fault}", place=worst.json_path, fault=worst.message)


def _parsed(text: str) -> dict[str, Any]:
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise UsageError(
            tr("The schema is not JSON: {error}.", error=error), tr("Check the file.")
        ) from None
    if not isinstance(schema, dict):
        raise UsageError(
            tr("The schema is not a JSON object."),
            tr('The smallest useful one is {"type": "object"}.'),
        )
    return schema


def _check_form(schema: dict[str, Any]) -> None:
    if not isinstance(schema.get("$schema", ""), str):  # jsonschema trips over it
        raise _no_schema("$['$schema']", tr("its value is not a string"))
    try:
        _validator_for(schema).check_schema(schema)
    except SchemaError as error:
        raise _no_schema(error.json_path, error.message) from None


def _validator_for(schema: dict[str, Any]) -> "type[Validator]":
    """That of its "$schema"; an unknown one is read as the newest draft."""
    return jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)


def _no_schema(place: str, fault: str) -> UsageError:
    return UsageError(
        tr("This is not a JSON schema: at {place}, {fault}.", place=place, fault=fault),
        tr("https://json-schema.org/understanding-json-schema explains the format."),
    )


def _check_references(resource: "Resource[Any]", resolver: "Resolver[Any]") -> None:
    """Goes where schemas may stand, so that a "$ref" among an enum's values is a value."""
    if isinstance(resource.contents, dict):
        for reference in filter(None, map(resource.contents.get, _POINTERS)):
            _check_reference(reference, resolver)
    for inner in resource.subresources():
        _check_references(inner, resolver.in_subresource(inner))


def _check_reference(reference: str, resolver: "Resolver[Any]") -> None:
    try:
        resolver.lookup(reference)
    except (Unresolvable, ValueError):
        raise UsageError(
            tr('The schema refers to "{reference}", which is not in it.', reference=reference),
            tr('Copy what is missing into its "$defs".'),
        ) from None
