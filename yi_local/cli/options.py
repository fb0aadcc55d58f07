"""The options that commands share, from the command line to the values they stand for."""

import argparse
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from yi_local.cli.input import read_text_file
from yi_local.cli.parser import Parser, bias, count, positive, threads
from yi_local.language import mark, tr
from yi_local.types import SamplingOptions

if TYPE_CHECKING:
    from yi_local.planner.plan import Wish

KV_TYPES = ("f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "bf16", "f32")  # of llama.cpp

_FIELDS = frozenset(field.name for field in fields(SamplingOptions))

# flag, type, placeholder, help; the flag without its dashes is the field of SamplingOptions
_SAMPLERS: tuple[tuple[str, type, str, str], ...] = (
    ("--temperature", float, "T", mark("0 always takes the likeliest token")),
    ("--top-k", int, "N", mark("among the N likeliest tokens; 0 is off")),
    ("--top-p", float, "P", mark("among the likeliest that sum up to P; 1 is off")),
    ("--min-p", float, "P", mark("at least P times as likely as the likeliest; 0 is off")),
    ("--typical-p", float, "P", mark("locally typical sampling; 1 is off")),
    ("--repeat-penalty", float, "X", mark("against tokens used already; 1 is off")),
    ("--repeat-last-n", int, "N", mark("tokens the penalties look back on; -1 is all")),
    ("--frequency-penalty", float, "X", mark("for every use of a token; 0 is off")),
    ("--presence-penalty", float, "X", mark("for any use of a token; 0 is off")),
    ("--dry-multiplier", float, "X", mark("against repeated passages; 0 is off")),
    ("--dry-base", float, "X", mark("how fast DRY grows with a passage's length")),
    ("--dry-allowed-length", int, "N", mark("tokens a passage may repeat unpunished")),
    ("--dry-penalty-last-n", int, "N", mark("tokens DRY looks back on; -1 is all")),
    ("--xtc-probability", float, "P", mark("chance of leaving out the likeliest tokens")),
    ("--xtc-threshold", float, "P", mark("how likely a token must be to be left out")),
    ("--mirostat", int, "N", mark("1 or 2 instead of top-k, top-p, min-p, typical-p, XTC")),
    ("--mirostat-tau", float, "X", mark("the surprise that Mirostat aims at")),
    ("--mirostat-eta", float, "X", mark("how fast Mirostat learns")),
    ("--seed", int, "N", mark("the same seed gives the same text again")),
)


def add_load_options(parser: Parser) -> None:
    group = parser.add_argument_group(tr("loading"))
    add = group.add_argument
    add("--ctx", type=positive, metavar="N", help=tr("context in tokens (what fits)"))
    add("--gpu-layers", type=count, metavar="N", help=tr("layers on the GPU (as many as fit)"))
    kv_type = tr("type of the KV cache (f16, or q8_0 where short)")
    add("--kv-type", choices=KV_TYPES, help=kv_type)
    add("--threads", type=threads, metavar="N", help=tr("CPU threads (as many as help)"))
    add("--pull", action="store_true", help=tr("fetch it, if it is not here"))
    add("--offline", action="store_true", help=tr("no request leaves this machine"))
    force = tr("load even what does not fit by all we know")
    add("--force", action="store_true", help=force)


def add_server_options(parser: Parser) -> None:
    group = parser.add_argument_group(tr("a model on another server"))
    url = tr(
        "an OpenAI-compatible one: llama-server, Ollama, LM Studio, yi serve; MODEL may be left "
        "out where it has one or has one loaded"
    )
    group.add_argument("--server", metavar="URL", help=url)
    key = tr("its key; the variable YI_SERVER_KEY keeps it out of the list of processes")
    group.add_argument("--api-key", metavar="KEY", help=key)


def load_nothing(parser: Parser) -> None:
    """For commands that need no weights, and so have nothing to choose; `obtain` asks for these."""
    chosen_by_nobody = dict.fromkeys(("ctx", "gpu_layers", "kv_type", "threads"))
    parser.set_defaults(**chosen_by_nobody, pull=False, offline=False, force=False)


def add_sampling_options(parser: Parser) -> None:
    """Only what a person gives is in the namespace: the rest is for the model's advice."""
    group = parser.add_argument_group(tr("sampling (our defaults in brackets)"))
    defaults = SamplingOptions()
    for flag, kind, placeholder, text in _SAMPLERS:
        default = getattr(defaults, flag.removeprefix("--").replace("-", "_"))
        shown = tr(text) if default is None else f"{tr(text)} ({default:g})"
        group.add_argument(
            flag, type=kind, metavar=placeholder, help=shown, default=argparse.SUPPRESS
        )
    repeatable: tuple[tuple[str, str, Callable[[str], object], str, str], ...] = (
        ("--dry-sequence-breaker", "dry_sequence_breakers", str, "TEXT", tr("ends a DRY passage")),
        ("--logit-bias", "logit_bias", bias, "ID=BIAS", tr("added to a token's logit")),
    )
    for flag, field, convert, placeholder, text in repeatable:
        group.add_argument(
            flag,
            dest=field,
            type=convert,
            metavar=placeholder,
            help=tr("{use}; can be given again", use=text),
            action="append",
            default=argparse.SUPPRESS,
        )


def add_stopping_options(parser: Parser) -> None:
    group = parser.add_argument_group(tr("length and form of the answer"))
    group.add_argument(
        "-n",
        "--max-tokens",
        type=positive,
        metavar="N",
        default=argparse.SUPPRESS,
        help=tr("tokens at most (until the model ends or the context is full)"),
    )
    group.add_argument(
        "--stop",
        action="append",
        metavar="TEXT",
        default=argparse.SUPPRESS,
        help=tr("ends the answer, is not shown; can be given again"),
    )
    grammar = tr("a GBNF grammar the answer must follow")
    group.add_argument("--grammar", metavar="FILE", help=grammar)


def chosen_sampling(args: argparse.Namespace) -> dict[str, Any]:
    """The fields of SamplingOptions that were given. Raises UsageError for unreadable files."""
    chosen = {name: value for name, value in vars(args).items() if name in _FIELDS}
    for name in ("stop", "dry_sequence_breakers"):
        if name in chosen:
            chosen[name] = tuple(chosen[name])
    if "logit_bias" in chosen:
        chosen["logit_bias"] = dict(chosen["logit_bias"])
    if args.grammar is not None:
        chosen["grammar"] = read_text_file(args.grammar)
    else:
        chosen.pop("grammar", None)
    return chosen


def wish(args: argparse.Namespace) -> "Wish":
    """What the loading options ask of the planner."""
    from yi_local.planner.plan import Wish  # not for who loads nothing

    return Wish(
        n_ctx=args.ctx,
        n_gpu_layers=args.gpu_layers,
        kv_type=args.kv_type,
        n_threads=args.threads,
    )
