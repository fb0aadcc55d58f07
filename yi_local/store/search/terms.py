"""What the search index knows of a text: words, and pairs of characters where no spaces part words.

A run of hanzi ABCD becomes AB BC CD D. One character is found as the beginning of a pair; two and
more as a row of pairs, which is nothing but the text itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yi_local.store.search.folding import folded

RULES = 1  # goes up when the terms of a text change: the index is then made anew

_MAX_QUERY = 500  # characters; more would be a text, no question

# Scripts without spaces between words, and Hangul, whose words have endings grown to them.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_SYMBOLS = "\u2190-\u2bff\U0001f000-\U0001faff"  # arrows to emoji
_LETTER = f"(?![{_SPACELESS}{_SYMBOLS}])[^\\W_]"
_RUNS = re.compile(f"(?P<spaceless>[{_SPACELESS}]+)|(?P<symbol>[{_SYMBOLS}])|(?:{_LETTER})+")


@dataclass(frozen=True, slots=True)
class Run:
    text: str
    spaceless: bool


def terms(text: str) -> str:
    """Divided by spaces, in the order of the text."""
    return " ".join(term for run in runs(folded(text).text) for term in _terms(run))


def runs(text: str) -> Iterator[Run]:
    """Of a folded text."""
    for match in _RUNS.finditer(text):
        yield Run(match[0], match.lastgroup == "spaceless")


def match_of(query: str) -> str | None:
    """FTS5's way to ask for everything the query names; None where it names nothing.

    Only letters come between the quotes, so that nothing in it is an operator.
    """
    asked = list(runs(folded(query[:_MAX_QUERY]).text))
    parts = [_part(run, last=run is asked[-1]) for run in asked]
    return " AND ".join(dict.fromkeys(parts)) or None


def patterns(query: str) -> tuple[re.Pattern[str], ...]:
    """Where in a folded text the query stands: all of it as it is, else its parts, long ones first.

    A word is looked for where a word begins.
    """
    text = folded(query[:_MAX_QUERY]).text
    whole = r"\s+".join(re.escape(word) for word in text.split())
    parts = sorted({run.text for run in runs(text)}, key=len, reverse=True)
    found = [whole, *(re.escape(part) for part in parts)]
    return tuple(re.compile(_beginning(each) + each) for each in dict.fromkeys(found) if each)


def _beginning(pattern: str) -> str:
    return f"(?<!{_LETTER})" if re.match(_LETTER, pattern) else ""


def _terms(run: Run) -> Iterator[str]:
    if not run.spaceless:
        yield run.text
        return
    yield from _pairs(run.text)
    yield run.text[-1]


def _pairs(text: str) -> Iterator[str]:
    return (text[at : at + 2] for at in range(len(text) - 1))


def _part(run: Run, *, last: bool) -> str:
    if not run.spaceless:
        return f'"{run.text}"' + (" *" if last else "")
    if len(run.text) == 1:
        return f'"{run.text}" *'
    return f'"{" ".join(_pairs(run.text))}"'
