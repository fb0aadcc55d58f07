"""`yi batch`: a file of prompts in, a file of answers out."""

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from yi_local import paths
from yi_local.assistant.batch.ledger import Ledger, Sink, Stream
from yi_local.assistant.batch.line import Manner
from yi_local.assistant.batch.runner import Runner
from yi_local.assistant.batch.survey import Survey, lines_of, survey
from yi_local.assistant.loading.loader import Loader, NextPlan
from yi_local.assistant.models.recognition import Recognised, recognise
from yi_local.assistant.planning.opening import experience_file
from yi_local.assistant.planning.planned import plan_file
from yi_local.assistant.talk.advice import sampling_for
from yi_local.catalogue import read_catalogue
from yi_local.cli.context import Context
from yi_local.cli.input import decode_argument, read_text_file
from yi_local.cli.interrupt import cancelling_on_interrupt
from yi_local.cli.loading import load_visibly
from yi_local.cli.obtain import obtain
from yi_local.cli.options import (
    add_load_options,
    add_sampling_options,
    add_stopping_options,
    chosen_sampling,
    wish,
)
from yi_local.cli.parser import Parser, sequences
from yi_local.cli.report import plan_line
from yi_local.cli.scripts.batch_view import BatchView
from yi_local.engine.client import Engine
from yi_local.errors import Cancelled, UsageError
from yi_local.language import mark, tr
from yi_local.types import LoadOptions, LoadProgress

_STANDARD = "-"

_EXAMPLES = mark("""\
  yi batch questions.jsonl -o answers.jsonl demo
  yi batch questions.jsonl -o same.jsonl demo --parallel 1 --seed 1   the same every time
  yi batch - demo < questions.jsonl | jq -r .text
""")
_DESCRIPTION = mark("""\
Answers every line of a file. A line is a JSON object:

  {"prompt": "Why is the sky blue?"}
  {"id": "q2", "messages": [{"role": "user", "content": "Hi"}], "temperature": 0}
  {"prompt": "Invent a person.", "schema": {"type": "object"}, "max_tokens": 200}

with "prompt" or "messages", and if wanted "id", "system", "schema" and any option of
sampling, which then hold for that line. A line of the output is

  {"id", "text", "finish_reason", "usage", "seed", "line", "input"}
  {"id", "error": {"kind", "message"}, "line", "input"}

"id" is the input's, else the number of the line; "line" is that number, and "input" a
mark of what was asked. By them a batch that was stopped, by whatever it was, goes on
where it stopped when the same command is given again: no line is lost, none comes twice.""")


def batch(argv: Sequence[str], context: Context) -> int:
    """0 also where some lines became error lines: the last remark counts them."""
    args = _parser().parse_intermixed_args(argv)
    _check(args)
    chosen = chosen_sampling(args)
    if args.schema is not None:
        from yi_local.assistant.talk import schema  # jsonschema takes a while to import

        chosen["json_schema"] = read_text_file(args.schema)
        schema.check(chosen["json_schema"])
    path = obtain(args, context)
    known = recognise(path, read_catalogue())
    sampling_for(known.model, chosen)  # refuses what cannot be used
    manner = _manner(args, path, known, chosen)
    with _opened(args, context) as sink:
        found = None
        if args.input != _STANDARD:
            file = Path(args.input).expanduser()
            found = survey(lines_of(file), manner, sink.finished, strict=args.strict)
            if not found.left:
                context.output.say(tr("Nothing is left to do: every line has its answer."))
                return 0
        with Engine(log_dir=paths.log_dir(), command=context.engine_command) as engine:
            loader = _loader(args, path, known, engine, context)
            return _run(args, manner, sink, found, loader, context)


def _run(
    args: argparse.Namespace,
    manner: Manner,
    sink: Sink,
    found: Survey | None,
    loader: Loader,
    context: Context,
) -> int:
    def load() -> None:
        load_visibly(_heeding(loader.load(), lambda: runner.is_cancelled), engine, context.output)
        view.begin()

    engine = loader.engine
    parallel = args.parallel or LoadOptions("").n_seq_max
    runner = Runner(
        _raws(args, context),
        manner,
        sink,
        engine,
        load,
        parallel=parallel,
        ordered=not args.unordered,
        strict=args.strict,
    )
    view = BatchView(context.output, found.total if found is not None else None)
    runner.start()
    try:
        with cancelling_on_interrupt(runner.cancel):
            for told in runner.run():
                view.show(told)
    except (Cancelled, KeyboardInterrupt):
        raise Cancelled(view.stopped(goes_on=isinstance(sink, Ledger))) from None
    finally:
        context.output.progress.clear()
        engine.close()
    view.conclude()
    return 0


