"""`yi run`: one answer, then exit."""

import argparse
from collections.abc import Sequence
from typing import Any

from yi_local import paths
from yi_local.assistant.models.recognition import recognise
from yi_local.assistant.talk.advice import sampling_for
from yi_local.assistant.talk.prompt import documents_of
from yi_local.catalogue import read_catalogue
from yi_local.cli.answer import AnswerView
from yi_local.cli.context import Context
from yi_local.cli.input import Input, decode_argument, read_text_file
from yi_local.cli.loading import load_visibly, planned_loader
from yi_local.cli.obtain import obtain
from yi_local.cli.options import (
    add_load_options,
    add_sampling_options,
    add_stopping_options,
    chosen_sampling,
)
from yi_local.cli.output import Output
from yi_local.cli.parser import Parser
from yi_local.cli.report import json_line, length_note, stats_line
from yi_local.cli.talk_options import add_talk_options, attached
from yi_local.engine.client import Engine, Generation
from yi_local.errors import Cancelled, SchemaViolation, UsageError, YiLocalError
from yi_local.language import tr
from yi_local.types import Done, Message, ModelInfo, SamplingOptions

_EXAMPLES = """\
  yi run demo "Name the capital of France."
  yi run demo "Summarize:" < notes.txt
  yi run demo --raw -n 64 --temperature 0 "There's a place where time stands still."
  yi run demo --schema person.json "Invent a person." | jq .name
  yi run demo --json --stats "Hello" > answer.json
  yi run demo -f notes.txt "What is to be done first?"
  yi run demo --save "My name is Ada."
  yi run demo --continue "What is my name?"
"""


def run(argv: Sequence[str], context: Context) -> int:
    """Returns the exit code; raises YiLocalError for everything that has a sentence."""
    args = _parser().parse_intermixed_args(argv)
    _check(args)
    path = obtain(args, context)
    known = recognise(path, read_catalogue())
    chosen = _chosen(args)
    sampling = sampling_for(known.model, chosen)
    attachments = attached(args.file or ())
    prompt = _prompt(args.prompt, context.input, optional=bool(attachments))
    if args.save or args.last or args.conversation is not None:
        from yi_local.cli.run_saved import run_saved  # the store is not for a plain answer

        view, info, output = run_saved(args, path, prompt, attachments, chosen, context)
        return _conclude(args, view, sampling, info, output)
    if attachments:
        prompt = "\n\n".join(filter(None, (documents_of(attachments), prompt)))
    with Engine(log_dir=paths.log_dir(), command=context.engine_command) as engine:
        loader = planned_loader(args, path, known, engine, context)
        model = load_visibly(loader.load(), engine, context.output)
        generation = _ask(engine, args, prompt, sampling)
        view = AnswerView(context.output, streams=not args.json)
        try:
            view.show(generation, generation.cancel)
            if view.done is not None:
                loader.learn(view.done.usage)
        finally:
            if args.json and (view.done or view.text):
                context.output.write(json_line(view.text, view.done, model))
    return _conclude(args, view, sampling, model, context.output)


def _parser() -> Parser:
    parser = Parser(
        prog="yi run",
        takes="MODEL [PROMPT]",
        description=tr("One answer, then exit."),
        examples=_EXAMPLES,
    )
    add = parser.add_argument
    add("model", metavar="MODEL", help=tr("the path of a .gguf file, or demo"))
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
    add_sampling_options(parser)
    add_load_options(parser)
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
    chosen = chosen_sampling(args)
    if args.schema is not None:
        from yi_local.assistant.talk import schema  # jsonschema takes a while to import

        chosen["json_schema"] = read_text_file(args.schema)
        schema.check(chosen["json_schema"])
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


def _ask(
    engine: Engine, args: argparse.Namespace, prompt: str, sampling: SamplingOptions
) -> Generation:
    if args.raw:
        return engine.complete(prompt, sampling)
    system = [Message("system", decode_argument(args.system))] if args.system else []
    return engine.chat([*system, Message("user", prompt)], sampling)


def _conclude(
    args: argparse.Namespace,
    view: AnswerView,
    sampling: SamplingOptions,
    model: ModelInfo,
    output: Output,
) -> int:
    """The remarks after an answer, and the exit code that its end deserves."""
    done = view.done
    if done is None or done.finish_reason == "error":
        raise YiLocalError(tr("The engine could not finish the answer."), tr("Try again."))
    if args.stats:
        output.say(stats_line(done.usage, model))
    if done.finish_reason == "cancelled":
        return Cancelled.exit_code
    _tell_length(done, sampling, model, output)
    if sampling.json_schema is not None:
        _demand(view.text, sampling.json_schema)
    return 0


def _tell_length(done: Done, sampling: SamplingOptions, model: ModelInfo, output: Output) -> None:
    note = length_note(done, sampling, model)
    if note:
        output.say(note)


def _demand(text: str, schema_text: str) -> None:
    from yi_local.assistant.talk import schema

    reason = schema.violation(text, schema_text)
    if reason:
        raise SchemaViolation(
            tr("The answer does not satisfy the schema: {reason}.", reason=reason),
            tr("Try again, with more tokens or a simpler schema."),
        )
