"""Completion for zsh, by its _arguments."""

from collections.abc import Iterator, Sequence

from yi_local.cli.completion.described import Command, Option, Value

_HEAD = """\
#compdef yi yi-local
# Completion of yi for zsh. Made by: yi completion zsh

_yi_models() {
    local -a names
    names=(${(f)"$(_call_program models $yi_program completion --models 2>/dev/null)"})
    compadd -a names
    _files -g '*.gguf'
}

"""
_TAIL = """\
_yi() {
    local curcontext="$curcontext" state line yi_program=$words[1]
    _arguments -C '1: :->command' '*:: :->rest'
    case $state in
        command) _yi_commands ;;
        rest)
            case $words[1] in
                help) _arguments '1: :_yi_commands' ;;
                *) (( $+functions[_yi_of_$words[1]] )) && _yi_of_$words[1] ;;
            esac ;;
    esac
}

if [[ $funcstack[1] == _yi ]]; then
    _yi "$@"
else
    compdef _yi yi yi-local
fi
"""


def zsh_script(commands: Sequence[Command]) -> str:
    above = [command for command in commands if len(command.words) == 1]
    parts = [_HEAD, *_described("_yi_commands", above)]
    for command in above:
        below = [each for each in commands if each.words[:-1] == command.words]
        parts += _with_below(command, below) if below else _function(command)
    return "".join([*parts, _TAIL])


def _described(name: str, commands: Sequence[Command]) -> Iterator[str]:
    yield f"{name}() {{\n    local -a commands\n    commands=(\n"
    for command in commands:
        told = command.help.replace(":", "\\:")
        yield f"        {_quoted(f'{command.words[-1]}:{told}')}\n"
    yield "    )\n    _describe command commands\n}\n\n"


def _with_below(command: Command, below: Sequence[Command]) -> Iterator[str]:
    name = f"_yi_of_{command.words[0]}"
    for each in below:
        yield from _function(each)
    yield from _described(f"{name}_commands", below)
    yield f"{name}() {{\n    local state line\n"
    yield "    _arguments -C '1: :->command' '*:: :->rest'\n    case $state in\n"
    yield f"        command) {name}_commands ;;\n"
    yield f"        rest) (( $+functions[{name}_$words[1]] )) && {name}_$words[1] ;;\n"
    yield "    esac\n}\n\n"


def _function(command: Command) -> Iterator[str]:
    yield f"_yi_of_{'_'.join(command.words)}() {{\n    _arguments -s"
    for option in command.options:
        for name in option.names:
            yield f" \\\n        {_quoted(_option(name, option))}"
    for number, value in enumerate(command.arguments, start=1):
        repeats = command.repeats and number == len(command.arguments)
        place = "*" if repeats else str(number)
        yield f" \\\n        {_quoted(f'{place}:{value.name}:{_action(value)}')}"
    yield "\n}\n\n"


def _option(name: str, option: Option) -> str:
    help_text = option.help.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    spec = f"*{name}[{help_text}]"
    if option.value is None:
        return spec
    return f"{spec}:{option.value.name}:{_action(option.value)}"


def _action(value: Value) -> str:
    match value.kind:
        case "model":
            return "_yi_models"
        case "file":
            return "_files"
        case "words":
            return f"({' '.join(value.words)})"
        case _:
            return " "


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
