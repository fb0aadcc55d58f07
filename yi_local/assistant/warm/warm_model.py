"""A model that another program of this person has loaded, to be talked with."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

from yi_local.assistant.loading.loader import NextPlan
from yi_local.assistant.loading.talk_model import Origin
from yi_local.assistant.models.recognition import recognise
from yi_local.assistant.warm.attach import Warm
from yi_local.assistant.warm.calling import Call, NotThere, Refused
from yi_local.assistant.warm.warm_engine import WarmEngine
from yi_local.catalogue.model import Model
from yi_local.catalogue.read import read_catalogue
from yi_local.types import LoadProgress, ModelInfo, Usage


@dataclass
class WarmModel:
    """It is loaded already, and whoever holds it learns from its answers."""

    name: str  # as it was asked for
    warm: Warm
    loaded = True
    where = None  # on this machine
    is_private = True

    @property
    def title(self) -> str:
        return self.warm.title

    @cached_property
    def known(self) -> Model | None:
        return recognise(Path(self.warm.path), read_catalogue()).model

    @cached_property
    def engine(self) -> WarmEngine:
        return self.warm.engine()

    @property
    def info(self) -> ModelInfo:
        return self.warm.info

    @property
    def n_ctx(self) -> int:
        return self.warm.info.n_ctx

    def load(self, cancelled: Callable[[], bool]) -> Iterator[LoadProgress | NextPlan]:
        """Nothing to do."""
        return iter(())

    def in_use(self) -> AbstractContextManager[None]:
        """Each answer says so itself."""
        return nullcontext()

    def learn(self, usage: Usage) -> None:
        """Done where it runs."""

    def origin(self) -> Origin:
        """Nothing where the program has gone meanwhile."""
        try:
            with Call(self.warm.program) as call:
                told = call.post("origin", {"model": self.warm.model})
        except (NotThere, Refused):
            return Origin()
        names = {field.name for field in fields(Origin)}
        return Origin(**{name: value for name, value in told.items() if name in names})
