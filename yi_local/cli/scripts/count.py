"""`yi count`: how many tokens a text is for a model."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass

from yi_local.assistant.vocabulary import open_vocabulary
from yi_local.cli.context import Context
from yi_local.cli.input import decode_argument, read_text_file
from yi_local.cli.obtain import obtain
from yi_local.cli.options import load_nothing
from yi_local.cli.parser import Parser
from yi_local.cli.table import table
from yi_local.engine.client import Engine
from yi_local.errors import UsageError
from yi_local.language import mark, tr
from yi_local.text import one_line
from yi_local.types import Message, ModelInfo

_EXAMPLES = mark("""\
  yi count demo "How many tokens is this?"
  yi count demo < notes.txt
  yi count demo -f notes.txt -f person.json --json
  yi count demo --chat --system "Be brief." "Why?"    with all that the template adds
""")


@dataclass(frozen=True, slots=True)
class Counted:
    name: str | None  # of a file
    text: str
    tokens: int


def count(argv: Sequence[str], context: Context) -> int:
    args = _parser().parse_intermixed_args(argv)
    if args.system is not None and not args.chat:
        raise UsageError(tr("--system needs --chat."), tr("Alone, a text has no template."))
    texts = _texts(args, context)
    path = obtain(args, context)
    with open_vocabulary(path, engine_command=context.engine_command) as engine:
        counted = [Counted(name, text, _tokens(engine, text, args)) for name, text in texts]
        model = engine.model
    context.output.write(_json(counted, model) if args.json else _plain(counted))
    return 0


def _texts(args: argparse.Namespace, context: Context) -> list[tuple[str | None, str]]:
    """The argument, then the files; what is piped in where neither is given."""
    texts: list[tuple[str | None, str]] = []
    if args.text is not None:
        texts.append((None, decode_argument(args.text)))
    texts += [(name, read_text_file(name)) for name in args.file or ()]
    if not texts:
        piped = context.input.read_piped(exactly=True)
        if piped is None:
            raise UsageError(
                tr("There is nothing to count."),
                tr('yi count MODEL "TEXT", -f FILE, or pipe it: yi count MODEL < FILE'),
            )
        texts.append((None, piped))
    return texts


def _tokens(engine: Engine, text: str, args: argparse.Namespace) -> int:
    if not args.chat:
        return len(engine.tokenize(text).token_ids)
    system = [Message("system", decode_argument(args.system))] if args.system else []
    return len(engine.render([*system, Message("user", text)]).token_ids)


def _plain(counted: Sequence[Counted]) -> str:
    """One number for one text; for several, their names and the sum."""
    if len(counted) == 1:
        return f"{counted[0].tokens}\n"
    rows = [[str(each.tokens), one_line(each.name or tr("text"))] for each in counted]
    total = [str(sum(each.tokens for each in counted)), tr("total")]
    return table(rows[0], [*rows[1:], total], left=(1,))


def _json(counted: Sequence[Counted], model: ModelInfo | None) -> str:
    value = {
        "tokens": sum(each.tokens for each in counted),
        "texts": [
            {"name": each.name, "tokens": each.tokens, "characters": len(each.text)}
            for each in counted
        ],
        "model": model.name if model is not None else None,
        "n_ctx_train": (model.n_ctx_train or None) if model is not None else None,
    }
    return json.dumps(value, ensure_ascii=False) + "\n"


def _parser() -> Parser:
    parser = Parser(
        prog="yi count",
        takes="MODEL [TEXT]",
        description=tr("How many tokens a text is for a model. No weights are read."),
        examples=tr(_EXAMPLES),
    )
    add = parser.add_argument
    add("model", metavar="MODEL", help=tr("the path of a .gguf file, or demo"))
    add("text", metavar="TEXT", nargs="?", help=tr("the text; without it, what is piped in"))
    file = tr("count the text of this file; can be given again")
    add("-f", "--file", metavar="FILE", action="append", help=file)
    chat = tr("count it as a question, with what the chat template puts around it")
    add("--chat", action="store_true", help=chat)
    add("--system", metavar="TEXT", help=tr("the system prompt, with --chat"))
    add("--json", action="store_true", help=tr("print one JSON object"))
    load_nothing(parser)
    return parser
