"""`yi serve`: the models of this machine, for programs that speak OpenAI's API."""

import argparse
import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from yi_local.assistant.loading.open_model import Models
from yi_local.catalogue.read import read_catalogue
from yi_local.cli.context import Context
from yi_local.cli.input import decode_argument
from yi_local.cli.loading import load_visibly
from yi_local.cli.obtain import obtain
from yi_local.cli.options import add_load_options, wish
from yi_local.cli.parser import Parser, count, positive, sequences
from yi_local.cli.report import plan_line
from yi_local.cli.serve.announcing import Announcement, program_at
from yi_local.cli.serve.detaching import DETACH, DETACHED, detach
from yi_local.cli.serve.program_words import program_words
from yi_local.cli.serve.words import ToParent, ToPerson, Words
from yi_local.cli.store import OpenedStore, open_store
from yi_local.errors import UsageError
from yi_local.language import mark, tr
from yi_local.server.guard import Door
from yi_local.server.names import Names, Served
from yi_local.server.origins import host_name, is_loopback
from yi_local.server.serve import Server, listen, url_of
from yi_local.server.serving import Limits, Serving
from yi_local.settings import Settings, read_settings
from yi_local.types import LoadOptions

KEY_VARIABLE = "YI_API_KEY"
PAGE_KEY_VARIABLE = "YI_PAGE_KEY"
_PORT = 8080
_SHORTEST_KEY = 16  # characters, where others than this machine can try

_LIMITS = Limits()

_EXAMPLES = mark("""\
  yi serve demo
  yi serve yi-1.5-6b-chat --ctx 16384 --parallel 8
  yi serve --idle 10                  whatever is asked for, put away after 10 minutes
  yi serve demo --host 0.0.0.0        for others too; shows their key, and the page's
  yi serve demo --detach              in the background, until yi stop
""")


def serve(argv: Sequence[str], context: Context) -> int:
    """Returns when it was stopped, by Ctrl-C for one."""
    args = _parser().parse_intermixed_args(argv)
    output = context.output
    keys, made = _keys(args)
    page_key = _page_key(args)
    door = Door(
        keys,
        _host_names(args.host_name),
        _origins(args.allow_origin),
        own_keys=(page_key,) if page_key else (),
    )
    first = [_served(name, args, context) for name in args.models]
    if args.any_model and not first:
        raise UsageError(tr("--any-model needs a model that all names can mean."))
    if args.detach:
        return detach(argv, context, as_json=args.json)
    announcement = Announcement("serve", lambda: server.stop())
    words: Words = ToParent(output) if args.detached else ToPerson(output, args.json)
    settings = read_settings()
    kept = open_store(settings)
    with (
        announcement,
        kept.store,
        _listen(args) as listening,
        Models(engine_command=context.engine_command) as models,
    ):
        serving = _serving(args, context, models, first, door, kept, settings)
        serving.private = announcement.private
        for notice in kept.notices:
            output.say(notice)
        for each in first[:1]:
            model = models.open_file(each.path, each.name, serving.wish, force=args.force)
            output.say(plan_line(model.plan, model.hardware))
            with model.in_use():
                loading = words.loading(model.load(lambda: False))
                load_visibly(loading, model.engine, output)
        url = url_of(listening)
        if made:
            words.key(keys[0])

        def ready() -> None:
            announcement.publish(url)
            words.ready(url, f"{url}/#key={page_key}" if page_key else f"{url}/")

        server = Server(serving, listening, ready)
        server.serve_all()
    return 0


def _listen(args: argparse.Namespace) -> socket.socket:
    """Raises UsageError, which tells of another yi serve where one is there already."""
    try:
        return listen(args.host, args.port)
    except UsageError as error:
        other = program_at(args.port)
        if other is None:
            raise
        hint = tr(
            "{program} is there already: yi status shows it, yi stop ends it; or --port 0",
            program=program_words(other),
        )
        raise UsageError(error.message, hint) from None


def _serving(
    args: argparse.Namespace,
    context: Context,
    models: Models,
    first: Sequence[Served],
    door: Door,
    kept: OpenedStore,
    settings: Settings,
) -> Serving:
    wanted = replace(wish(args), n_seq_max=max(args.parallel, LoadOptions("").n_seq_max))
    names = Names(
        first,
        read_catalogue(),
        any_name=args.any_model,
        wish=wanted,
        engine_command=context.engine_command,
    )
    return Serving(
        models,
        names,
        kept.store,
        door,
        Limits(args.parallel, args.queue, args.idle * 60 if args.idle else None),
        wanted,
        args.force,
        settings=settings,
        keeps_history=kept.is_kept,
    )


