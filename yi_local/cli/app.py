"""`yi app`, and `yi` alone on a terminal: the full-screen app."""

import os
from collections.abc import Sequence

from yi_local import paths
from yi_local.assistant.loading.open_model import Models
from yi_local.assistant.models.reference import DEMO
from yi_local.catalogue.read import read_catalogue
from yi_local.cli.context import Context
from yi_local.cli.parser import Parser
from yi_local.errors import UsageError, YiLocalError
from yi_local.language import tr
from yi_local.settings import Settings, read_settings
from yi_local.store.conversations import Store
from yi_local.tui.app import YiApp
from yi_local.tui.chat.model_in_use import LAST_MODEL
from yi_local.tui.services import Services


def app(argv: Sequence[str], context: Context) -> int:
    args = _parser().parse_args(argv)
    if not context.has_screen:
        raise UsageError(
            tr("The app needs a terminal to draw on."), tr("In pipes and scripts: yi run, yi chat")
        )
    return show_app(context, args.model)


def show_app(context: Context, model: str | None = None) -> int:
    """With that model, or the one that was talked with last."""
    settings = read_settings()
    store, notices = _open_store(settings)
    if model is not None:
        store.keep_note(LAST_MODEL, _lasting(model))
        from yi_local.assistant.welcome.first_look import (
            remember_welcome,  # else nobody pays for it
        )

        remember_welcome(store)  # who names a model need not be led to one
    services = Services(
        store=store,
        models=Models(engine_command=context.engine_command),
        catalogue=read_catalogue(),
        settings=settings,
        engine_command=context.engine_command,
    )
    try:
        shown = YiApp(services, notices)
        shown.run()
        return shown.return_code or 0
    finally:
        services.close()


def _lasting(model: str) -> str:
    """A name that is the same tomorrow, from wherever the program is started."""
    is_path = model != DEMO and os.path.exists(os.path.expanduser(model))
    return os.path.abspath(os.path.expanduser(model)) if is_path else model


def _parser() -> Parser:
    parser = Parser(
        prog="yi app",
        takes="[MODEL]",
        description=tr("The full-screen app: chat, models, machine, settings. yi alone is it."),
        examples="  yi app\n  yi app demo\n  yi app ./yi-1.5-9b-chat.gguf\n",
    )
    parser.add_argument(
        "model", metavar="MODEL", nargs="?", help=tr("talk with this one; it has to be here")
    )
    return parser


def _open_store(settings: Settings) -> tuple[Store, list[str]]:
    """With what a person has to know of it; that none can be opened keeps nobody from talking."""
    if not settings.save_history:
        return Store.in_memory(), []
    try:
        store = Store(paths.conversations_file())
    except YiLocalError as error:
        reason = " ".join(filter(None, (error.message, error.hint)))
        notice = tr("Conversations will not be saved this time. {reason}", reason=reason)
        return Store.in_memory(), [notice]
    return store, [store.recovered] if store.recovered is not None else []
