"""The house of the design, checked so that its picture cannot drift.

Every rule is tried on the real package, and on a planted violation to prove that it can fail.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.house_rules import (
    PACKAGE,
    RULES,
    Modules,
    Rule,
    exceptions_are_named,
    files_are_short,
    functions_are_short,
    imports_are_absolute,
    imports_have_no_cycle,
    layers_are_kept,
    libraries_have_one_door,
    modules_say_what_they_are,
)

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("textual", "llama_cpp", "numpy", "huggingface_hub", "gguf")


@pytest.fixture(scope="module")
def house() -> Modules:
    files = sorted((ROOT / PACKAGE).rglob("*.py"))
    return {p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8") for p in files}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rule(rule: Rule, house: Modules) -> None:
    assert f"{PACKAGE}/errors.py" in house
    if violations := rule(house):
        pytest.fail("\n".join(violations), pytrace=False)


ONE = '"""One."""\n'
PLANTED: tuple[tuple[Rule, Modules, str], ...] = (
    (layers_are_kept, {"yi_local/text.py": "import yi_local.cli.main"}, "stands above"),
    (layers_are_kept, {"yi_local/__init__.py": "import yi_local.types"}, "stands above"),
    (
        layers_are_kept,
        {
            "yi_local/hub/a.py": "def f():\n    from yi_local.store import b",
            "yi_local/store/b.py": "",
        },
        "hub/a.py:2 imports yi_local.store.b, its neighbour",
    ),
    (layers_are_kept, {"yi_local/utils.py": ""}, "'utils' its place"),
    (
        layers_are_kept,
        {"yi_local/hub/a.py": "import importlib\nimportlib.import_module('yi_local.tui.app')"},
        "stands above",
    ),
    (imports_are_absolute, {"yi_local/hub/a.py": "from . import b"}, "a.py:1 has a relative"),
    (
        imports_have_no_cycle,
        {
            "yi_local/hub/__init__.py": "from yi_local.hub.a import A",
            "yi_local/hub/a.py": "from yi_local.hub import b",
            "yi_local/hub/b.py": "from yi_local.hub.a import A",
        },
        "yi_local.hub.a <- yi_local.hub.b <- yi_local.hub.a",
    ),
    (libraries_have_one_door, {"yi_local/cli/a.py": "import llama_cpp.llama"}, "llama.py may"),
    (libraries_have_one_door, {"yi_local/cli/a.py": "from numpy import array"}, "imports numpy"),
    (files_are_short, {"yi_local/cli/a.py": ONE * 301}, "has 301 lines"),
    (functions_are_short, {"yi_local/cli/a.py": "def f():\n" + "    0\n" * 50}, "f() has 51 lines"),
    (modules_say_what_they_are, {"yi_local/cli/a.py": ""}, "has no docstring"),
    (modules_say_what_they_are, {"yi_local/cli/__init__.py": "X = 1"}, "has no docstring"),
    (modules_say_what_they_are, {"yi_local/cli/a.py": '"""One. Two."""'}, "more than one"),
    (modules_say_what_they_are, {"yi_local/cli/a.py": '"""The"""'}, "not end as a sentence"),
    (exceptions_are_named, {"yi_local/hub/a.py": "try: 0\nexcept: 0"}, "a.py:2 catches everything"),
    (
        exceptions_are_named,
        {"yi_local/hub/a.py": "try: 0\nexcept (OSError, Exception): 0"},
        "a.py:2",
    ),
    (exceptions_are_named, {"yi_local/hub/a.py": "with suppress(BaseException): 0"}, "a.py:1"),
)


@pytest.mark.parametrize(("rule", "modules", "words"), PLANTED)
def test_a_planted_violation_is_found(rule: Rule, modules: Modules, words: str) -> None:
    [sentence] = rule(modules)
    assert words in sentence


ALLOWED: tuple[tuple[Rule, Modules], ...] = (
    (layers_are_kept, {"yi_local/cli/a.py": "from yi_local import __version__, types"}),
    (layers_are_kept, {"yi_local/__init__.py": "import yi_local.api", "yi_local/api.py": ONE}),
    (libraries_have_one_door, {"yi_local/engine/worker/llama.py": "import llama_cpp"}),
    (functions_are_short, {"yi_local/cli/a.py": "def f():\n" + "    0\n" * 49}),
    (modules_say_what_they_are, {"yi_local/cli/__init__.py": "", "yi_local/cli/a.py": ONE}),
    (modules_say_what_they_are, {"yi_local/cli/a.py": '"""Reads llama.cpp\'s log.\n\nTwo. X"""'}),
    (exceptions_are_named, {"yi_local/cli/main.py": "try: 0\nexcept Exception: 0"}),
)


@pytest.mark.parametrize(("rule", "modules"), ALLOWED)
def test_what_the_house_allows_is_not_blamed(rule: Rule, modules: Modules) -> None:
    assert rule(modules) == []


# Light start-up: what the console script runs, without its shim

ENTRY = "import sys; from yi_local.cli.main import main; sys.exit(main())"


def python(*arguments: str) -> str:
    """What it wrote to stderr; it must end well."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_the_program_starts_without_heavy_libraries(argument: str) -> None:
    report = python("-X", "importtime", "-c", ENTRY, argument).splitlines()
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in report}
    assert PACKAGE in imported  # the report was read right
    assert imported.isdisjoint(HEAVY)


def seconds(*arguments: str) -> float:
    start = time.perf_counter()
    python(*arguments)
    return time.perf_counter() - start


def test_the_version_is_there_at_once() -> None:
    """At most twice a bare Python plus 60 ms: medians, taken in turn so that load hits both."""
    python("-c", ENTRY, "--version")  # writes the byte code
    pairs = [(seconds("-c", "pass"), seconds("-c", ENTRY, "--version")) for _ in range(9)]
    bare, version = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert version <= 2 * bare + 0.060
