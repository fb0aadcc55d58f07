"""`yi history`: what was said, listed, searched, shown, exported, imported, removed."""

from collections.abc import Callable, Mapping, Sequence

from yi_local.cli.context import Context
from yi_local.cli.history.exchange import export_history, import_history
from yi_local.cli.history.reading import list_history, search_history, show_history
from yi_local.cli.history.removing import remove_history
from yi_local.errors import UsageError
from yi_local.language import tr

COMMANDS: Mapping[str, Callable[[Sequence[str], Context], int]] = {
    "list": list_history,
    "search": search_history,
    "show": show_history,
    "export": export_history,
    "import": import_history,
    "rm": remove_history,
}


def history(argv: Sequence[str], context: Context) -> int:
    """Without a word after it, the list."""
    match list(argv):
        case [word, *rest] if word in COMMANDS:
            return COMMANDS[word](rest, context)
        case [word, *_] if not word.startswith("-"):
            raise UsageError(
                tr('There is no command "{word}".', word=f"history {word}"),
                tr("{command} --help shows what can be given.", command="yi history"),
            )
    return list_history(argv, context)
