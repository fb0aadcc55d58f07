"""The rules of the house in the design, each a function from {path: source} to sentences.

One sentence per violation, with the file and the line; nothing here reads a file.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter

PACKAGE = "yi_local"

LAYERS: tuple[tuple[str, ...], ...] = (  # lowest first; rooms on one layer do not know each other
    ("language",),
    ("errors", "types", "text", "paths"),
    ("settings",),
    ("gguf_file", "hardware", "catalogue"),
    ("engine", "planner", "hub", "store"),
    ("assistant",),
    ("tui", "server", "api"),
    ("cli",),
    ("__main__",),
)
DOOR = "yi_local.api"  # what the package itself offers, imported when it is asked for
LAYER_OF = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}

IMPORTERS: Mapping[str, tuple[str, ...]] = {  # library -> the files or folders that may import it
    "llama_cpp": ("yi_local/engine/worker/llama.py",),
    "numpy": ("yi_local/engine/worker/",),
    "jinja2": ("yi_local/engine/worker/",),
    "psutil": ("yi_local/hardware/", "yi_local/engine/"),
    "pynvml": ("yi_local/hardware/",),
    "jsonschema": ("yi_local/assistant/",),
    "huggingface_hub": ("yi_local/hub/",),
    "sqlite3": ("yi_local/store/",),
    "textual": ("yi_local/tui/",),
    "starlette": ("yi_local/server/",),
    "uvicorn": ("yi_local/server/",),
}
CATCHERS = (
    "yi_local/cli/main.py",
    "yi_local/engine/worker/__main__.py",
    "yi_local/engine/worker/worker.py",
)

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 50

Modules = Mapping[str, str]  # "yi_local/engine/client.py" -> source
Rule = Callable[[Modules], list[str]]


# Reading imports


@cache
def tree_of(source: str) -> ast.Module:
    return ast.parse(source)


def name_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def room_of(module: str) -> str | None:
    """The first name below the package; None for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else None


def imports_of(source: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """(line, module, names taken from it) for each import, wherever it stands in the file."""
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, ()
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield node.lineno, module, tuple(alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value, ()


def called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def house_imports(path: str, modules: Modules) -> Iterator[tuple[int, str]]:
    """(line, module of this house) for each import in one file; a name may be a submodule."""
    known = {name_of(other) for other in modules}
    for line, module, names in imports_of(modules[path]):
        if module.split(".")[0] != PACKAGE:
            continue
        below = [f"{module}.{name}" for name in names if f"{module}.{name}" in known]
        for target in below if below and len(below) == len(names) else [module, *below]:
            yield line, target


# The rules


def layers_are_kept(modules: Modules) -> list[str]:
    found = []
    for path in modules:
        here = room_of(name_of(path))
        if here is not None and here not in LAYER_OF:
            found.append(f"{path} stands on no layer: give {here!r} its place in LAYERS")
            continue
        for line, target in house_imports(path, modules):
            there = room_of(target)
            if there is None or there == here or (here is None and target == DOOR):
                continue
            if there not in LAYER_OF:
                found.append(f"{path}:{line} imports {target}, which stands on no layer")
            elif here is None or LAYER_OF[there] > LAYER_OF[here]:
                found.append(f"{path}:{line} imports {target}, which stands above it")
            elif LAYER_OF[there] == LAYER_OF[here]:
                found.append(f"{path}:{line} imports {target}, its neighbour on the same layer")
    return found


def imports_are_absolute(modules: Modules) -> list[str]:
    return [
        f"{path}:{line} has a relative import: write {PACKAGE}... in full"
        for path, source in modules.items()
        for line, module, _ in imports_of(source)
        if module.startswith(".")
    ]


def imports_have_no_cycle(modules: Modules) -> list[str]:
    graph = {
        name_of(path): {target for _, target in house_imports(path, modules)} - {DOOR}
        for path in modules
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return ["modules import each other in a ring: " + " <- ".join(error.args[1])]
    return []


def libraries_have_one_door(modules: Modules) -> list[str]:
    return [
        f"{path}:{line} imports {library}, which only {' and '.join(IMPORTERS[library])} may"
        for path, source in modules.items()
        for line, module, _ in imports_of(source)
        if (library := module.split(".")[0]) in IMPORTERS
        and not path.startswith(IMPORTERS[library])
    ]


def files_are_short(modules: Modules) -> list[str]:
    return [
        f"{path} has {lines} lines, more than {MAX_FILE_LINES}: it holds two things"
        for path, source in modules.items()
        if (lines := len(source.splitlines())) > MAX_FILE_LINES
    ]


def functions_are_short(modules: Modules) -> list[str]:
    return [
        f"{path}:{node.lineno} {node.name}() has {lines} lines, more than {MAX_FUNCTION_LINES}"
        for path, source in modules.items()
        for node in ast.walk(tree_of(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]


def modules_say_what_they_are(modules: Modules) -> list[str]:
    """The docstring's first paragraph is one sentence; an empty __init__.py says nothing."""
    found = []
    for path, source in modules.items():
        text = ast.get_docstring(tree_of(source))
        if text is None:
            if source.strip() or not path.endswith("/__init__.py"):
                found.append(f"{path} has no docstring: say in one sentence what it is")
            continue
        first = text.split("\n\n")[0]
        if re.search(r"(?<!e\.g)(?<!i\.e)[.!?]\s+[A-Z\"'`(]", first):
            found.append(f"{path}: the docstring's first paragraph is more than one sentence")
        elif not first.rstrip().endswith((".", "!", "?", ":")):
            found.append(f"{path}: the docstring's first paragraph does not end as a sentence")
    return found


def exceptions_are_named(modules: Modules) -> list[str]:
    return [
        f"{path}:{line} catches everything: name the exception it expects"
        for path, source in modules.items()
        if path not in CATCHERS
        for line, caught in catches(source)
        if caught is None or any(is_broad(node) for node in ast.walk(caught))
    ]


def catches(source: str) -> Iterator[tuple[int, ast.expr | None]]:
    """(line, the expression that names the exceptions) of each except and each suppress()."""
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.ExceptHandler):
            yield node.lineno, node.type
        elif isinstance(node, ast.Call) and called(node) == "suppress":
            for argument in node.args:
                yield node.lineno, argument


def is_broad(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
    return name in ("Exception", "BaseException")


RULES: tuple[Rule, ...] = (
    layers_are_kept,
    imports_are_absolute,
    imports_have_no_cycle,
    libraries_have_one_door,
    files_are_short,
    functions_are_short,
    modules_say_what_they_are,
    exceptions_are_named,
)
