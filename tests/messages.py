"""The texts for people in the code, and their catalogues: `python -m tests.messages [LANGUAGE...]`.

It writes the template, brings every catalogue up to date with the code and compiles it; a language
that is named is begun. What it writes depends on the code and the translations alone: no dates, no
line numbers, no names.
"""

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from yi_local.language import DOMAIN, FOLDER

ROOT = Path(__file__).resolve().parent.parent
LOCALE = Path(FOLDER)
TEMPLATE = LOCALE / f"{DOMAIN}.pot"
MARKERS = {"tr": 1, "trn": 2, "mark": 1}  # how many of a call's first arguments are the message
WIDTH = 100
HEADER = "# The texts of yi_local; `make messages` brings this file up to date with the code."

Id = str | tuple[str, str]  # singular and plural


class Timeless(Catalog):
    """A catalogue whose header names no date, person or program."""

    language = ""  # as its folder is called

    @property
    def mime_headers(self) -> list[tuple[str, str]]:  # type: ignore[override]
        headers = [("Project-Id-Version", DOMAIN), ("MIME-Version", "1.0")]
        if self.language:
            forms = f"nplurals={self.num_plurals}; plural={self.plural_expr};"
            headers += [("Language", self.language), ("Plural-Forms", forms)]
        return [
            *headers,
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def calls_of(source: str) -> Iterator[ast.Call]:
    """Of tr, trn and mark, wherever they stand."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in MARKERS:
                yield node


def message_of(call: ast.Call) -> Id | None:
    """None where it is no literal."""
    assert isinstance(call.func, ast.Name | ast.Attribute)
    name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr
    texts = [
        node.value
        for node in call.args[: MARKERS[name]]
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    if len(texts) < MARKERS[name]:
        return None
    return (texts[0], texts[1]) if len(texts) == 2 else texts[0]


def template() -> Catalog:
    """All messages of the package, each with the files that it stands in."""
    catalog = _empty("")
    for path in sorted((ROOT / "yi_local").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for call in calls_of(path.read_text(encoding="utf-8")):
            message = message_of(call)
            if message:
                catalog.add(message, locations=[(name, 0)])
    return catalog


def catalogues() -> list[Path]:
    return sorted(LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, domain=DOMAIN, abort_invalid=True)


def updated(old: Catalog, wanted: Catalog, language: str) -> Catalog:
    """The translations of the messages that are wanted; the others go, nothing is guessed."""
    new = _empty(language)
    for message in wanted:
        if message.id:
            before = old.get(message.id)
            new.add(
                message.id,
                before.string if before is not None else "",
                message.locations,
                before.flags - {"fuzzy"} if before is not None else (),
                user_comments=before.user_comments if before is not None else (),
            )
    return new


def text_of(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalog, width=WIDTH, sort_by_file=True, include_lineno=False)
    return file.getvalue()


def compiled(catalog: Catalog, language: str) -> bytes:
    """What is translated; the rest stays English."""
    done = _empty(language)
    for message in catalog:
        if message.id and is_translated(message):
            done.add(message.id, message.string)
    file = io.BytesIO()
    write_mo(file, done)
    return file.getvalue()


def is_translated(message: Message) -> bool:
    """In all its forms."""
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return bool(strings) and all(strings)


def main(languages: list[str]) -> None:
    wanted = template()
    LOCALE.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(text_of(wanted))
    for name in languages:
        path = LOCALE / name / "LC_MESSAGES" / f"{DOMAIN}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(text_of(_empty(name)))
    for path in catalogues():
        language = path.parent.parent.name
        catalog = updated(read(path), wanted, language)
        path.write_bytes(text_of(catalog))
        path.with_suffix(".mo").write_bytes(compiled(catalog, language))
        missing = sum(1 for message in catalog if message.id and not is_translated(message))
        print(f"{path.relative_to(ROOT)}: {len(catalog)} messages, {missing} to be translated")


def _empty(language: str) -> Timeless:
    catalog = Timeless(language or None, DOMAIN, header_comment=HEADER, fuzzy=False)
    catalog.language = language
    return catalog


if __name__ == "__main__":
    main(sys.argv[1:])
