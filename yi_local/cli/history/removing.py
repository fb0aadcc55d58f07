"""`yi history rm`: removes conversations, after it has said which."""

from collections.abc import Sequence

from yi_local.cli.asking import agreed
from yi_local.cli.context import Context
from yi_local.cli.history.place import conversation_id, every, open_history
from yi_local.cli.history.report import removal_json, removal_text
from yi_local.cli.parser import Parser
from yi_local.errors import Cancelled, UsageError
from yi_local.language import mark, tr, trn

_EXAMPLES = mark("""\
  yi history rm 12 13                 shows what goes, and asks
  yi history rm 12 --yes              in scripts
""")


def remove_history(argv: Sequence[str], context: Context) -> int:
    """2 where nobody could be asked."""
    parser = Parser(
        prog="yi history rm",
        takes="ID...",
        description=tr("Removes conversations with all their branches. There is no way back."),
        examples=tr(_EXAMPLES),
    )
    add = parser.add_argument
    add("ids", metavar="ID", type=conversation_id, nargs="+", help=tr("a number of yi history"))
    add("--yes", action="store_true", help=tr("do not ask"))
    as_json = tr("print one JSON object; without --yes, only what would go")
    add("--json", action="store_true", help=as_json)
    args = parser.parse_intermixed_args(argv)
    with open_history(context.output) as store:
        going = every(store, args.ids)
        if not args.json:
            context.output.say(removal_text(going))
        if not args.yes:
            if args.json:
                context.output.write(removal_json(going, removed=False))
            if args.json or not context.input.is_terminal:
                raise UsageError(
                    tr("Nothing was removed: nobody could be asked."),
                    tr("Add --yes to remove it."),
                )
            if not agreed(tr("Remove? [y/N]"), context):
                context.output.say(tr("Nothing was removed."))
                return Cancelled.exit_code
        for conversation in going:
            store.remove(conversation.id)
    if args.json:
        context.output.write(removal_json(going, removed=True))
    else:
        context.output.say(
            trn("{n} conversation is gone.", "{n} conversations are gone.", len(going))
        )
    return 0
