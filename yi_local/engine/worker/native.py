"""Functions of llama.cpp and ggml that llama-cpp-python does not bind."""

import ctypes as C
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

Function = Callable[..., Any]


class Native:
    """Looks symbols up in the libraries that llama-cpp-python has loaded."""

    def __init__(self, ll: Any) -> None:
        self._libraries = [ll._lib, *_beside(ll._lib)]

    def function(self, name: str, arguments: Sequence[Any], result: Any) -> Function | None:
        """None where no library has it: builds differ."""
        for library in self._libraries:
            try:
                found = library[name]  # a new object each time: nobody else's types are changed
            except AttributeError:
                continue
            found.argtypes, found.restype = list(arguments), result
            return found  # type: ignore[no-any-return]
        return None

    def require(self, name: str, arguments: Sequence[Any], result: Any) -> Function:
        """For what belongs to ggml's public interface. Raises AttributeError without it."""
        found = self.function(name, arguments, result)
        if found is None:
            raise AttributeError(name)
        return found


def _beside(library: Any) -> Iterator[Any]:
    """Elsewhere a library's symbols include those of the libraries it needs; not on Windows."""
    pattern = "ggml*.dll" if sys.platform == "win32" else ""
    for path in sorted(Path(library._name).parent.glob(pattern)) if pattern else ():
        yield C.CDLL(str(path))
