"""What is shipped, and what the documents promise about it."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parent.parent
README, README_ZH, CONTRIBUTING = "README.md", "README.zh-CN.md", "CONTRIBUTING.md"
DOCUMENTS = (README, README_ZH, CONTRIBUTING)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def yi_commands(text: str) -> Iterator[list[str]]:
    """The words after each `yi` in code: ["run", "demo", "--json"]. Comments and pipes end it.

    `yi` alone is `yi app`.
    """
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    inline = re.findall(r"`([^`\n]+)`", text)
    for line in [line for block in fenced for line in block.splitlines()] + inline:
        if "yi " in line:
            lexer = shlex.shlex(line.replace("\\", "/"), posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            words = list(lexer)
            for start, word in enumerate(words):
                if word.rpartition("/")[2] == "yi":
                    rest = words[start + 1 :]
                    yield (rest[: rest.index("|")] if "|" in rest else rest) or ["app"]


def make_words(text: str) -> set[str]:
    """The targets and variables that are given to make in code."""
    code = re.findall(r"^make .*$", text, re.MULTILINE) + re.findall(r"`(make [^`]+)`", text)
    words = {word for line in code for word in line.partition("#")[0].split()[1:]}
    return {word.partition("=")[0] for word in words}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files in it."""
    folder = str(tmp_path_factory.mktemp("wheel"))
    [path] = WheelBuilder(str(ROOT)).build(directory=folder, versions=["standard"])
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_package_and_nothing_else(wheel: dict[str, bytes]) -> None:
    sources = {p.relative_to(ROOT).as_posix() for p in (ROOT / "yi_local").rglob("*.py")}
    assert sources <= wheel.keys()
    assert {name.split("/")[0].split("-")[0] for name in wheel} == {"yi_local"}


def test_the_wheel_carries_the_languages(wheel: dict[str, bytes]) -> None:
    compiled = sorted((ROOT / "yi_local" / "locale").rglob("*.mo"))
    assert compiled
    for path in compiled:
        assert wheel[path.relative_to(ROOT).as_posix()] == path.read_bytes()


def test_the_wheel_carries_the_page(wheel: dict[str, bytes]) -> None:
    files = sorted((ROOT / "yi_local" / "server" / "page" / "static").iterdir())
    assert files
    for path in files:
        assert wheel[path.relative_to(ROOT).as_posix()] == path.read_bytes()


def test_the_wheel_carries_licence_and_both_scripts(wheel: dict[str, bytes]) -> None:
    contents = {name.rpartition("/")[2]: content for name, content in wheel.items()}
    assert contents["LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert contents["NOTICE"] == (ROOT / "NOTICE").read_bytes()
    scripts = contents["entry_points.txt"].decode().splitlines()
    assert "yi = yi_local.cli.main:main" in scripts
    assert "yi-local = yi_local.cli.main:main" in scripts


def test_every_library_that_is_imported_is_a_declared_dependency() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    declared = {re.split(r"[<>=\[]", line)[0].replace("-", "_") for line in project["dependencies"]}
    known = (declared | sys.stdlib_module_names | {"yi_local"}) - {"llama_cpp_python"}
    known |= {"markdown_it"} & {name.removesuffix("_py") for name in declared}
    imported = {
        name.split(".")[0]: path.relative_to(ROOT).as_posix()
        for path in (ROOT / "yi_local").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in imported_by(node)
    }
    imported.pop("llama_cpp")
    imported.pop("pynvml")
    assert {name: path for name, path in imported.items() if name not in known} == {}


def imported_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


@pytest.fixture(scope="module")
def help_of() -> dict[str, str]:
    """The help text of each subcommand that the documents show; an unknown one fails here."""
    shown = {words[0] for name in (README, README_ZH) for words in yi_commands(read(name))}
    assert {"run", "chat"} <= shown
    return {command: help_text(command) for command in shown}


def help_text(command: str) -> str:
    entry = "import sys; from yi_local.cli.main import main; sys.exit(main())"
    words = [sys.executable, "-c", entry, command, "--help"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, f"yi {command}: {done.stderr}"
    return done.stdout


@pytest.mark.parametrize("document", [README, README_ZH])
def test_every_option_in_the_readme_is_in_the_help(document: str, help_of: dict[str, str]) -> None:
    for command, *words in yi_commands(read(document)):
        for option in [word for word in words if re.match(r"--?[a-z]", word)]:
            assert re.search(rf"(?<![\w-]){option}\b", help_of[command]), f"yi {command} {option}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_and_variable_in_a_document_exists(document: str) -> None:
    makefile = read("Makefile")
    words = make_words(read(document))
    assert {"run", "test"} <= words
    for word in words:
        what = rf"\$\({word}\)" if word.isupper() else rf"^{word}:"
        assert re.search(what, makefile, re.MULTILINE), f"{document}: make {word}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    text = read(document)
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    files = re.findall(r"(?<![\w/])(?:benchmarks|tests)/[\w/]+\.py", text)
    assert [name for name in links + files if not (ROOT / name).exists()] == []


def test_both_readmes_show_the_same_commands() -> None:
    def commands(name: str) -> list[str]:
        options = (" ".join(words[:2]) for words in yi_commands(read(name)))
        return sorted([*options, *make_words(read(name)), *benchmarks(name)])

    def benchmarks(name: str) -> list[str]:
        return re.findall(r"benchmarks/\w+\.py", read(name))

    assert commands(README) == commands(README_ZH)


def test_the_exit_codes_of_the_readmes_are_those_of_the_errors() -> None:
    errors = {int(code) for code in re.findall(r"exit_code.* = (\d+)", read("yi_local/errors.py"))}
    for document in (README, README_ZH):
        rows = {int(code) for code in re.findall(r"^\| (\d+) \|", read(document), re.MULTILINE)}
        assert rows == errors | {0}
