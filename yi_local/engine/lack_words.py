"""The words by which the engine tells that its llama-cpp-python lacks what yi_local needs."""

import re
from collections.abc import Iterable

from yi_local.language import mark, tr

_LACKS = mark("llama-cpp-python {version} lacks what yi_local needs: {names}")


def lack_of(version: str, names: Iterable[str]) -> str:
    return tr(_LACKS, version=version, names=", ".join(names))


def tells_of_lack(text: str) -> bool:
    """Whether a text is such a sentence, or holds one, in the language that is spoken."""
    parts = re.split(r"\{\w+\}", tr(_LACKS))
    return re.search(".*".join(map(re.escape, parts)), text) is not None
