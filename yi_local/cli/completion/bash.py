"""Completion for bash, from 3.2 on, without its bash-completion package."""

from collections.abc import Iterator, Sequence
from shlex import quote

from yi_local.cli.completion.described import Command, Value

_HEAD = """\
# Completion of yi for bash. Made by: yi completion bash

_yi_words() {  # those that begin like $cur
    local word
    while IFS= read -r word; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
    done
}

_yi_files() {  # $1: the pattern of names to leave out
    local name
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do
        COMPREPLY+=("$name")
    done < <(compgen -d -- "$cur"; compgen -f -X "$1" -- "$cur" | while IFS= read -r name; do
        [[ -d $name ]] || printf '%s\\n' "$name"
    done)
}

_yi_models() {
    _yi_words < <("${yi/#\\~/$HOME}" completion --models 2>/dev/null)
    [[ ${#COMPREPLY[@]} -gt 0 ]] || _yi_files '!*.gguf'
}

_yi() {
    local cur yi key valued options kinds last at word n=0
    local -a words
    read -ra words <<< "${COMP_LINE:0:COMP_POINT}"
    cur=${COMP_LINE:0:COMP_POINT}
    cur=${cur##*[[:space:]]}
    [[ -n $cur ]] && unset 'words[${#words[@]}-1]'
    yi=${words[0]}
    COMPREPLY=()
    key=${words[1]}
    at=2
    if [[ ${#words[@]} -lt 2 ]]; then
        _yi_words <<< "$_yi_commands"
        return
    fi
"""
_TAIL = """\
    last=${words[${#words[@]}-1]}
    if [[ " $valued " == *" $last "* ]]; then
        _yi_value "$key $last"
    elif [[ $cur == -* ]]; then
        _yi_words <<< "$options"
    else
        while [[ $at -lt ${#words[@]} ]]; do
            word=${words[at]}
            if [[ " $valued " == *" $word "* ]]; then at=$((at + 1))
            elif [[ $word != -* ]]; then n=$((n + 1))
            fi
            at=$((at + 1))
        done
        _yi_value "$key $n"
    fi
    if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then  # bash replaces what follows the colon
        word=${cur%"${cur##*:}"}
        for at in "${!COMPREPLY[@]}"; do
            COMPREPLY[at]=${COMPREPLY[at]#"$word"}
        done
    fi
}

complete -F _yi yi yi-local
"""


def bash_script(commands: Sequence[Command]) -> str:
    first = sorted({command.words[0] for command in commands} | {"help"})
    parts = [
        f"_yi_commands={quote(chr(10).join(first))}\n",
        _HEAD,
        *_below(commands),
        "    case $key in\n",
        *(line for command in commands for line in _options(command)),
        "        *) return ;;\n    esac\n",
        _TAIL,
        "\n_yi_value() {\n    case $1 in\n",
        *(line for command in commands for line in _values(command)),
        "    esac\n}\n",
    ]
    return "".join(parts)


def _below(commands: Sequence[Command]) -> Iterator[str]:
    """Of a command with commands below it: the second word decides."""
    for word in sorted({command.words[0] for command in commands if len(command.words) > 1}):
        names = [command.words[1] for command in commands if command.words[:-1] == (word,)]
        yield f"    if [[ $key == {word} && ${{#words[@]}} -eq 2 && $cur != -* ]]; then\n"
        yield f"        _yi_words <<< {quote(chr(10).join(names))}\n        return\n    fi\n"
        known = quote(f" {' '.join(names)} ")
        yield f'    if [[ $key == {word} && {known} == *" ${{words[2]}} "* ]]; then\n'
        yield '        key="$key ${words[2]}"\n        at=3\n    fi\n'
    yield "    if [[ $key == help ]]; then\n"
    yield '        [[ ${#words[@]} -eq 2 ]] && _yi_words <<< "$_yi_commands"\n'
    yield "        return\n    fi\n"


def _options(command: Command) -> Iterator[str]:
    names = [name for option in command.options for name in option.names]
    valued = [name for option in command.options if option.value for name in option.names]
    yield f"        {quote(' '.join(command.words))})\n"
    yield f"            valued={quote(' '.join(valued))}\n"
    yield f"            options={quote(chr(10).join(names))} ;;\n"


def _values(command: Command) -> Iterator[str]:
    key = " ".join(command.words)
    for option in command.options:
        if option.value is not None and (what := _completed(option.value)):
            patterns = "|".join(quote(f"{key} {name}") for name in option.names)
            yield f"        {patterns}) {what} ;;\n"
    for number, value in enumerate(command.arguments):
        is_last = number == len(command.arguments) - 1
        pattern = quote(f"{key} {number}")
        if is_last and command.repeats:
            pattern = quote(f"{key} ") + "[0-9]*"
        if what := _completed(value):
            yield f"        {pattern}) {what} ;;\n"


def _completed(value: Value) -> str:
    match value.kind:
        case "model":
            return "_yi_models"
        case "file":
            return "_yi_files ''"
        case "words":
            return f"_yi_words <<< {quote(chr(10).join(value.words))}"
        case _:
            return ""
