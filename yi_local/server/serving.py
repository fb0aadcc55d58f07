"""What the routes work with: built by the command line, passed down, closed at the end."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from yi_local.assistant.loading.open_model import Models, OpenModel
from yi_local.assistant.talk.stop_sign import StopSign
from yi_local.assistant.tools.format import ToolFormat
from yi_local.assistant.tools.of_model import format_of
from yi_local.planner.plan import Wish
from yi_local.server.guard import Door
from yi_local.server.metrics import Metrics
from yi_local.server.names import Names, Served
from yi_local.server.queue import Slots
from yi_local.server.warm.private import Private
from yi_local.settings import Settings
from yi_local.store.conversations import Store

T = TypeVar("T")

_ASKING_THREADS = 8  # for what is short: names, the disk; planning a model takes seconds
_STOPPING_THREADS = 2
_TICK_S = 1.0  # how often idle models are looked for, at most


@dataclass(frozen=True, slots=True)
class Limits:
    parallel: int = 4  # generations at once
    waiting: int = 64  # requests in line before further ones are refused
    idle_s: float | None = None  # without a request for so long, a model is unloaded
    memory_wait_s: float = 60.0  # for room that answers of other models take
    first_s: float = 5.0  # a stream begins after this, though its first token is not there yet
    keep_alive_s: float = 10.0  # between signs of life in a stream


@dataclass(slots=True, eq=False)
class Serving:
    """Of one event loop; `models`, `names` and `store` are for its threads."""

    models: Models
    names: Names
    store: Store
    door: Door = field(default_factory=Door)
    limits: Limits = field(default_factory=Limits)
    wish: Wish = field(default_factory=Wish)
    force: bool = False
    settings: Settings = field(default_factory=Settings)
    keeps_history: bool = False  # the store outlives the program
    private: Private | None = None  # for this person's other programs
    metrics: Metrics = field(default_factory=Metrics)
    running: set[StopSign] = field(default_factory=set)
    slots: Slots = field(init=False)
    threads: ThreadPoolExecutor = field(init=False)  # of generations, a place each
    _asking: ThreadPoolExecutor = field(init=False)
    _stopping: ThreadPoolExecutor = field(init=False)
    _opened: dict[tuple[Served, bool], OpenModel] = field(default_factory=dict)
    _formats: dict[Path, ToolFormat] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slots = Slots(self.limits.parallel, self.limits.waiting)
        self.threads = ThreadPoolExecutor(self.limits.parallel, "yi-generation")
        self._asking = ThreadPoolExecutor(_ASKING_THREADS, "yi-asking")
        self._stopping = ThreadPoolExecutor(_STOPPING_THREADS, "yi-stopping")

    async def in_thread(self, work: Callable[[], T]) -> T:
        """For what is short and blocks; what generates has threads of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._asking, work)

    async def open_model(self, name: str | None, *, embedding: bool = False) -> OpenModel:
        """Planned for, not yet loaded. Raises ModelNotFound, CannotLoad.

        One that is open waits for nobody, though another one is being planned for at the moment.
        """
        served = await self.in_thread(lambda: self.names.find(name))
        key = (served, embedding)
        known = self._opened.get(key)
        if known is None or known not in self.models.opened():
            wish = replace(self.wish, embedding=True) if embedding else self.wish
            known = await self.in_thread(
                lambda: self.models.open_file(served.path, served.name, wish, force=self.force)
            )
            self._opened[key] = known
        return known

    async def format_of(self, model: OpenModel) -> ToolFormat:
        """How this model writes calls of tools."""
        known = self._formats.get(model.path)
        if known is None:
            known = await self.in_thread(lambda: format_of(model.path))
            self._formats[model.path] = known
        return known

    def stop(self, signs: Iterable[StopSign]) -> None:
        """At once and without waiting: an engine that is deaf must not hold the event loop."""
        with suppress(RuntimeError):  # the threads have ended, and the engines with them
            for sign in tuple(signs):
                self._stopping.submit(sign.raise_it)

    def stop_all(self) -> None:
        """Answers that are being given end; who waits is sent away."""
        self.slots.close()
        self.stop(self.running)

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """From the first request to the last."""
        watching = asyncio.ensure_future(self._unload_idle())
        try:
            yield
        finally:
            watching.cancel()
            self.stop_all()
            for threads in (self._stopping, self._asking, self.threads):
                threads.shutdown(wait=False)

    def gauges(self) -> dict[str, tuple[str, float]]:
        opened = self.models.opened()
        return {
            "yi_generations_running": ("Generations that run now.", self.slots.n_taken),
            "yi_requests_waiting": ("Requests in line.", self.slots.n_waiting),
            "yi_models_loaded": ("Models in memory.", sum(each.loaded for each in opened)),
        }

    async def _unload_idle(self) -> None:
        idle_s = self.limits.idle_s
        while idle_s is not None:
            await asyncio.sleep(min(idle_s / 4, _TICK_S))
            for model in self.models.opened():
                if model.loaded and time.monotonic() - model.use.last_s > idle_s:
                    await self.in_thread(model.unload)
