"""`yi app`, and `yi` alone on a terminal: the full-screen app."""

import os
from collections.abc import Sequence

from yi_local.assistant.loading.open_model import Models
from yi_local.assistant.models.reference import DEMO
from yi_local.catalogue.read import read_catalogue
from yi_local.cli.context import Context
from yi_local.cli.elsewhere import OtherServer, is_offline_here, keys_of_environment, other_server
from yi_local.cli.options import add_server_options
from yi_local.cli.parser import Parser
from yi_local.cli.serve.sharing import Sharing
from yi_local.cli.store import open_store
from yi_local.engine.elsewhere.access import Access
from yi_local.engine.elsewhere.address import is_elsewhere
from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.settings import read_settings
from yi_local.tui.app import YiApp
from yi_local.tui.chat.model_in_use import LAST_MODEL
from yi_local.tui.services import Services


def app(argv: Sequence[str], context: Context) -> int:
    args = _parser().parse_args(argv)
    if not context.has_screen:
        raise UsageError(
            tr("The app needs a terminal to draw on."), tr("In pipes and scripts: yi run, yi chat")
        )
    server = other_server(args, read_settings().offline)
    if server is None:
        return show_app(context, args.model)
    return show_app(context, server.find(), server)


def show_app(context: Context, model: str | None = None, server: OtherServer | None = None) -> int:
    """With that model, or the one that was talked with last; `server` is the model's."""
    settings = read_settings()
    store, _, notices = open_store(settings)
    if model is not None:
        store.keep_note(LAST_MODEL, _lasting(model))
        from yi_local.assistant.welcome.first_look import (
            remember_welcome,  # else nobody pays for it
        )

        remember_welcome(store)  # who names a model need not be led to one
    sharing = Sharing()
    services = Services(
        store=store,
        models=Models(
            engine_command=context.engine_command,
            on_load=lambda: sharing.begin(services),
            access=Access(
                server.access.keys if server else keys_of_environment(settings.servers),
                lambda: services.is_offline or is_offline_here(),
            ),
        ),
        catalogue=read_catalogue(),
        settings=settings,
        engine_command=context.engine_command,
        named_servers=(server.address.base,) if server else (),
    )
    try:
        shown = YiApp(services, notices)
        shown.run()
        return shown.return_code or 0
    finally:
        sharing.end()
        services.close()


def _lasting(model: str) -> str:
    """A name that is the same tomorrow, from wherever the program is started."""
    is_path = (
        model != DEMO and not is_elsewhere(model) and os.path.exists(os.path.expanduser(model))
    )
    return os.path.abspath(os.path.expanduser(model)) if is_path else model


def _parser() -> Parser:
    parser = Parser(
        prog="yi app",
        takes="[MODEL]",
        description=tr("The full-screen app: chat, models, machine, settings. yi alone is it."),
        examples="  yi app\n  yi app demo\n  yi app ./yi-1.5-9b-chat.gguf\n"
        "  yi app --server http://localhost:11434\n",
    )
    parser.add_argument(
        "model", metavar="MODEL", nargs="?", help=tr("talk with this one; it has to be here")
    )
    add_server_options(parser)
    return parser
