"""`yi completion`: what a shell needs to complete `yi`'s commands, options and models."""

import argparse
from collections.abc import Callable, Mapping, Sequence

from yi_local.cli.completion.bash import bash_script
from yi_local.cli.completion.described import Command, described
from yi_local.cli.completion.fish import fish_script
from yi_local.cli.completion.names import model_names
from yi_local.cli.completion.zsh import zsh_script
from yi_local.cli.context import Context
from yi_local.cli.parser import Parser
from yi_local.errors import UsageError
from yi_local.language import mark, tr

_SCRIPTS: Mapping[str, Callable[[Sequence[Command]], str]] = {
    "bash": bash_script,
    "fish": fish_script,
    "zsh": zsh_script,
}

_EXAMPLES = mark("""\
  yi completion bash > ~/.local/share/bash-completion/completions/yi
  yi completion zsh > "${fpath[1]}/_yi"
  yi completion fish > ~/.config/fish/completions/yi.fish
  eval "$(yi completion bash)"        in this shell, now
""")


def completion(argv: Sequence[str], context: Context) -> int:
    args = _parser().parse_intermixed_args(argv)
    if args.models:
        context.output.write("".join(f"{name}\n" for name in model_names()))
        return 0
    if args.shell is None:
        raise UsageError(
            tr("Which shell is it for?"),
            tr("{command} --help shows examples.", command="yi completion"),
        )
    context.output.write(_SCRIPTS[args.shell](described(context)))
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="yi completion",
        takes="bash|zsh|fish",
        description=tr(
            "Prints a script by which the shell completes commands, options and the names of\n"
            "models on this disk. After an update of yi, print it again."
        ),
        examples=tr(_EXAMPLES),
    )
    add = parser.add_argument
    add("shell", metavar="SHELL", nargs="?", choices=sorted(_SCRIPTS), help="bash, zsh, fish")
    add("--models", action="store_true", help=argparse.SUPPRESS)
    return parser
