"""The JSON schema of a call that must be made, whatever the schemas of the functions are like.

The engine's translation into a grammar wants references from the root, whose last words differ;
no schema but a dictionary; and every type said.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.types import Json

_ANYTHING: Json = {"type": ["string", "number", "boolean", "array", "object", "null"]}
NO_PARAMETERS: Json = {"type": "object", "properties": {}, "additionalProperties": False}

# Under these keys, each value is a schema; what is only for readers is left out.
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas"})
_VALUES = frozenset({"enum", "const", "required", "type"})
_DROPPED = frozenset(
    {"$defs", "definitions", "$schema", "$id", "$comment", "title", "description", "default",
     "examples", "deprecated", "readOnly", "writeOnly"}
)  # fmt: skip


def schema_of_call(tools: Sequence[Json], key: str, content_schema: str | None = None) -> str:
    """One call of one of these functions; or, where its schema is given, an answer without a call.

    `key` is what the model's format calls the arguments. Raises UsageError for a schema that
    refers to what is not in it.
    """
    root = _Root()
    wanted = [_call(root, tool["function"], key) for tool in tools]
    if content_schema is not None:
        wanted.append(root.added(json.loads(content_schema)))
    whole = wanted[0] if len(wanted) == 1 else {"anyOf": wanted}
    return json.dumps(whole | ({"$defs": root.definitions} if root.definitions else {}))


def schema_for_engine(schema_text: str) -> str:
    """The same schema in a form that the engine can translate."""
    root = _Root()
    whole = root.added(json.loads(schema_text))
    return json.dumps(whole | ({"$defs": root.definitions} if root.definitions else {}))


def _call(root: "_Root", function: Json, key: str) -> Json:
    return {
        "type": "object",
        "properties": {
            "name": {"const": function["name"]},
            key: root.added(function.get("parameters") or NO_PARAMETERS),
        },
        "required": ["name", key],
        "additionalProperties": False,
    }


class _Root:
    """Gathers the definitions that several schemas refer to, each under a name of its own."""

    def __init__(self) -> None:
        self.definitions: Json = {}

    def added(self, schema: Json) -> Json:
        """The schema as a part of the root."""
        return _Part(self.definitions, schema).rewritten(schema)


class _Part:
    def __init__(self, definitions: Json, schema: Json) -> None:
        self._definitions = definitions
        self._schema = schema
        self._names: dict[str, str] = {}

    def rewritten(self, node: Any) -> Json:
        if not isinstance(node, dict):  # true: anything
            return dict(_ANYTHING)
        reference = node.get("$ref")
        if isinstance(reference, str):
            return {"$ref": f"#/$defs/{self._name(reference)}"}
        return dict(self._entries(node)) or dict(_ANYTHING)

    def _entries(self, node: Json) -> Iterator[tuple[str, Any]]:
        for key, value in node.items():
            if key in _DROPPED:
                continue
            if key in _MAPS and isinstance(value, dict):
                yield key, {name: self.rewritten(each) for name, each in value.items()}
            elif key in _VALUES or not isinstance(value, dict | list):
                if key != "items":
                    yield key, value
            elif isinstance(value, list):
                yield key, [self.rewritten(each) for each in value]
            else:
                yield key, self.rewritten(value)

    def _name(self, reference: str) -> str:
        name = self._names.get(reference)
        if name is None:
            target = _resolved(self._schema, reference)
            name = self._names[reference] = f"definition-{len(self._definitions)}"
            self._definitions[name] = {}  # its place, for those that refer to themselves
            self._definitions[name] = self.rewritten(target)
        return name


def _resolved(schema: Json, reference: str) -> Any:
    target: Any = schema
    path, _, pointer = reference.partition("#")
    steps = pointer.split("/")[1:] if pointer else []
    for step in steps:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(target, list) and key.isascii() and key.isdigit() and len(key) < 10:
            target = target[int(key)] if int(key) < len(target) else None
        else:
            target = target.get(key) if isinstance(target, Mapping) else None
    if path or not isinstance(target, dict | bool) or (pointer and not pointer.startswith("/")):
        raise UsageError(
            tr('The schema refers to "{reference}", which is not in it.', reference=reference),
            tr('Copy what is missing into its "$defs".'),
        )
    return target
