"""The rules of texts for people, each a function from {path: source} to sentences.

As in house_rules.py: one sentence per violation, and nothing here reads a file.
"""

import ast
from collections.abc import Iterator, Mapping

from tests.house_rules import called, tree_of
from tests.messages import MARKERS

Modules = Mapping[str, str]

_DOOR = "yi_local/language.py"
ALLOWED_BARE = frozenset(  # (file, the text): a command alone is the same in every language
    {
        ("yi_local/assistant/models/reference.py", 'pip install "yi-local[demo]"'),
        ("yi_local/hub/remote/trouble.py", "pip install socksio"),
    }
)


def messages_are_literals(modules: Modules) -> list[str]:
    """So that they are found; `tr` may also get a name or a table's entry, marked elsewhere."""
    found = []
    for path, source in modules.items():
        for call in _calls(source, set(MARKERS)):
            name = called(call)
            for argument in call.args[: MARKERS[name]]:
                if not _is_message(argument, name) and path != _DOOR:
                    found.append(f"{path}:{call.lineno} gives {name}() no literal text")
    return found


def nothing_is_said_at_import(modules: Modules) -> list[str]:
    """Nobody's language is known then: a table in a module is only marked."""
    found = []
    for path, source in modules.items():
        for node in _at_import(tree_of(source)):
            if isinstance(node, ast.Call) and called(node) in ("tr", "trn"):
                found.append(f"{path}:{node.lineno} says something while it is imported: mark() it")
    return found


def errors_speak(modules: Modules) -> list[str]:
    """The message and the hint of an error that is raised for people go through tr."""
    found = []
    names = _error_classes(modules)
    for path, source in modules.items():
        for call in _calls(source, names):
            texts = [*call.args[:2], *(k.value for k in call.keywords if k.arg in _TEXT_ARGUMENTS)]
            for bare in (text for argument in texts for text in _bare_texts(argument)):
                if (path, bare) not in ALLOWED_BARE:
                    found.append(f"{path}:{call.lineno} says {bare!r} in no language: use tr()")
    return found


_TEXT_ARGUMENTS = ("message", "hint")


def _calls(source: str, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Call) and called(node) in names:
            yield node


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What is computed when the module is: all but the bodies of functions."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        defaults = [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]
        decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
        children: list[ast.AST] = [*defaults, *decorators]
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from _at_import(child)


def _is_message(node: ast.expr, marker: str) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    looked_up = isinstance(node, ast.Call) and called(node) == "get"
    is_name = isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
    return marker == "tr" and (is_name or looked_up)


def _bare_texts(node: ast.expr) -> Iterator[str]:
    """The texts in an expression that stand outside of every call."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and any(map(str.isalpha, node.value)):
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        if any(True for part in node.values for _ in _bare_texts(part)):
            yield ast.unparse(node)
    elif not isinstance(node, ast.Call):
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                yield from _bare_texts(part)


def _error_classes(modules: Modules) -> set[str]:
    """YiLocalError and all that inherit from it, wherever they are defined."""
    bases = {
        node.name: {_name(base) for base in node.bases}
        for source in modules.values()
        for node in ast.walk(tree_of(source))
        if isinstance(node, ast.ClassDef)
    }
    names = {"YiLocalError"}
    while more := {name for name, above in bases.items() if above & names} - names:
        names |= more
    return names


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
