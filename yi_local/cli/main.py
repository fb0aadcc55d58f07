"""The door: every run of the program begins and ends here."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from yi_local import __version__, language
from yi_local.cli.context import Context
from yi_local.cli.input import Input
from yi_local.cli.output import Output, OutputClosed
from yi_local.errors import Cancelled, UsageError, YiLocalError
from yi_local.language import tr

COMMANDS = {  # the module in cli/ that holds a command, and the function there
    "adopt": ("models.adopt", "adopt"),
    "app": ("app", "app"),
    "batch": ("scripts.batch", "batch"),
    "chat": ("chat.command", "chat"),
    "completion": ("completion.command", "completion"),
    "count": ("scripts.count", "count"),
    "doctor": ("machine.doctor", "doctor"),
    "history": ("history.command", "history"),
    "list": ("models.list_models", "list_models"),
    "outdated": ("models.outdated", "outdated"),
    "pack": ("models.pack", "pack"),
    "plan": ("machine.plan", "plan"),
    "pull": ("models.pull", "pull"),
    "render": ("scripts.render", "render"),
    "replay": ("history.replay", "replay"),
    "rm": ("models.remove", "remove"),
    "run": ("run.command", "run"),
    "search": ("models.search", "search"),
    "serve": ("serve.command", "serve"),
    "show": ("models.show", "show"),
    "status": ("serve.status", "status"),
    "stop": ("serve.stop", "stop"),
    "unpack": ("models.pack", "unpack"),
    "verify": ("models.verify", "verify"),
}


def main(argv: Sequence[str] | None = None, *, engine_command: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code, documented in `yi --help`."""
    _occupy_standard_descriptors()
    output = Output(sys.stdout, sys.stderr, os.environ)
    context = Context(Input(sys.stdin), output, engine_command)
    try:
        code = 0
        with suppress(SystemExit):  # argparse leaves so when it has printed a command's help
            code = _dispatch(list(sys.argv[1:] if argv is None else argv), context)
        output.write("")  # flushes what argparse has printed
        return code
    except OutputClosed:
        return 0
    except KeyboardInterrupt:
        output.progress.clear()
        return Cancelled.exit_code
    except Cancelled as error:  # what a person wished is no error
        output.progress.clear()
        output.say(" ".join(filter(None, (error.message, error.hint))))
        return error.exit_code
    except YiLocalError as error:
        output.fail(error)
        return error.exit_code
    except Exception as error:
        output.fail(_explained(error))
        return YiLocalError.exit_code


def _dispatch(argv: list[str], context: Context) -> int:
    """Imports only what the command needs."""
    if argv[:1] not in (["-V"], ["--version"]):  # which says nothing in any language
        _speak()
    match argv:
        case ["help", word, *rest] if word in COMMANDS:
            return run_command(word, [*rest, "--help"], context)
        case [word, *rest] if word in COMMANDS:
            return run_command(word, rest, context)
        case ["-V" | "--version", *_]:
            context.output.write(f"yi_local {__version__}\n")
        case [] if context.has_screen:
            from yi_local.cli.app import show_app

            return show_app(context)
        case []:
            from yi_local.cli.help import short_help

            context.output.write(short_help())
        case ["help", word, *_]:
            raise _unknown(word)
        case ["-h" | "--help" | "help", *_]:
            from yi_local.cli.help import long_help

            context.output.write(long_help())
        case [word, *_]:
            raise _unknown(word)
    return 0


def run_command(word: str, argv: Sequence[str], context: Context) -> int:
    module, function = COMMANDS[word]
    command = getattr(import_module(f"yi_local.cli.{module}"), function)
    return int(command(argv, context))


def _speak() -> None:
    """In the person's language; who needs the settings will say what is wrong with them."""
    setting = None
    if not os.environ.get(language.VARIABLE):
        from yi_local.settings import read_settings

        with suppress(YiLocalError, RuntimeError):
            setting = read_settings().language
    language.speak(setting)


def _unknown(word: str) -> UsageError:
    from difflib import get_close_matches

    close = get_close_matches(word, COMMANDS, n=1)
    hint = tr("yi --help shows what there is.")
    if close:
        hint = tr("Did you mean {names}?", names=f"yi {close[0]}")
    return UsageError(tr('There is no command "{word}".', word=word), hint)


def _explained(error: Exception) -> YiLocalError:
    """A bug: its traceback goes to a file, the person gets the file's path."""
    from yi_local import paths
    from yi_local.assistant.crash_report import write_report

    sentence = tr("Something unexpected happened ({error}).", error=type(error).__name__)
    try:
        report = write_report(error, paths.log_dir())
    except OSError as reason:
        why = tr("The report could not be written: {reason}.", reason=reason.strerror)
        return YiLocalError(f"{sentence} {why}")
    return YiLocalError(sentence, tr("Details are in {file}", file=report))


def _occupy_standard_descriptors() -> None:
    """Where 0, 1 or 2 is closed, the next file opened would become it, and be printed into."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        descriptor = os.open(os.devnull, os.O_RDWR)
        while descriptor <= 2:
            descriptor = os.open(os.devnull, os.O_RDWR)
        os.close(descriptor)
