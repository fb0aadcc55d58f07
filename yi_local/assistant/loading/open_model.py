"""Models that are open in this program: planned for, loaded when they are needed.

What finds and plans a model is imported when one is asked for: the app is seen before.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from yi_local import paths
from yi_local.assistant.loading.loader import Loader, NextPlan
from yi_local.assistant.loading.talk_model import Origin, TalkModel
from yi_local.assistant.loading.use import Use
from yi_local.assistant.models.recognition import Recognised, recognise
from yi_local.catalogue.model import Model
from yi_local.catalogue.read import read_catalogue
from yi_local.engine.client import Engine
from yi_local.engine.elsewhere.access import Access
from yi_local.engine.elsewhere.address import is_elsewhere
from yi_local.errors import Cancelled, ModelNotFound, NotEnoughMemory
from yi_local.hardware.snapshot import Hardware
from yi_local.language import tr
from yi_local.planner.plan import Plan, Wish
from yi_local.types import LoadProgress, ModelInfo, Usage

if TYPE_CHECKING:
    from yi_local.assistant.loading.elsewhere import OpenElsewhere
    from yi_local.assistant.planning.planned import Planned

FALLBACK_CTX = 8192  # tokens; the engine's own choice where a plan leaves it open
_POLL_S = 0.1  # how soon a load that waits for another one notices that it is not wanted
# Reasons of a plan that more memory would have spared.
_CRAMPED = frozenset({"n-ubatch", "kv-type", "n-ctx", "layers"})


@dataclass(frozen=True, slots=True, eq=False)
class OpenModel:
    """A model that is planned for and can be loaded; `engine` may serve several conversations."""

    name: str  # as it was asked for: "demo", "yi-1.5-6b-chat", a path
    path: Path
    recognised: Recognised
    loader: Loader
    hardware: Hardware
    prepare: Callable[["OpenModel"], None] | None = None  # before a load: makes room for it
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)  # of all that load
    use: Use = field(default_factory=Use, repr=False)
    on_load: Callable[[], None] | None = None  # in the thread that has loaded it

    @property
    def engine(self) -> Engine:
        return self.loader.engine

    @property
    def known(self) -> Model | None:
        return self.recognised.model

    @property
    def title(self) -> str:
        """The catalogue's name, else the file's."""
        return self.known.name if self.known is not None else self.path.stem

    @property
    def plan(self) -> Plan:
        return self.loader.plan

    @property
    def info(self) -> ModelInfo | None:
        return self.engine.model

    @property
    def n_ctx(self) -> int:
        return self.info.n_ctx if self.info is not None else self.plan.options.n_ctx or FALLBACK_CTX

    @property
    def where(self) -> None:
        """In a process of this program."""

    @property
    def is_private(self) -> bool:
        return True

    @property
    def loaded(self) -> bool:
        return self.info is not None

    def load(self, cancelled: Callable[[], bool]) -> Iterator[LoadProgress | NextPlan]:
        """Nothing to do where it is there already. Raises Cancelled once `cancelled` says so."""
        with _held(self.use.loading, cancelled):
            if self.loaded:
                return
            with _held(self.turn, cancelled):
                if self.prepare is not None:
                    self.prepare(self)
                for progress in self.loader.load():
                    _heed(cancelled)
                    yield progress
            self.use.loaded_s = time.time()
            if self.on_load is not None:
                self.on_load()

    def learn(self, usage: Usage) -> None:
        self.loader.learn(usage)

    def origin(self) -> Origin:
        from yi_local.assistant.loading.origin import origin_of  # not for a first paint

        return origin_of(self.path, self.plan, self.info)

    def in_use(self) -> AbstractContextManager[None]:
        """While this lasts, it is not unloaded for another model's sake."""
        return self.use.answering()

    def unload(self) -> bool:
        """Ends its engine, unless somebody needs it now; returns whether."""
        if not self.use.loading.acquire(blocking=False):
            return False
        try:
            if self.use.is_answering or not self.loaded:
                return False
            self.engine.close()
            return True
        finally:
            self.use.loading.release()


