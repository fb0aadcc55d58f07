"""`yi search`: models to be had, the catalogue's first, then the Hub's."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from yi_local.assistant.models.sources import Sources
from yi_local.catalogue import find, read_catalogue
from yi_local.catalogue.model import Model
from yi_local.cli.context import Context
from yi_local.cli.parser import Parser, positive
from yi_local.cli.table import table
from yi_local.errors import ModelNotFound, YiLocalError
from yi_local.hub.remote.huggingface import HuggingFace
from yi_local.hub.repo import Found
from yi_local.language import tr
from yi_local.text import shortened

_EXAMPLES = """\
  yi search yi coder
  yi search 中文聊天
  yi search qwen3 --limit 5 --json
"""
_NAME_WIDTH, _TEXT_WIDTH = 26, 50  # columns
_REPO_WIDTH = 50


def search(argv: Sequence[str], context: Context) -> int:
    args = _parser().parse_intermixed_args(argv)
    words = " ".join(args.words)
    catalogue = read_catalogue()
    for problem in catalogue.problems:  # of a person's own files
        context.output.say(tr("note: {problem}", problem=problem))
    models = find(catalogue, words)[: args.limit]
    found, trouble = _on_the_hub(words, args.limit, args.offline)
    if args.json:
        context.output.write(_json(models, found))
    else:
        context.output.write(_text(models, found))
    if trouble is not None:
        context.output.say(tr("note: the Hub was not searched. {reason}", reason=trouble.message))
    if not models and not found:
        raise ModelNotFound(
            tr('Nothing is found for "{words}".', words=words), tr("Try fewer or other words.")
        )
    return 0


def _on_the_hub(words: str, limit: int, offline: bool) -> tuple[list[Found], YiLocalError | None]:
    """The catalogue's answer is worth showing, whatever the network does."""
    with Sources(offline=offline) as sources:
        hub = sources.hub("huggingface")
        assert isinstance(hub, HuggingFace)
        try:
            return hub.search(words, limit), None
        except YiLocalError as error:
            return [], error


def _text(models: Sequence[Model], found: Sequence[Found]) -> str:
    parts = []
    if models:
        rows = [
            [shortened(model.id, _NAME_WIDTH), shortened(model.summary, _TEXT_WIDTH)]
            for model in models
        ]
        known = table([tr("model"), tr("what for")], rows, left=(0, 1))
        parts.append(tr("Catalogue:") + "\n" + known)
    if found:
        rows = [
            [
                shortened(one.repo_id, _REPO_WIDTH),
                tr("unknown") if one.downloads is None else f"{one.downloads:,}",
                one.updated or tr("unknown"),
                tr("gated") if one.gated else "",
            ]
            for one in found
        ]
        head = [tr("repository"), tr("downloads"), tr("updated"), ""]
        parts.append("Hugging Face:\n" + table(head, rows, left=(0, 3)))
    return "\n".join(parts)


def _json(models: Sequence[Model], found: Sequence[Found]) -> str:
    answer = {
        "catalogue": [
            {
                "id": model.id,
                "name": model.name,
                "summary": model.summary_en,
                "licence": model.licence.id,
                "n_params": model.n_params,
                "repo_id": model.recommended_repo.id if model.recommended_repo else None,
            }
            for model in models
        ],
        "hub": [asdict(one) for one in found],
    }
    return json.dumps(answer, ensure_ascii=False, indent=1) + "\n"


def _parser() -> Parser:
    parser = Parser(
        prog="yi search",
        takes="WORDS",
        description=tr("Search the catalogue, then the Hub, for models in GGUF."),
        examples=_EXAMPLES,
    )
    add = parser.add_argument
    add("words", metavar="WORDS", nargs="+", help=tr("in English or Chinese"))
    add("--limit", type=positive, default=10, metavar="N", help=tr("at most N of each"))
    add("--offline", action="store_true", help=tr("the catalogue alone"))
    add("--json", action="store_true", help=tr("print one JSON object"))
    return parser
