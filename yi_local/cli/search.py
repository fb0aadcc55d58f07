"""`yi search`: models to be had, the catalogue's first, then the Hub's."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from yi_local.assistant.sources import Sources
from yi_local.catalogue import find, read_catalogue
from yi_local.catalogue.model import Model
from yi_local.cli.context import Context
from yi_local.cli.parser import Parser, positive
from yi_local.cli.table import shortened, table
from yi_local.errors import ModelNotFound, YiLocalError
from yi_local.hub.remote.huggingface import HuggingFace
from yi_local.hub.repo import Found

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
        context.output.say(f"note: {problem}")
    models = find(catalogue, words)[: args.limit]
    found, trouble = _on_the_hub(words, args.limit, args.offline)
    if args.json:
        context.output.write(_json(models, found))
    else:
        context.output.write(_text(models, found))
    if trouble is not None:
        context.output.say(f"note: the Hub was not searched. {trouble.message}")
    if not models and not found:
        raise ModelNotFound(f'Nothing is found for "{words}".', "Try fewer or other words.")
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
            [shortened(model.id, _NAME_WIDTH), shortened(model.summary_en, _TEXT_WIDTH)]
            for model in models
        ]
        parts.append("Catalogue:\n" + table(["model", "what for"], rows, left=(0, 1)))
    if found:
        rows = [
            [
                shortened(one.repo_id, _REPO_WIDTH),
                "unknown" if one.downloads is None else f"{one.downloads:,}",
                one.updated or "unknown",
                "gated" if one.gated else "",
            ]
            for one in found
        ]
        head = ["repository", "downloads", "updated", ""]
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
        description="Search the catalogue, then the Hub, for models in GGUF.",
        examples=_EXAMPLES,
    )
    parser.add_argument("words", metavar="WORDS", nargs="+", help="in English or Chinese")
    parser.add_argument("--limit", type=positive, default=10, metavar="N", help="at most N of each")
    parser.add_argument("--offline", action="store_true", help="the catalogue alone")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser
