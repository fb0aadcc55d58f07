"""What llama.cpp's line about its build says of each backend."""

import re
from collections.abc import Iterable, Mapping

_FEATURE = re.compile(r"(?:(?P<backend>\w+) : )?(?P<name>\w+)(?: = (?P<value>.+))?", re.ASCII)


def by_backend(features: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """ "CPU : SSE3 = 1", "AVX = 1" are {"CPU": ("SSE3", "AVX")}; a value beyond 1 is shown."""
    found: dict[str, list[str]] = {}
    backend = ""
    for feature in features:
        parts = _FEATURE.fullmatch(feature)
        if parts is None:
            continue
        backend = parts["backend"] or backend
        value = parts["value"] or "1"
        if value != "0":
            shown = parts["name"] if value == "1" else f"{parts['name']}={value}"
            found.setdefault(backend, []).append(shown)
    return {name: tuple(words) for name, words in found.items()}
