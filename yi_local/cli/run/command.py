"""`yi run`: one answer, then exit.

What loads a model is imported only where no other program has it loaded.
"""

import argparse
from collections.abc import Sequence
from typing import Any

from yi_local.assistant.talk.advice import sampling_for
from yi_local.assistant.warm.attach import Warm, find_warm
from yi_local.cli.context import Context
from yi_local.cli.input import Input, decode_argument, read_text_file
from yi_local.cli.options import (
    add_load_options,
    add_sampling_options,
    add_server_options,
    add_stopping_options,
    chosen_sampling,
)
from yi_local.cli.parser import Parser
from yi_local.cli.run.question import Question
from yi_local.cli.talk_options import add_talk_options, attached
from yi_local.errors import UsageError
from yi_local.language import tr

_EXAMPLES = """\
  yi run demo "Name the capital of France."
  yi run demo -n 99 "Summarize:" < notes.txt
  yi run demo --raw -n 64 --temperature 0 "There's a place where time stands still."
  yi run demo --schema person.json "Invent a person." | jq .name
  yi run demo --json --stats -n 40 "Hello" > answer.json
  yi run demo -f notes.txt -n 40 "What is to be done first?"
  yi run demo --save -n 40 "My name is Ada."
  yi run demo --continue -n 40 "What is my name?"
"""


def run(argv: Sequence[str], context: Context) -> int:
    """Returns the exit code; raises YiLocalError for everything that has a sentence."""
    parser = _parser()
    args = parser.parse_intermixed_args(argv)
    _check(args)
    if _is_elsewhere(args):
        from yi_local.cli.run.elsewhere import run_elsewhere

        return run_elsewhere(args, lambda: _question(args, context), context)
    if args.model is None:
        parser.error(tr("the following arguments are required: {names}", names="MODEL"))
    warm = _warm(args)
    if warm is None:
        from yi_local.cli.obtain import obtain

        path = obtain(args, context)
        question = _question(args, context)
    else:
        question = _question(args, context)
        from yi_local.cli.run.attached import run_attached

        code = run_attached(args, warm, question, context)
        if code is not None:
            return code
        from yi_local.cli.obtain import obtain

        path = obtain(args, context)
    from yi_local.cli.run.loaded import run_loaded

    return run_loaded(args, path, question, context)


def _is_elsewhere(args: argparse.Namespace) -> bool:
    """What this means is imported only where it is so."""
    named = "@http://" in (args.model or "") or "@https://" in (args.model or "")
    return named or args.server is not None or args.api_key is not None


def _warm(args: argparse.Namespace) -> Warm | None:
    """What is to be loaded in a way of its own is loaded here."""
    wishes = (args.ctx, args.gpu_layers, args.kv_type, args.threads)
    if not args.attach or args.force or any(wish is not None for wish in wishes):
        return None
    return find_warm(decode_argument(args.model))


def _question(args: argparse.Namespace, context: Context) -> Question:
    chosen = _chosen(args)
    attachments = attached(args.file or ())
    prompt = _prompt(args.prompt, context.input, optional=bool(attachments))
    system = decode_argument(args.system) if args.system is not None else None
    return Question(prompt, system, attachments, chosen)


def _parser() -> Parser:
    parser = Parser(
        prog="yi run",
        takes="MODEL [PROMPT]",
        description=tr("One answer, then exit."),
        examples=_EXAMPLES,
    )
    add = parser.add_argument
    add("model", metavar="MODEL", nargs="?", help=tr("the path of a .gguf file, or demo"))
    piped = tr("the question; piped text is added after it")
    add("prompt", metavar="PROMPT", nargs="?", help=piped)
    add("--system", metavar="TEXT", help=tr("the system prompt"))
    add("--raw", action="store_true", help=tr("go on with PROMPT, no chat template"))
    add_talk_options(parser)
    add_stopping_options(parser)
    schema_help = tr("the answer is JSON that satisfies this JSON schema")
    add("--schema", metavar="FILE", help=schema_help)
    add("--json", action="store_true", help=tr("print one JSON object"))
    add("--stats", action="store_true", help=tr("tell counts and speeds on stderr"))
    alone = tr("load the model, even where yi serve or the app has it loaded")
    add("--no-attach", dest="attach", action="store_false", help=alone)
    add_sampling_options(parser)
    add_load_options(parser)
    add_server_options(parser)
    return parser


def _check(args: argparse.Namespace) -> None:
    if not args.raw:
        return
    unfit = {"--system": args.system, "-f": args.file, "-c": args.conversation}
    unfit |= {"--continue": args.last, "--save": args.save}
    for option, value in unfit.items():
        if value not in (None, False):
            raise UsageError(
                tr(
                    "--raw takes no {option}: without a template there is no place for it.",
                    option=option,
                )
            )


def _chosen(args: argparse.Namespace) -> dict[str, Any]:
    """Raises UsageError also for what no model could be asked with."""
    chosen = chosen_sampling(args)
    if args.schema is not None:
        from yi_local.assistant.talk import schema  # jsonschema takes a while to import

        chosen["json_schema"] = read_text_file(args.schema)
        schema.check(chosen["json_schema"])
    sampling_for(None, chosen)
    return chosen


def _prompt(argument: str | None, source: Input, *, optional: bool = False) -> str:
    """The argument, then a newline, then what is piped in."""
    piped = source.read_piped()
    given = [decode_argument(argument)] if argument is not None else []
    prompt = "\n".join([*given, piped] if piped else given)
    if not prompt.strip() and not optional:
        raise UsageError(
            tr("There is no prompt."),
            tr('yi run MODEL "PROMPT", or pipe it: yi run MODEL < FILE'),
        )
    return prompt
