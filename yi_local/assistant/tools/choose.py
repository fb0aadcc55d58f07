"""Which tool format a model speaks, seen from its chat template."""

import re

from yi_local.assistant.tools.format import ToolFormat

_USES_TOOLS = re.compile(r"\{[{%][^{}]*\btools\b")
_TOOL_ROLE = re.compile(r"""["'](?:tool|ipython)["']""")

# A template that handles roles one by one, the system's not among them, drops it without a word.
_ROLE = r"""message(?:\.role|\[['"]role['"]\])"""
_HAS_SYSTEM = re.compile(
    rf"""['"]system['"]|(?:[+~(,]|\{{\{{-?)\s*{_ROLE}\s*(?:[+~),|]|-?\}}\}})"""
)


def choose_format(template: str | None) -> ToolFormat:
    """One that asks for calls in a form we cannot read is told of functions in our own words.

    Such are Mistral's and DeepSeek's, and the XML of Qwen3-Coder; and the many, Yi-1.5's among
    them, that know nothing of functions.
    """
    knows_system = template is not None and _HAS_SYSTEM.search(template) is not None
    prompted = ToolFormat("prompted", False, False, in_system=knows_system)
    if template is None or not _USES_TOOLS.search(template):
        return prompted
    history = "tool_calls" in template and _TOOL_ROLE.search(template) is not None
    if "<tool_call>" in template:
        speaks_json = "<function=" not in template and "<arg_key>" not in template
        return ToolFormat("hermes", True, history) if speaks_json else prompted
    if "<|start_header_id|>" in template and ("<|python_tag|>" in template or _asks(template)):
        return ToolFormat("llama3", True, history, "parameters", one_call_per_message=True)
    return prompted


def _asks(template: str) -> bool:
    return '"parameters"' in template and '"name"' in template
