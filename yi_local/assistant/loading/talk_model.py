"""A model that can be talked with, wherever it runs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from yi_local.assistant.loading.loader import NextPlan
from yi_local.catalogue.model import Model
from yi_local.engine.asking import Asking
from yi_local.types import LoadProgress, ModelInfo, Usage


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an answer comes from, for its receipt; unknown is None.

    Size, time and sha256 are of the model's file, of its first shard where there are several.
    """

    filename: str | None = None
    size_bytes: int | None = None
    mtime_ns: int | None = None
    sha256: str | None = None
    repo_id: str | None = None
    revision: str | None = None
    quant: str | None = None
    template_sha256: str | None = None
    llama_cpp: str | None = None  # version of llama-cpp-python
    load: Mapping[str, Any] = field(default_factory=dict)
    server: str | None = None  # the address of another program that has answered


class TalkModel(Protocol):
    """What a conversation needs of a model; `engine` may serve several conversations."""

    @property
    def name(self) -> str:
        """As it was asked for: "demo", "yi-1.5-6b-chat", a path."""

    @property
    def title(self) -> str:
        """For people."""

    @property
    def known(self) -> Model | None:
        """The catalogue's knowledge of it."""

    @property
    def engine(self) -> Asking: ...

    @property
    def info(self) -> ModelInfo | None:
        """Its engine's word; None: not loaded, or in a program that tells nothing."""

    @property
    def n_ctx(self) -> int | None:
        """As loaded, else as planned, in tokens; None where nobody tells."""

    @property
    def where(self) -> str | None:
        """The host of the program that it runs in; None: it runs here."""

    @property
    def is_private(self) -> bool:
        """Whether what is written to it stays on this computer."""

    @property
    def loaded(self) -> bool: ...

    def load(self, cancelled: Callable[[], bool]) -> Iterator[LoadProgress | NextPlan]:
        """Nothing to do where it is there already. Raises Cancelled once `cancelled` says so."""

    def in_use(self) -> AbstractContextManager[None]:
        """While this lasts, it is not unloaded for another model's sake."""

    def learn(self, usage: Usage) -> None:
        """Takes the speed of an answer into account for the next plans."""

    def origin(self) -> Origin:
        """Of the answer that it has just given."""
