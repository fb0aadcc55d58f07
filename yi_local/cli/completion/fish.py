"""Completion for fish."""

from collections.abc import Iterator, Sequence

from yi_local.cli.completion.described import Command, Option, Value

_HEAD = """\
# Completion of yi for fish. Made by: yi completion fish

function __yi_models
    command yi completion --models 2>/dev/null
    __fish_complete_suffix .gguf
end

"""


def fish_script(commands: Sequence[Command]) -> str:
    return _HEAD + "".join(
        f"complete -c {program} {line}\n"
        for program in ("yi", "yi-local")
        for line in _lines(commands)
    )


def _lines(commands: Sequence[Command]) -> Iterator[str]:
    yield "-f"
    above = [command for command in commands if len(command.words) == 1]
    for command in above:
        yield f"-n __fish_use_subcommand -a {command.words[0]} -d {_quoted(command.help)}"
    names = " ".join(command.words[0] for command in above)
    yield f"-n __fish_use_subcommand -a help -d {_quoted('help')}"
    yield f"-n '__fish_seen_subcommand_from help' -a {_quoted(names)}"
    for command in commands:
        below = [each.words[1] for each in commands if each.words[:-1] == command.words]
        yield from _of(command, below)


def _of(command: Command, below: Sequence[str]) -> Iterator[str]:
    when = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in command.words)
    if below:
        when += f"; and not __fish_seen_subcommand_from {' '.join(below)}"
        yield f"-n {_quoted(when)} -a {_quoted(' '.join(below))}"
    for option in command.options:
        yield f"-n {_quoted(when)} {_option(option)}"
    for value in command.arguments:
        if what := _completed(value):
            yield f"-n {_quoted(when)} {what}"


def _option(option: Option) -> str:
    flags = [
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names
    ]
    words = [*flags, f"-d {_quoted(option.help)}"]
    if option.value is not None:
        words.append("-r")
        words.append(_completed(option.value) or "-f")
    return " ".join(words)


def _completed(value: Value) -> str:
    match value.kind:
        case "model":
            return "-a '(__yi_models)'"
        case "file":
            return "-F"
        case "words":
            return f"-a {_quoted(' '.join(value.words))}"
        case _:
            return ""


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
