"""What the screens work with: built by the command line, passed down, closed at the end.

What the chat does not need before it is seen is imported when it is asked for.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from yi_local.assistant.loading.open_model import Models
from yi_local.catalogue.model import Catalogue
from yi_local.settings import Settings, write_settings
from yi_local.store.conversations import Store

if TYPE_CHECKING:
    from yi_local.assistant.downloads.queue import DownloadQueue
    from yi_local.assistant.models.sources import Sources
    from yi_local.assistant.planning.advisor import Advisor


@dataclass(slots=True)
class Services:
    """`settings` is replaced as a whole when they change; nobody else holds them."""

    store: Store
    models: Models
    catalogue: Catalogue
    settings: Settings
    engine_command: Sequence[str] | None = None
    offline: bool = False  # by the command line or the environment, beside the settings
    named_servers: tuple[str, ...] = ()  # on the command line, beside the settings
    _downloads: "DownloadQueue | None" = field(default=None, init=False)
    _making: Lock = field(default_factory=Lock, init=False, repr=False)

    @property
    def downloads(self) -> "DownloadQueue":
        """One for all; nothing is read at first, and nothing goes on by itself."""
        from yi_local.assistant.downloads.queue import DownloadQueue

        with self._making:
            if self._downloads is None:
                self._downloads = DownloadQueue(self.store, self.sources)
            return self._downloads

    @property
    def is_offline(self) -> bool:
        return self.offline or self.settings.offline

    @property
    def servers(self) -> tuple[str, ...]:
        """Addresses of other servers whose models may be talked with."""
        return tuple(dict.fromkeys((*self.named_servers, *self.settings.servers)))

    def change(self, **fields: Any) -> None:
        """Writes the settings first. Raises UsageError or YiLocalError, and nothing has changed."""
        settings = replace(self.settings, **fields)
        write_settings(settings)
        self.settings = settings

    def advisor(self) -> "AbstractContextManager[Advisor]":
        """Blocks for a second or so the first time: from a thread."""
        from yi_local.assistant.planning.opening import open_advisor

        return open_advisor(engine_command=self.engine_command)

    def sources(self) -> "Sources":
        """To be closed by the caller."""
        from yi_local.assistant.models.sources import Sources

        return Sources(offline=self.is_offline)

    def close(self) -> None:
        if self._downloads is not None:
            self._downloads.close()
        self.models.close()
        self.store.close()