class Models:
    """The models that are open in this program, thread-safe.

    Where memory lacks for one that is to be loaded, the least recently used one that is giving no
    answer is unloaded; it stays open, and is loaded again when it is needed.
    """

    def __init__(
        self,
        *,
        engine_command: Sequence[str] | None = None,
        on_load: Callable[[], None] | None = None,
        access: Access | None = None,
    ) -> None:
        self._engine_command = engine_command
        self._on_load = on_load
        self.access = access or Access()  # to other servers
        self._elsewhere: OpenElsewhere | None = None
        self._planning = threading.RLock()  # one opening at a time: none is opened twice
        self._turn = threading.Lock()  # one load at a time, each seeing what the last one took
        self._opened: Mapping[tuple[str, Wish], OpenModel] = {}  # never changed, only replaced

    def open(self, name: str, wish: Wish | None = None, *, force: bool = False) -> TalkModel:
        """A model wherever it is, by its name, or "MODEL@URL". Raises what `open_here` does."""
        if is_elsewhere(name):
            from yi_local.assistant.loading.elsewhere import OpenElsewhere  # brings HTTP

            with self._planning:
                self._elsewhere = self._elsewhere or OpenElsewhere(self.access)
            return self._elsewhere.open(name)
        return self.open_here(name, wish, force=force)

    def open_here(self, name: str, wish: Wish | None = None, *, force: bool = False) -> OpenModel:
        """A model that is on this machine, by name or path; takes seconds, and loads nothing yet.

        Raises ModelNotFound, CannotLoad, or NotEnoughMemory where it does not fit and `force` is
        not given.
        """
        wish = wish or Wish()
        known = self._opened.get((name, wish))
        if known is not None:
            return known
        with self._planning:
            return self.open_file(self._find(name, wish), name, wish, force=force)

    def open_file(
        self, path: Path, name: str, wish: Wish | None = None, *, force: bool = False
    ) -> OpenModel:
        """`open` for a file that was found already."""
        wish = wish or Wish()
        with self._planning:
            known = self._opened.get((name, wish))
            if known is not None:
                return known
            from yi_local.assistant.planning.opening import experience_file

            recognised = recognise(path, read_catalogue())
            planned = self._planned(path, recognised, wish, force)
            engine = Engine(log_dir=paths.log_dir(), command=self._engine_command)
            loader = Loader(engine, planned.plans, planned.hardware, experience_file())

            def prepare(model: OpenModel) -> None:
                self._prepare(model, wish, force)

            opened = OpenModel(
                name,
                path,
                recognised,
                loader,
                planned.hardware,
                prepare,
                self._turn,
                on_load=self._on_load,
            )
            self._opened = {**self._opened, (name, wish): opened}
            return opened

    def opened(self) -> tuple[OpenModel, ...]:
        """Those here, the least recently used first."""
        return tuple(sorted(self._opened.values(), key=lambda model: model.use.last_s))

    def close_model(self, model: OpenModel) -> None:
        """Ends its engine; an answer it is giving ends with EngineDied."""
        self._opened = {key: each for key, each in self._opened.items() if each is not model}
        model.engine.close()

    def close(self) -> None:
        for model in self.opened():
            self.close_model(model)
        if self._elsewhere is not None:
            self._elsewhere.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    # -- inside

    def _find(self, name: str, wish: Wish) -> Path:
        from yi_local.assistant.models.library import open_library
        from yi_local.assistant.models.obtaining import best_of, is_path, look_up
        from yi_local.assistant.models.reference import find_model
        from yi_local.assistant.planning.opening import open_advisor

        if is_path(name):
            return find_model(name)
        found = look_up(name, open_library(), read_catalogue())
        if isinstance(found, Path):
            return found
        if not isinstance(found, tuple):
            raise ModelNotFound(
                tr("{name} is not on this machine.", name=name),
                tr("Fetch it first: yi pull {name}", name=name),
            )
        if len(found) == 1:
            return found[0]
        with open_advisor(engine_command=self._engine_command) as advisor:
            return best_of(found, advisor, wish)

    def _prepare(self, model: OpenModel, wish: Wish, force: bool) -> None:
        """Plans again where others have taken memory since."""
        with self._planning:
            if any(each.loaded for each in self._opened.values()):
                planned = self._planned(model.path, model.recognised, wish, force)
                model.loader.replan(planned.plans, planned.hardware)

    def _planned(self, path: Path, known: Recognised, wish: Wish, force: bool) -> "Planned":
        """Others are unloaded as long as the plan would be better for it."""
        from yi_local.assistant.planning.planned import plan_file

        while True:
            try:
                planned = plan_file(
                    path, known, wish, force=force, engine_command=self._engine_command
                )
            except NotEnoughMemory:
                if not self._unload_one():
                    raise
                continue
            is_cramped = any(reason.code in _CRAMPED for reason in planned.plans[0].reasons)
            if not is_cramped or not self._unload_one():
                return planned

    def _unload_one(self) -> bool:
        return any(model.unload() for model in self.opened())


@contextmanager
def _held(lock: threading.Lock, cancelled: Callable[[], bool]) -> Iterator[None]:
    while not lock.acquire(timeout=_POLL_S):
        _heed(cancelled)
    try:
        _heed(cancelled)
        yield
    finally:
        lock.release()


def _heed(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled(tr("Loading was stopped."))
