"""`yi pull`: fetches one model, verified, to where other programs find it too."""

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from yi_local.assistant.models.fetching import fetch_model
from yi_local.assistant.models.filling import fill_pointer
from yi_local.assistant.models.library import open_library
from yi_local.assistant.models.model_name import RepoName, read_name
from yi_local.assistant.models.offer import Offer, chosen_groups, list_models, make_offer
from yi_local.assistant.models.sources import Sources
from yi_local.assistant.planning.opening import open_advisor
from yi_local.catalogue import read_catalogue
from yi_local.cli.context import Context
from yi_local.cli.fetching import Fetch, JsonView, fetch_visibly, no_view
from yi_local.cli.machine.plan_report import read_note
from yi_local.cli.obtain import chosen
from yi_local.cli.output import Output
from yi_local.cli.parser import Parser
from yi_local.errors import UsageError
from yi_local.hub.library.lookup import find_sha256
from yi_local.hub.repo import Listing, ModelGroup
from yi_local.hub.stores.git_checkout import pointer_file
from yi_local.language import mark, tr
from yi_local.planner.plan import Wish
from yi_local.text import human_bytes

_EXAMPLES = mark("""\
  yi pull yi-1.5-6b-chat              the quant that is best for this machine
  yi pull yi-1.5-6b-chat:Q5_K_M
  yi pull bartowski/Yi-1.5-9B-Chat-GGUF
  yi pull ms://01ai/Yi-1.5-6B-Chat-GGUF
  yi pull owner/repo:Q4_K_M --json | jq .done_bytes
  yi pull checkout/yi-6b.Q2_K.gguf    a Git-LFS pointer: the model comes in its place
""")


def pull(argv: Sequence[str], context: Context) -> int:
    """Prints the path of what was fetched, of the first part where there are several."""
    args = _parser().parse_intermixed_args(argv)
    show = JsonView(context.output) if args.json else no_view if args.quiet else None
    with Sources(offline=args.offline) as sources:
        paths = fetch_visibly(_wanted(sources, args, context), context.output, show)
    told = [str(path) for path in paths]
    if args.json:
        done = {"event": "done", "paths": told}
        context.output.write(json.dumps(done, ensure_ascii=False) + "\n")
    else:
        context.output.write(f"{told[0]}\n")
    return 0


def _wanted(sources: Sources, args: argparse.Namespace, context: Context) -> Fetch:
    """A pointer file is filled in its place; else a repository is asked."""
    name = read_name(args.model, read_catalogue(), os.path.isfile)
    if isinstance(name, RepoName):
        listing, group = _choose(sources, name, args.force, context)
        return lambda cancel: fetch_model(sources, listing, group, cancel)
    pointer = pointer_file(Path(args.model).expanduser())
    if pointer is None:
        raise UsageError(
            tr("{model} is a file's name; it cannot be fetched.", model=args.model),
            tr("Name a repository: owner/name; or a Git-LFS pointer, to be filled in its place."),
        )
    entry = find_sha256(open_library(), pointer.sha256)
    here = entry.path if entry is not None else None
    return lambda cancel: fill_pointer(sources, pointer, here, cancel)


def _choose(
    sources: Sources, name: RepoName, force: bool, context: Context
) -> tuple[Listing, ModelGroup]:
    """What a person named is taken as it is; else this machine decides, by the headers."""
    if name.quant is not None or name.filename is not None:
        _, listing = list_models(sources, name)
        return listing, chosen_groups(listing, name)[0]
    with open_advisor(engine_command=context.engine_command) as advisor:
        offer = make_offer(sources, advisor, name, Wish())
    plan = chosen(offer, force=force)
    group = offer.group_of(plan)
    _tell(offer, group, context.output)
    return offer.listing, group


def _tell(offer: Offer, group: ModelGroup, output: Output) -> None:
    label = group.quant or group.name
    size = human_bytes(group.size_bytes)
    best = tr("{name}, {size}, is the best here.", name=label, size=size)
    output.say(tr("{sentence} {next}", sentence=read_note(offer), next=best))


def _parser() -> Parser:
    parser = Parser(
        prog="yi pull",
        takes="MODEL",
        description=tr("Fetch a model, verified; it goes on where an earlier try has ended."),
        examples=tr(_EXAMPLES),
    )
    parser.add_argument(
        "model",
        metavar="MODEL",
        help=tr("a catalogue id, owner/repo, hf://... or ms://..., with :QUANT"),
    )
    flags = (
        ("--force", tr("the smallest, even if none fits")),
        ("--offline", tr("ask nobody: only finish at once")),
        ("--json", tr("progress as lines of JSON")),
        ("--quiet", tr("no progress")),
    )
    for flag, text in flags:
        parser.add_argument(flag, action="store_true", help=text)
    return parser
