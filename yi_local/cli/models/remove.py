"""`yi rm`: deletes a model, after it has shown what goes and what stays."""

from collections.abc import Sequence
from shlex import quote

from yi_local.assistant.models.library import find, is_demo, open_library, places_meant
from yi_local.cli.asking import agreed
from yi_local.cli.context import Context
from yi_local.cli.models.remove_report import removal_json, removal_text
from yi_local.cli.parser import Parser
from yi_local.errors import Cancelled, UsageError, YiLocalError
from yi_local.hub.library.removal import removal
from yi_local.hub.library.removal import remove as delete
from yi_local.hub.library.removal_plan import Removal
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.language import mark, tr
from yi_local.text import human_bytes

_EXAMPLES = mark("""\
  yi rm owner/repo:Q4_K_M             shows what goes, and asks
  yi rm owner/repo:Q4_K_M --yes       in scripts
  yi rm ~/models/model.gguf --yes     a file of yours: by its path alone
""")


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
    if not args.yes and not _is_agreed(args.json, plan, context):
        return Cancelled.exit_code
    removed = delete(plan)
    if args.json:
        context.output.write(removal_json(plan, removed))
    else:
        size = human_bytes(removed.freed_bytes)
        context.output.say(tr("Deleted; {size} are free again.", size=size))
    if removed.failed:
        failed = removed.failed[0]
        raise YiLocalError(
            tr(
                "{path} could not be deleted: {reason}.",
                path=failed.path,
                reason=failed.why.rstrip("."),
            ),
            tr("Run it again."),
        )
    return 0


def _named_by_hand(yes: bool, by_path: bool, places: Sequence[StoredModel]) -> bool:
    """Whether what lies in a person's own folder may go."""
    return yes and by_path and not any(is_demo(place) for place in places)


def _is_agreed(as_json: bool, plan: Removal, context: Context) -> bool:
    if as_json or not context.input.is_terminal:
        if as_json:
            context.output.write(removal_json(plan, None))
        raise UsageError(
            tr("Nothing was deleted: nobody could be asked."), tr("Add --yes to delete it.")
        )
    if agreed(tr("Delete? [y/N]"), context):
        return True
    context.output.say(tr("Nothing was deleted."))
    return False


def _nothing(name: str, places: Sequence[StoredModel]) -> UsageError:
    message = tr("Nothing of {model} may be deleted here.", model=name)
    yours = [place for place in places if place.store == "folder" and not is_demo(place)]
    if yours:
        path = quote(str(yours[0].path))
        return UsageError(message, tr("If you mean it: yi rm {path} --yes", path=path))
    why = next((place.origin.why_not_delete for place in places), None)
    return UsageError(message, why)


def _parser() -> Parser:
    parser = Parser(
        prog="yi rm",
        takes="MODEL",
        description=tr(
            "Deletes a model from the Hugging Face cache or from yi's own folder. Other "
            "programs' files\nare never touched; those in your own folders only if named by path, "
            "with --yes."
        ),
        examples=tr(_EXAMPLES),
    )
    add = parser.add_argument
    add("model", metavar="MODEL", help=tr("a name of yi list, owner/repo[:quant], or a path"))
    add("--yes", action="store_true", help=tr("do not ask"))
    as_json = tr("print one JSON object; without --yes, only the plan")
    add("--json", action="store_true", help=as_json)
    return parser
