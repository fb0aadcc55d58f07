"""From what a person calls a model to a file that is here, fetched if that is wanted."""

import argparse
from pathlib import Path

from yi_local.assistant.models.fetching import fetch_model
from yi_local.assistant.models.library import open_library
from yi_local.assistant.models.model_name import RepoName
from yi_local.assistant.models.obtaining import best_of, is_path, look_up
from yi_local.assistant.models.offer import Offer, make_offer
from yi_local.assistant.models.reference import find_model
from yi_local.assistant.models.sources import Sources
from yi_local.assistant.planning.opening import open_advisor
from yi_local.catalogue import read_catalogue
from yi_local.cli.asking import agreed
from yi_local.cli.context import Context
from yi_local.cli.fetching import fetch_visibly
from yi_local.cli.machine.plan_report import plan_text
from yi_local.cli.options import wish
from yi_local.errors import Cancelled, ModelNotFound, NotEnoughMemory
from yi_local.language import tr
from yi_local.planner.plan import Plan
from yi_local.text import human_bytes


def obtain(args: argparse.Namespace, context: Context) -> Path:
    """`args` holds the model's name and the loading options.

    Raises ModelNotFound where it is not here and may not be fetched without asking.
    """
    if is_path(args.model):
        return find_model(args.model)
    found = look_up(args.model, open_library(), read_catalogue())
    if isinstance(found, Path):
        return found
    if isinstance(found, tuple):
        if len(found) == 1:
            return found[0]
        with open_advisor(engine_command=context.engine_command) as advisor:
            return best_of(found, advisor, wish(args))
    return _fetch(found, args, context)


def _fetch(name: RepoName, args: argparse.Namespace, context: Context) -> Path:
    asks = context.input.is_terminal and context.output.is_watched
    with Sources(offline=args.offline) as sources:
        if sources.offline:
            raise ModelNotFound(
                tr(
                    "{model} is not on this machine, and offline nothing is fetched.",
                    model=args.model,
                ),
                tr("yi list shows what is here."),
            )
        if not args.pull and not asks:
            raise ModelNotFound(
                tr("{model} is not on this machine.", model=args.model),
                tr("Fetch it first: yi pull {model}, or add --pull.", model=args.model),
            )
        with open_advisor(engine_command=context.engine_command) as advisor:
            offer = make_offer(sources, advisor, name, wish(args))
            machine = advisor.machine
        plan = chosen(offer, force=args.force)
        if not args.pull:
            context.output.say(plan_text(offer.advice, (), machine))
            _ask(offer, plan, context)
        group = offer.group_of(plan)
        return fetch_visibly(
            lambda cancel: fetch_model(sources, offer.listing, group, cancel), context.output
        )[0]


def chosen(offer: Offer, *, force: bool = False) -> Plan:
    """Raises NotEnoughMemory where nothing of a repository fits here."""
    ranking = offer.advice.ranking
    if ranking.best is not None:
        return ranking.best
    if force and ranking.too_big:
        return ranking.too_big[0]
    for _, error in offer.advice.refused:
        raise error
    raise NotEnoughMemory(
        tr("Nothing of {repo} fits on this machine.", repo=offer.listing.repo_id),
        tr("yi plan shows what is missing; --force fetches the smallest all the same."),
    )


def _ask(offer: Offer, plan: Plan, context: Context) -> None:
    size = human_bytes(offer.group_of(plan).size_bytes)
    label = plan.file.quant or plan.file.name
    repo = offer.listing.repo_id
    question = tr("Fetch {name}, {size}, from {repo}? [Y/n]", name=label, size=size, repo=repo)
    if not agreed(question, context, unless_no=True):
        raise Cancelled(tr("Nothing was fetched."))
