"""`yi chat`: a conversation, line in, line out, without cursor movement."""

import argparse
from collections.abc import Sequence

from yi_local import paths
from yi_local.assistant.advice import sampling_for
from yi_local.assistant.recognition import recognise
from yi_local.assistant.session import Session
from yi_local.catalogue import read_catalogue
from yi_local.cli.chat_loop import ChatLoop
from yi_local.cli.context import Context
from yi_local.cli.input import decode_argument
from yi_local.cli.loading import load_visibly, planned_loader
from yi_local.cli.obtain import obtain
from yi_local.cli.options import (
    add_load_options,
    add_sampling_options,
    add_stopping_options,
    chosen_sampling,
)
from yi_local.cli.parser import Parser
from yi_local.engine.client import Engine

_EXAMPLES = """\
  yi chat demo
  yi chat demo --system "Answer in Chinese." --temperature 0.3
  yi chat demo < questions.txt > answers.txt    every line is a turn
"""


def chat(argv: Sequence[str], context: Context) -> int:
    args = _parser().parse_intermixed_args(argv)
    path = obtain(args, context)
    known = recognise(path, read_catalogue())
    sampling = sampling_for(known.model, chosen_sampling(args))
    with Engine(log_dir=paths.log_dir(), command=context.engine_command) as engine:
        loader = planned_loader(args, path, known.kv_overrides, engine, context)
        session = Session(loader, sampling, _system(args))
        model = load_visibly(session.load(), engine, context.output)
        return ChatLoop(session, model, sampling, context).run()


def _system(args: argparse.Namespace) -> str | None:
    return decode_argument(args.system) if args.system else None


def _parser() -> Parser:
    parser = Parser(
        prog="yi chat",
        takes="MODEL",
        description="Talk with a model, line in, line out. /help shows what else can be typed.",
        examples=_EXAMPLES,
    )
    parser.add_argument("model", metavar="MODEL", help="the path of a .gguf file, or demo")
    parser.add_argument("--system", metavar="TEXT", help="the system prompt")
    add_stopping_options(parser)
    add_sampling_options(parser)
    add_load_options(parser)
    return parser
