"""`yi rm`: deletes a model, after it has shown what goes and what stays."""

from collections.abc import Sequence
from shlex import quote

from yi_local.assistant.library import find, is_demo, open_library, places_meant
from yi_local.cli.context import Context
from yi_local.cli.parser import Parser
from yi_local.cli.remove_report import removal_json, removal_text
from yi_local.errors import Cancelled, UsageError, YiLocalError
from yi_local.hub.library.removal import removal
from yi_local.hub.library.removal import remove as delete
from yi_local.hub.library.removal_plan import Removal
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.text import human_bytes

_EXAMPLES = """\
  yi rm owner/repo:Q4_K_M             shows what goes, and asks
  yi rm owner/repo:Q4_K_M --yes       in scripts
  yi rm ~/models/model.gguf --yes     a file of yours: by its path alone
"""


def remove(argv: Sequence[str], context: Context) -> int:
    """2 where nothing may be deleted, or nobody said yes."""
    args = _parser().parse_intermixed_args(argv)
    known = open_library()
    entry = find(args.model, known)
    places, by_path = places_meant(args.model, entry)
    plan = removal(places, known, also_user_folders=_named_by_hand(args.yes, by_path, places))
    if not args.json:
        others = [place for place in entry.places if place not in places]
        context.output.say(removal_text(plan, others))
    if not plan.delete:
        if args.json:
            context.output.write(removal_json(plan, None))
        raise _nothing(args.model, places)
    if not args.yes and not _agreed(args.json, plan, context):
        return Cancelled.exit_code
    removed = delete(plan)
    if args.json:
        context.output.write(removal_json(plan, removed))
    else:
        context.output.say(f"Deleted; {human_bytes(removed.freed_bytes)} are free again.")
    if removed.failed:
        failed = removed.failed[0]
        raise YiLocalError(
            f"{failed.path} could not be deleted: {failed.why.rstrip('.')}.", "Run it again."
        )
    return 0


def _named_by_hand(yes: bool, by_path: bool, places: Sequence[StoredModel]) -> bool:
    """Whether what lies in a person's own folder may go."""
    return yes and by_path and not any(is_demo(place) for place in places)


def _agreed(as_json: bool, plan: Removal, context: Context) -> bool:
    if as_json or not context.input.is_terminal:
        if as_json:
            context.output.write(removal_json(plan, None))
        raise UsageError("Nothing was deleted: nobody could be asked.", "Add --yes to delete it.")
    context.output.ask("Delete? [y/N] ")
    answer = context.input.read_line()
    if (answer or "").strip().lower() in ("y", "yes"):
        return True
    context.output.say("Nothing was deleted.")
    return False


def _nothing(name: str, places: Sequence[StoredModel]) -> UsageError:
    message = f"Nothing of {name} may be deleted here."
    yours = [place for place in places if place.store == "folder" and not is_demo(place)]
    if yours:
        return UsageError(message, f"If you mean it: yi rm {quote(str(yours[0].path))} --yes")
    why = next((place.origin.why_not_delete for place in places), None)
    return UsageError(message, why)


def _parser() -> Parser:
    parser = Parser(
        prog="yi rm",
        takes="MODEL",
        description="Deletes a model from the Hugging Face cache or from yi's own folder. Other "
        "programs' files\nare never touched; those in your own folders only if named by path, "
        "with --yes.",
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "model", metavar="MODEL", help="a name of yi list, owner/repo[:quant], or a path"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object; without --yes, only the plan"
    )
    return parser