def _heeding(
    events: Iterable[LoadProgress | NextPlan], is_cancelled: Callable[[], bool]
) -> Iterator[LoadProgress | NextPlan]:
    for event in events:
        if is_cancelled():
            raise Cancelled(tr("Loading was stopped."))
        yield event


def _check(args: argparse.Namespace) -> None:
    if args.restart and args.output == _STANDARD:
        raise UsageError(tr("--restart needs a file that can begin anew."), tr("Add -o FILE."))
    if _STANDARD in (args.input, args.output):
        return
    given, out = (Path(name).expanduser() for name in (args.input, args.output))
    if given.exists() and out.exists() and given.samefile(out):
        raise UsageError(
            tr("The output would be written into the input."), tr("Give -o another name.")
        )


@contextmanager
def _opened(args: argparse.Namespace, context: Context) -> Iterator[Sink]:
    if args.output == _STANDARD:
        yield Stream(context.output)
        return
    with Ledger(Path(args.output).expanduser(), restart=args.restart) as ledger:
        yield ledger


def _raws(args: argparse.Namespace, context: Context) -> Iterable[bytes]:
    if args.input == _STANDARD:
        return context.input.piped_lines()
    return lines_of(Path(args.input).expanduser())


def _manner(
    args: argparse.Namespace, path: Path, known: Recognised, chosen: dict[str, Any]
) -> Manner:
    system = None if args.system is None else decode_argument(args.system)
    deciding = [path.name, path.stat().st_size, system, sorted(chosen.items())]
    return Manner(system, chosen, known.model, json.dumps(deciding, default=dict))


def _loader(
    args: argparse.Namespace, path: Path, known: Recognised, engine: Engine, context: Context
) -> Loader:
    """With as many sequences as run together, and as usual some for beginnings they share.

    One line at a time with a seed is to give the same texts whenever it is begun or gone on with:
    then nothing is shared, for what is computed on top of another prompt is rounded otherwise.
    """
    planned = plan_file(
        path, known, wish(args), force=args.force, engine_command=context.engine_command
    )
    exact = args.parallel == 1 and "seed" in args
    n_seq_max = 1 if exact else max(args.parallel or 1, LoadOptions("").n_seq_max)
    plans = [
        replace(
            plan,
            options=replace(plan.options, n_seq_max=n_seq_max, reuse_prefixes=not exact),
        )
        for plan in planned.plans
    ]
    context.output.say(plan_line(plans[0], planned.hardware))
    return Loader(engine, plans, planned.hardware, experience_file())


def _parser() -> Parser:
    parser = Parser(
        prog="yi batch",
        takes="IN MODEL",
        description=tr(_DESCRIPTION),
        examples=tr(_EXAMPLES),
    )
    add = parser.add_argument
    add("input", metavar="IN", help=tr("a file of JSON lines; - is standard input"))
    add("model", metavar="MODEL", help=tr("the path of a .gguf file, or demo"))
    out = tr("the file of answers; without it, standard output, which cannot be gone on with")
    add("-o", "--output", metavar="OUT", default=_STANDARD, help=out)
    parallel = tr("lines that run together (8); with 1 and --seed, the same texts every time")
    add("--parallel", type=sequences, metavar="N", help=parallel)
    unordered = tr("each answer as soon as it is there, not in the input's order")
    add("--unordered", action="store_true", help=unordered)
    add("--restart", action="store_true", help=tr("begin anew; what OUT holds is lost"))
    strict = tr("the first line that cannot be answered ends it, with its exit code")
    add("--strict", action="store_true", help=strict)
    add("--system", metavar="TEXT", help=tr("the system prompt of lines without one"))
    add_stopping_options(parser)
    schema_help = tr("answers are JSON that satisfies this JSON schema")
    add("--schema", metavar="FILE", help=schema_help)
    add_sampling_options(parser)
    add_load_options(parser)
    return parser
