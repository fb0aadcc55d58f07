"""Models that run on other servers, talked with as those that run here."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from yi_local.assistant.loading.loader import NextPlan
from yi_local.assistant.loading.talk_model import Origin
from yi_local.catalogue.model import Catalogue, Model
from yi_local.catalogue.read import read_catalogue
from yi_local.engine.elsewhere.access import Access
from yi_local.engine.elsewhere.address import Address, split_name
from yi_local.engine.elsewhere.server import Server
from yi_local.errors import Cancelled
from yi_local.language import tr
from yi_local.types import LoadProgress, Usage


@dataclass(frozen=True, slots=True, eq=False)
class ModelElsewhere:
    """`engine` asks its server; loading looks whether that is there and has the model."""

    name: str  # "MODEL@URL"
    title: str
    known: Model | None
    engine: Server

    @property
    def info(self) -> None:
        """No engine of ours."""

    @property
    def address(self) -> Address:
        return self.engine.address

    @property
    def n_ctx(self) -> int | None:
        return self.engine.n_ctx

    @property
    def where(self) -> str:
        return self.address.host

    @property
    def is_private(self) -> bool:
        return self.address.is_here

    @property
    def loaded(self) -> bool:
        return self.engine.ready

    def load(self, cancelled: Callable[[], bool]) -> Iterator[LoadProgress | NextPlan]:
        """Raises YiLocalError, in words, where the server is not there or has no such model."""
        if cancelled():
            raise Cancelled(tr("Loading was stopped."))
        if not self.loaded:
            self.engine.find()
        yield from ()

    def in_use(self) -> AbstractContextManager[None]:
        return nullcontext()

    def learn(self, usage: Usage) -> None:
        """Plans are for this machine only; but the context may be known now."""
        self.engine.find_context()

    def origin(self) -> Origin:
        load: dict[str, int] = {} if self.n_ctx is None else {"n_ctx": self.n_ctx}
        return Origin(load=load, server=self.address.base)


class OpenElsewhere:
    """Those that are open in this program, each once, thread-safe."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._opened: Mapping[str, ModelElsewhere] = {}

    def open(self, name: str) -> ModelElsewhere:
        """By "MODEL@URL"; asks nobody yet. Raises UsageError for what is no such name."""
        with self._lock:
            known = self._opened.get(name)
            if known is not None:
                return known
            model, address = split_name(name)
            self._access.demand(address)
            server = Server(model, address, self._access)
            opened = ModelElsewhere(name, model, _known(model, read_catalogue()), server)
            self._opened = {**self._opened, name: opened}
            return opened

    def close(self) -> None:
        for model in self._opened.values():
            model.engine.close()


def _known(name: str, catalogue: Catalogue) -> Model | None:
    """By its whole name alone: what a server calls its models is its own business."""
    return catalogue.by_id(name.casefold()) or catalogue.by_repo(name)