def _parser() -> Parser:
    parser = Parser(
        prog="yi serve",
        takes="[MODEL...]",
        description=tr(
            "Serves models to programs that speak OpenAI's API, on this machine alone unless\n"
            "--host says otherwise. The first MODEL is loaded at once, what else is here when it "
            "is\nasked for."
        ),
        examples=tr(_EXAMPLES),
    )
    add = parser.add_argument
    add("models", metavar="MODEL", nargs="*", help=tr("the path of a .gguf file, a name, or demo"))
    add("--host", default="127.0.0.1", metavar="ADDRESS", help=tr("where it listens (127.0.0.1)"))
    add("--port", type=_port, default=_PORT, metavar="N", help=tr("0 takes a free one (8080)"))
    key = tr("the key that clients must send; can be given again; also {name}", name=KEY_VARIABLE)
    add("--api-key", action="append", metavar="KEY", default=[], help=key)
    at_once = tr("answers that are written at once (4)")
    add("--parallel", type=sequences, default=_LIMITS.parallel, metavar="N", help=at_once)
    line = tr("requests that may wait, before more are refused (64)")
    add("--queue", type=count, default=_LIMITS.waiting, metavar="N", help=line)
    idle = tr("unload a model that nobody asks for so long (never)")
    add("--idle", type=positive, metavar="MINUTES", help=idle)
    anything = tr("take a model's name that nobody knows for the first MODEL")
    add("--any-model", action="store_true", help=anything)
    name = tr("a name under which clients reach this machine; can be given again")
    add("--host-name", action="append", metavar="NAME", default=[], help=name)
    origin = tr("a web site that may ask, as https://example.org; can be given again")
    add("--allow-origin", action="append", metavar="ORIGIN", default=[], help=origin)
    add("--json", action="store_true", help=tr("print one JSON object when it is ready"))
    add(DETACH, action="store_true", help=tr("go on in the background, once it is ready"))
    add(DETACHED, action="store_true", help=argparse.SUPPRESS)
    add_load_options(parser)
    return parser


def _port(text: str) -> int:
    number = count(text)
    if number > 65535:
        raise argparse.ArgumentTypeError(tr("{given} is more than 65535", given=text))
    return number


def _keys(args: argparse.Namespace) -> tuple[tuple[str, ...], bool]:
    """With whether one was made here: without any, only this machine may ask."""
    given = [*args.api_key, *filter(None, [os.environ.get(KEY_VARIABLE)])]
    is_public = not is_loopback(args.host)
    for key in given:
        _demand_good(key, is_public)
    if given or not is_public:
        return tuple(given), False
    return (secrets.token_urlsafe(32),), True


def _page_key(args: argparse.Namespace) -> str | None:
    """Beyond this machine the page, with all conversations, is not for those who get answers."""
    if is_loopback(args.host):
        return None
    given = os.environ.get(PAGE_KEY_VARIABLE)
    if given:
        _demand_good(given, is_public=True)
    return given or secrets.token_urlsafe(32)


def _demand_good(key: str, is_public: bool) -> None:
    if not key.isascii() or not key.isprintable() or " " in key or not key:
        raise UsageError(tr("A key is made of ASCII characters, without spaces."))
    if is_public and len(key) < _SHORTEST_KEY:
        raise UsageError(
            tr("A key that others can try must have at least {n} characters.", n=_SHORTEST_KEY),
            tr("Give none: a good one is made and shown."),
        )


def _host_names(names: Sequence[str]) -> frozenset[str]:
    for name in names:
        if host_name(name) != name.lower():
            raise UsageError(
                tr('"{name}" is no host name.', name=name), tr("Without http:// and port.")
            )
    return frozenset(name.lower() for name in names)


def _origins(origins: Sequence[str]) -> frozenset[str]:
    for origin in origins:
        scheme, mark_, host = origin.partition("://")
        if not mark_ or scheme not in ("http", "https") or host_name(host) is None:
            raise UsageError(
                tr('"{origin}" is no origin.', origin=origin),
                tr("As browsers send it: https://example.org, without a slash at its end."),
            )
    return frozenset(origins)


def _served(name: str, args: argparse.Namespace, context: Context) -> Served:
    """Fetched if that is wanted. A path is served under its file's name."""
    path = obtain(argparse.Namespace(**{**vars(args), "model": name}), context)
    return Served(_name(decode_argument(name)), path)


def _name(given: str) -> str:
    is_path = os.path.exists(os.path.expanduser(given)) or given.lower().endswith(".gguf")
    return Path(given).stem if is_path and given != "demo" else given
