"""The functions that a request offers, and whether they may or must be called."""

import re
from collections.abc import Sequence

from yi_local.assistant.tools.choice import ToolChoice
from yi_local.language import tr
from yi_local.server.openai.read.fields import Fields
from yi_local.types import Json

MAX_TOOLS = 128
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MODES = ("none", "auto", "required")


def read_tools(fields: Fields, *, flat: bool = False) -> tuple[Json, ...]:
    """`flat`: as the Responses API has them, without a table "function"."""
    if fields.has("functions"):
        raise fields.refused("functions", tr('"functions" is no longer known.'),
                             tr('Give them as "tools".'))  # fmt: skip
    tools = tuple(_tool(tool, flat) for tool in fields.tables("tools", MAX_TOOLS))
    names = names_of(tools)
    if len(set(names)) < len(names):
        raise fields.refused("tools", tr("Two functions have the same name."))
    return tools


def names_of(tools: Sequence[Json]) -> list[str]:
    return [tool["function"]["name"] for tool in tools]


def read_choice(
    fields: Fields, tools: tuple[Json, ...], *, flat: bool = False
) -> tuple[ToolChoice, tuple[Json, ...]]:
    """The choice, and the tools that it leaves."""
    choice = fields.raw("tool_choice")
    if choice is None:
        return ToolChoice("auto" if tools else "none"), tools
    if isinstance(choice, str):
        mode = fields.one_of("tool_choice", _MODES)
        return _needing(fields, tools, mode or "auto"), tools
    table = fields.table("tool_choice")
    assert table is not None
    if table.one_of("type", ("function", "allowed_tools")) == "allowed_tools":
        return _allowed(table, tools, flat)
    table.needed("type")
    name = _name(table, flat)
    if name not in names_of(tools):
        raise fields.refused("tool_choice", tr("There is no function {name} to call.", name=name))
    return ToolChoice("required", name), tools


def _allowed(
    table: Fields, tools: tuple[Json, ...], flat: bool
) -> tuple[ToolChoice, tuple[Json, ...]]:
    if not flat:
        table.needed("allowed_tools")
    holder = table if flat else table.table("allowed_tools")
    assert holder is not None
    allowed = {_name(tool, flat) for tool in holder.tables("tools", MAX_TOOLS)}
    left = tuple(tool for tool in tools if tool["function"]["name"] in allowed)
    mode = holder.one_of("mode", ("auto", "required")) or "auto"
    return _needing(holder, left, mode), left


def _needing(fields: Fields, tools: Sequence[Json], mode: str) -> ToolChoice:
    if mode == "required" and not tools:
        raise fields.refused("tool_choice", tr("A function is to be called, and none is offered."))
    if mode == "required":
        return ToolChoice("required")
    return ToolChoice("none" if mode == "none" or not tools else "auto")


def _tool(fields: Fields, flat: bool) -> Json:
    fields.needed("type")
    if fields.raw("type") != "function":
        raise fields.refused(
            "type", tr("Only functions can be offered as tools."), tr("Leave the others out.")
        )
    function = _function(fields, flat)
    name = function.text("name")
    if name is None or not _NAME.fullmatch(name):
        raise function.wrong("name", tr("1 to 64 letters, digits, dots, hyphens or underscores"))
    parameters = function.entries("parameters")
    if parameters.get("type", "object") != "object":
        raise function.wrong("parameters", tr("a JSON schema of an object"))
    description = function.text("description")
    written: Json = {"name": name}
    if description is not None:
        written["description"] = description
    # Some templates list the properties without asking whether there are any.
    written["parameters"] = {"type": "object", "properties": {}} | parameters
    return {"type": "function", "function": written}


def _function(fields: Fields, flat: bool) -> Fields:
    if flat:
        return fields
    fields.needed("function")
    function = fields.table("function")
    assert function is not None
    return function


def _name(fields: Fields, flat: bool) -> str:
    function = _function(fields, flat)
    function.needed("name")
    return function.text("name") or ""
