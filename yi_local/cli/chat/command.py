"""`yi chat`: a conversation, line in, line out, without cursor movement."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from yi_local import paths
from yi_local.assistant.loading.open_model import Models
from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.advice import sampling_for
from yi_local.assistant.talk.session import Session
from yi_local.cli.chat.loop import ChatLoop
from yi_local.cli.context import Context
from yi_local.cli.elsewhere import OtherServer, other_server, tell_where
from yi_local.cli.input import decode_argument
from yi_local.cli.loading import load_to_talk
from yi_local.cli.obtain import obtain
from yi_local.cli.options import (
    add_load_options,
    add_sampling_options,
    add_server_options,
    add_stopping_options,
    chosen_sampling,
    wish,
)
from yi_local.cli.output import Output
from yi_local.cli.parser import Parser
from yi_local.cli.report import plan_line
from yi_local.errors import YiLocalError
from yi_local.language import mark, tr
from yi_local.settings import read_settings
from yi_local.store.conversations import Store
from yi_local.store.records import Conversation

_EXAMPLES = mark("""\
  yi chat demo
  yi chat demo --system "Answer in Chinese." --temperature 0.3
  yi chat demo < questions.txt > answers.txt    every line is a turn
  yi chat --server http://localhost:11434 qwen2.5:7b
""")


def chat(argv: Sequence[str], context: Context) -> int:
    parser = _parser()
    args = parser.parse_intermixed_args(argv)
    settings = read_settings()
    server = other_server(args, args.offline or settings.offline)
    if args.model is None and server is None:
        parser.error(tr("the following arguments are required: {names}", names="MODEL"))
    chosen = chosen_sampling(args)
    sampling_for(None, chosen)  # refuses what cannot be used before anything is loaded
    with _opened(args, server, context) as model:
        keeps = settings.save_history and not args.no_save
        with (
            _open_store(keeps, context.output) as store,
            _new_conversation(
                store, system=_system(args), model=model.name, sampling=chosen
            ) as conversation,
        ):
            session = Session(store, conversation, model, settings.context_policy)
            load_to_talk(session.load(), model, context.output)
            return ChatLoop(session, model, context).run()


@contextmanager
def _opened(
    args: argparse.Namespace, server: OtherServer | None, context: Context
) -> Iterator[TalkModel]:
    """The model that is meant, fetched or found; planned for, and not loaded yet."""
    if server is None:
        path = obtain(args, context)
        with Models(engine_command=context.engine_command) as models:
            model = models.open_file(path, args.model, wish(args), force=args.force)
            context.output.say(plan_line(model.plan, model.hardware))
            yield model
        return
    tell_where(server, context.output)
    name = server.find()
    with Models(access=server.access) as models:
        yield models.open(name)


@contextmanager
def _open_store(keeps: bool, output: Output) -> Iterator[Store]:
    """One that cannot be opened must not keep anybody from talking."""
    store = None
    if keeps:
        try:
            store = Store(paths.conversations_file())
        except YiLocalError as error:
            output.say(tr("note: This chat will not be saved. {reason}", reason=error.message))
        else:
            if store.recovered is not None:
                output.say(tr("note: {what}", what=store.recovered))
    with store or Store.in_memory() as opened:
        yield opened


@contextmanager
def _new_conversation(
    store: Store, *, system: str | None, model: str, sampling: Mapping[str, Any]
) -> Iterator[Conversation]:
    """Gone again where nothing is said in it."""
    conversation = store.create(system=system, model=model, sampling=sampling)
    try:
        yield conversation
    finally:
        with suppress(YiLocalError):
            if not store.conversation(conversation.id).n_messages:
                store.remove(conversation.id)


def _system(args: argparse.Namespace) -> str | None:
    return None if args.system is None else decode_argument(args.system)


def _parser() -> Parser:
    parser = Parser(
        prog="yi chat",
        takes="MODEL",
        description=tr("Talk with a model, line in, line out. /help shows what else can be typed."),
        examples=tr(_EXAMPLES),
    )
    parser.add_argument(
        "model", metavar="MODEL", nargs="?", help=tr("the path of a .gguf file, or demo")
    )
    parser.add_argument("--system", metavar="TEXT", help=tr("the system prompt"))
    parser.add_argument(
        "--no-save", action="store_true", help=tr("forget the conversation at the end")
    )
    add_stopping_options(parser)
    add_sampling_options(parser)
    add_load_options(parser)
    add_server_options(parser)
    return parser
