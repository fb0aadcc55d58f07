"""Runs a batch: lines side by side in the engine, what comes of them to the output."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue

from yi_local.assistant.batch.asking import Answered, ask
from yi_local.assistant.batch.intake import Intake
from yi_local.assistant.batch.ledger import Sink
from yi_local.assistant.batch.line import Line, Manner, digest_of, read_line
from yi_local.assistant.batch.order import Order
from yi_local.assistant.batch.record import answer_record, error_record, finished_from
from yi_local.assistant.batch.survey import bad_line, demand_all, demand_same
from yi_local.assistant.batch.turns import Turns
from yi_local.assistant.talk.stop_sign import StopSign
from yi_local.engine.client import Engine
from yi_local.errors import Cancelled, EngineDied, SchemaViolation, UsageError, YiLocalError
from yi_local.language import tr

MOST_DEATHS = 3  # of the engine under one line: it is tried again twice
_MOST_LOST = 5  # lines in a row under which it died so often: then it is not the lines
_LOOK_S = 0.25  # how often progress is told while nothing ends
_WINDOW = 1024  # lines between the first that is not written and the last that was read


@dataclass(frozen=True, slots=True)
class Progress:
    """Of this run and, in `n_done`, of those before it."""

    n_done: int
    n_errors: int  # of n_done
    n_answered: int  # in this run
    n_tokens: int  # in this run, about


@dataclass(frozen=True, slots=True)
class Died:
    """The engine has ended under some lines; it is loaded again."""

    error: EngineDied


Told = Progress | Died


class Runner:
    """Iterate `run` once; `cancel`, from any thread, ends it soon, and nothing half is written.

    `load` is called where nothing is loaded, at the beginning and when the engine has died. A line
    under which it dies is asked again alone, so that its neighbours do not pay for it.
    """

    def __init__(
        self,
        raws: Iterable[bytes],
        manner: Manner,
        sink: Sink,
        engine: Engine,
        load: Callable[[], None],
        *,
        parallel: int,
        ordered: bool = True,
        strict: bool = False,
    ) -> None:
        self._manner, self._sink, self._engine, self._load = manner, sink, engine, load
        self._parallel, self._strict = parallel, strict
        self._intake = Intake(raws, _WINDOW)
        self._order = Order(side_by_side=parallel > 1)
        self._turns = Turns(ordered)
        self._suspects: list[Line] = []  # asked alone
        self._deaths: dict[int, int] = {}
        self._death: EngineDied | None = None  # not told yet
        self._n_lost = 0  # lines in a row
        self._running: dict[int, Line] = {}
        self._ended: SimpleQueue[tuple[Line, Future[Answered] | None]] = SimpleQueue()
        self._stop = StopSign()
        self._tokens, self._counting = 0, threading.Lock()
        self._n_errors = sum(each.is_error for each in sink.finished.values())
        self._n_done, self._n_answered = len(sink.finished), 0
        self._last = 0  # number of the last line that was read

    def cancel(self) -> None:
        self._stop.raise_it()
        self._ended.put((Line(0, 0, ""), None))  # wakes `run`

    @property
    def is_cancelled(self) -> bool:
        return self._stop.is_up()

    def start(self) -> None:
        """Begins to read the input: while a model loads, lines gather, to be put in order."""
        self._intake.start(partial(self._ended.put, (Line(0, 0, ""), None)))

    def run(self) -> Iterator[Told]:
        """Raises Cancelled, what stops a strict batch, and what a load raises."""
        with ThreadPoolExecutor(self._parallel, "batch") as threads:
            try:
                while not self._stop.is_up():
                    self._take_in()
                    if self._is_done:
                        break
                    if self._death is not None and not self._running:
                        yield Died(self._death)
                        self._death = None
                    self._begin(threads)
                    yield self._progress()
                    self._wait()
            finally:
                self._stop.raise_it()
        if not self._is_done:
            raise Cancelled(tr("Stopped."))
        demand_all(self._sink.finished, self._last)
        yield self._progress()

    @property
    def _is_done(self) -> bool:
        left = len(self._running) + len(self._suspects) + len(self._order)
        return not left and self._intake.at_end

    # -- lines come in

    def _take_in(self) -> None:
        for number, raw in self._intake.take():
            self._last = number
            digest = digest_of(raw, self._manner)
            if (known := self._sink.finished.get(number)) is not None:
                demand_same(known, digest)
                self._intake.let_go()
                continue
            self._turns.begin(number)
            held = self._sink.held.get(number, b"")
            before = finished_from(held)
            if before is not None and before.digest == digest:
                self._out(number, held, before.is_error, is_kept=True)
                continue
            line = read_line(raw, number, self._manner)
            if line.error is None:
                self._order.add(line)
            else:
                self._fail(line, line.error)

    # -- lines are asked

    def _begin(self, threads: ThreadPoolExecutor) -> None:
        """As many as may run now; where nothing is loaded, and something is to do, after that."""
        if self._engine.model is None and not self._running:
            if not self._suspects and not len(self._order):
                return
            self._load()
        if self._suspects:
            if not self._running:
                self._ask(self._suspects.pop(0), threads)
            return
        while len(self._running) < self._parallel and self._engine.model is not None:
            line = self._order.take()
            if line is None:
                return
            self._ask(line, threads)

    def _ask(self, line: Line, threads: ThreadPoolExecutor) -> None:
        self._running[line.number] = line
        future = threads.submit(ask, self._engine, line, self._stop, self._count)
        future.add_done_callback(lambda done: self._ended.put((line, done)))

    def _count(self) -> None:
        with self._counting:
            self._tokens += 1

    # -- lines come to their end

    def _wait(self) -> None:
        """For something to happen, then for all that has happened."""
        try:
            self._heed(*self._ended.get(timeout=_LOOK_S))
            while True:
                self._heed(*self._ended.get_nowait())
        except Empty:
            return

    def _heed(self, line: Line, ended: Future[Answered] | None) -> None:
        if ended is None or self._stop.is_up():
            return
        del self._running[line.number]
        try:
            answered = ended.result()
        except EngineDied as error:
            self._suspect(line, error)
        except YiLocalError as error:
            self._fail(line, error)
        else:
            self._keep(line, answered)

    def _suspect(self, line: Line, error: EngineDied) -> None:
        self._death = error
        self._deaths[line.number] = self._deaths.get(line.number, 0) + 1
        if self._deaths[line.number] < MOST_DEATHS:
            self._suspects.append(line)
            return
        self._n_lost += 1
        if self._n_lost == _MOST_LOST:
            raise error
        self._fail(line, error)

    def _keep(self, line: Line, answered: Answered) -> None:
        self._n_answered += 1
        self._n_lost = 0
        wanted = line.sampling.json_schema
        if wanted is not None:
            from yi_local.assistant.talk import schema  # jsonschema takes a while to import

            reason = schema.violation(answered.text, wanted)
            if reason is not None:
                told = tr("The answer does not satisfy the schema: {reason}.", reason=reason)
                self._fail(line, SchemaViolation(told), answered)
                return
        record = answer_record(line, answered.text, answered.done)
        self._out(line.number, record, is_error=False)

    def _fail(self, line: Line, error: YiLocalError, answered: Answered | None = None) -> None:
        if self._strict:
            if isinstance(error, UsageError):
                raise bad_line(line.number, error)
            message = tr("Line {number}: {reason}", number=line.number, reason=error.message)
            raise type(error)(message, error.hint)
        if answered is None:
            record = error_record(line, error)
        else:
            record = error_record(line, error, answered.text, answered.done)
        self._out(line.number, record, is_error=True)

    def _out(self, number: int, record: bytes, is_error: bool, is_kept: bool = False) -> None:
        """To the output if it is its turn, else to what waits."""
        self._n_done += 1
        self._n_errors += is_error
        if not self._turns.finish(number, record) and not is_kept:
            self._sink.hold(record)
        for ready in self._turns.ready():
            self._sink.write(ready)
            self._intake.let_go()
        if not self._turns.n_waiting:
            self._sink.nothing_waits()

    def _progress(self) -> Progress:
        return Progress(self._n_done, self._n_errors, self._n_answered, self._tokens)
