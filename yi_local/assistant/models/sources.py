"""Where models come from over the network, opened when first needed."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from yi_local import paths
from yi_local.hub.cache_folder import hugging_face_cache
from yi_local.hub.remote.huggingface import HuggingFace
from yi_local.hub.remote.kept_headers import KeptHeaders
from yi_local.hub.remote.kept_listings import KeptListings
from yi_local.hub.remote.modelscope import ModelScope
from yi_local.hub.remote.web import Web
from yi_local.hub.repo import Source
from yi_local.hub.stores.folders import own_modelscope_folder

RemoteHub = HuggingFace | ModelScope


class Sources:
    """Offline, what was asked before is answered from memory, and nothing leaves."""

    def __init__(self, *, offline: bool, environ: Mapping[str, str] = os.environ) -> None:
        self.web = Web(offline=offline, environ=environ)
        self.headers = KeptHeaders(paths.cache_dir())
        self._listings = KeptListings(paths.cache_dir())
        self._environ = environ

    @property
    def offline(self) -> bool:
        return self.web.offline

    def hub(self, source: Source) -> RemoteHub:
        if source == "huggingface":
            return HuggingFace.from_environment(self.web, self._listings, self._environ)
        return ModelScope.from_environment(self.web, self._listings, self._environ)

    def cache(self, source: Source) -> Path:
        """Where its files are put, so that other programs find them."""
        if source == "huggingface":
            return hugging_face_cache(self._environ)
        return own_modelscope_folder()

    def close(self) -> None:
        self.web.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()
