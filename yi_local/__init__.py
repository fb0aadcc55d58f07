"""A local assistant for Yi models and any other GGUF.

`yi_local.open` is its Python API; see yi_local.api.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["Chat", "__version__", "open"]

if TYPE_CHECKING:
    from yi_local.api import Chat, open
else:

    def __getattr__(name: str) -> object:
        """What is heavy comes when it is asked for."""
        if name in ("Chat", "open"):
            from yi_local import api

            return getattr(api, name)
        raise AttributeError(f"module 'yi_local' has no attribute {name!r}")
