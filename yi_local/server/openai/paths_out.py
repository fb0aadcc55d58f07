"""Takes the places of this machine out of texts that leave it."""

import re
from collections.abc import Sequence

PLACE = "[path]"  # stands for one, in every language
_WORD = r"[^\s/\\\"'`<>|*?:\u2018-\u201f\u3001\u3002\uff0c\uff1b\uff1a]+"
# A folder may have spaces in its name; a sentence's mark before the space tells that it ends.
_SEGMENT = rf"{_WORD}(?:(?<![.,;!)])[ ]{_WORD}){{0,5}}"
_ALONG = rf"(?:{_SEGMENT}[/\\]+)*(?:{_WORD})?"
_ANY = re.compile(
    rf"""
    (?P<address> \b(?!file:)[a-z][a-z0-9+.-]+://[^\s\"'<>]+ )       # of a web page: stays
    | (?P<route> (?<![A-Za-z0-9_.~/\\-])/v1(?:/[a-z_]+)*               # ours: stays
        (?! [A-Za-z0-9_/\\-] | \.[A-Za-z0-9.] ) )
    | (?P<place>
        file:/+ {_ALONG}
      | (?<![A-Za-z0-9]) [A-Za-z]:[/\\]+ {_ALONG}
      | \\\\[^\s\\/]+ [/\\]+ {_ALONG}
      | (?<![A-Za-z0-9_.~/\\-]) ~[A-Za-z0-9_.-]*[/\\]+ {_ALONG}
      | (?<![A-Za-z0-9_.~/\\-]) /+ (?=[^\s/]) {_ALONG}
      )
    """.replace("{_ALONG}", _ALONG),
    re.VERBOSE,
)
_MODEL_FILE = re.compile(r"(?:^|[/\\])([^/\\]+\.gguf)$", re.IGNORECASE)
_END = ".,;:!)]}…"  # a sentence's, not a path's


def without_paths(text: str, roots: Sequence[str] = ()) -> str:
    """Absolute paths become `[path]`; a model file keeps its name, which is no secret.

    `roots`: folders that are known to be there, whatever signs their names have in them.
    """
    for root in sorted(roots, key=len, reverse=True):
        if len(root) > 1:
            text = re.sub(rf"{re.escape(root)}(?:[/\\]+{_ALONG})?", _replaced, text)
    return _ANY.sub(lambda match: _replaced(match) if match["place"] else match[0], text)


def _replaced(match: re.Match[str]) -> str:
    path = match[0].rstrip(_END)
    end = match[0][len(path) :]
    file = _MODEL_FILE.search(path)
    return (file[1] if file else PLACE) + end
