"""`yi plan`: what fits on this machine, before anything is loaded."""

from collections.abc import Sequence
from pathlib import Path

from yi_local.assistant.models.library import open_library
from yi_local.assistant.models.model_name import RepoName
from yi_local.assistant.models.obtaining import is_path, look_up
from yi_local.assistant.models.offer import make_offer
from yi_local.assistant.models.reference import find_models
from yi_local.assistant.models.sources import Sources
from yi_local.assistant.planning.advisor import Advice, Advisor, Subject, read_subject
from yi_local.assistant.planning.decision import refuse_contradictions
from yi_local.assistant.planning.opening import open_advisor
from yi_local.catalogue import read_catalogue
from yi_local.cli.context import Context
from yi_local.cli.machine.plan_report import COLUMNS, plan_json, plan_text, read_note
from yi_local.cli.options import KV_TYPES, wish
from yi_local.cli.parser import Parser, count, memory_bytes, positive, threads
from yi_local.errors import CannotLoad, NotEnoughMemory
from yi_local.language import mark, tr
from yi_local.planner.plan import Plan, Wish

_EXAMPLES = mark("""\
  yi plan demo
  yi plan ~/models                    every model there; the best that fits is marked
  yi plan yi-34b.Q4_K_M.gguf --ctx 32768
  yi plan ~/models --gpu-memory 24G   what if I had such a card?
  yi plan yi-1.5-9b-chat              every quant of its repository, before a download
""")


def plan(argv: Sequence[str], context: Context) -> int:
    """Prints the plans; an exit code of 4 where nothing fits."""
    args = _parser().parse_intermixed_args(argv)
    where, wanted = _where(args.model), wish(args)
    with open_advisor(
        engine_command=context.engine_command, gpu_bytes=args.gpu_memory, ram_bytes=args.ram
    ) as advisor:
        refuse_contradictions(wanted, advisor.machine.hardware)
        subjects: Sequence[Subject]
        if isinstance(where, RepoName):
            with Sources(offline=args.offline) as sources:
                offer = make_offer(sources, advisor, where, wanted)
            subjects, advice = offer.subjects, offer.advice
            context.output.say(read_note(offer))
        else:
            subjects, advice = _advise(advisor, where, wanted)
        ladder = _ladder(advisor, subjects, advice, wanted)
        context.output.write(
            plan_json(advice, ladder, advisor.machine)
            if args.json
            else plan_text(advice, ladder, advisor.machine, context.output.columns or COLUMNS)
        )
    if advice.ranking.best is None:
        raise NotEnoughMemory(
            tr("{model} does not fit here.", model=subjects[0].file.name)
            if len(subjects) == 1
            else tr("None of these fits here."),
            tr("yi plan --gpu-memory 8G --ram 16G tells what a larger machine would do."),
        )
    return 0


def _where(text: str) -> tuple[Path, ...] | RepoName:
    """Files and folders, what other programs have here, else a repository."""
    if is_path(text):
        return find_models(text)
    found = look_up(text, open_library(), read_catalogue())
    return (found,) if isinstance(found, Path) else found


def _advise(
    advisor: Advisor, paths: Sequence[Path], wanted: Wish
) -> tuple[Sequence[Subject], Advice]:
    """Raises what makes a single file unloadable; of several, it is told of each."""
    subjects, refused = _read(paths)
    advice = advisor.advise(subjects, wanted)
    advice = Advice(advice.ranking, (*refused, *advice.refused))
    if len(paths) == 1:
        for _, error in advice.refused:
            raise error
    return subjects, advice


def _read(paths: Sequence[Path]) -> tuple[list[Subject], tuple[tuple[str, CannotLoad], ...]]:
    """Of several files, one that is no model does not spoil the others."""
    subjects, refused = [], []
    for path in paths:
        try:
            subjects.append(read_subject(path))
        except CannotLoad as error:
            if len(paths) == 1:
                raise
            refused.append((path.name, error))
    return subjects, tuple(refused)


def _ladder(
    advisor: Advisor, subjects: Sequence[Subject], advice: Advice, wanted: Wish
) -> tuple[Plan, ...]:
    """For the chosen file, else for the one that lacks least."""
    plans = (*advice.ranking.plans, *advice.ranking.too_big)
    if not plans:
        return ()
    subject = next(each for each in subjects if each.file.path == plans[0].file.path)
    return advisor.ladder(subject, plans[0], wanted)


def _parser() -> Parser:
    parser = Parser(
        prog="yi plan",
        takes="MODEL",
        description=tr("What models take on this machine, which fits best, how, and why."),
        examples=tr(_EXAMPLES),
    )
    add = parser.add_argument
    add("model", metavar="MODEL", help=tr("a .gguf file, a folder of them, a repository, or demo"))
    add("--ctx", type=positive, metavar="N", help=tr("exactly this context, in tokens"))
    add("--gpu-layers", type=count, metavar="N", help=tr("exactly so many on the GPU"))
    add("--kv-type", choices=KV_TYPES, help=tr("exactly this type of the KV cache"))
    add("--threads", type=threads, metavar="N", help=tr("CPU threads"))
    as_if = tr("as if the GPU had so much free")
    add("--gpu-memory", type=memory_bytes, metavar="SIZE", help=as_if)
    add("--ram", type=memory_bytes, metavar="SIZE", help=tr("as if so much RAM were free"))
    add("--offline", action="store_true", help=tr("no request leaves this machine"))
    add("--json", action="store_true", help=tr("print one JSON object"))
    return parser
