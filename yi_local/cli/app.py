"""`yi` alone, on a terminal: the full-screen app."""

from yi_local import paths
from yi_local.assistant.open_model import Models
from yi_local.catalogue.read import read_catalogue
from yi_local.cli.context import Context
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.settings import Settings, read_settings
from yi_local.store.conversations import Store
from yi_local.tui.app import YiApp
from yi_local.tui.services import Services


def app(context: Context) -> int:
    settings = read_settings()
    store, notices = _open_store(settings)
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
