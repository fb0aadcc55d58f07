"""Clients that leave: at any moment, in any number, and nothing of theirs goes on."""

import random
import threading
import time
from collections.abc import Iterator
from queue import Queue
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from tests.tiny_gguf import small_vocabulary, write_tiny
from yi_local.engine.client import Engine, Generation
from yi_local.engine.protocol import sampling_line
from yi_local.engine.worker import worker as worker_module
from yi_local.engine.worker.context import Decoded
from yi_local.engine.worker.worker import Worker
from yi_local.types import Done, Json, LoadOptions, SamplingOptions, TextDelta

TOKENS = small_vocabulary().tokens
NEVER_ENDING = {TOKENS.index(text): -1000.0 for text in ("</s>", "<|im_end|>")}
FOR_LONG = SamplingOptions(logit_bias=NEVER_ENDING)
STORY = "a the user system the a user "


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """With room for answers of a minute."""
    folder = tmp_path_factory.mktemp("tiny")
    model = write_tiny(folder / "tiny.gguf", n_ctx_train=1 << 17)
    with Engine(log_dir=folder / "logs") as engine:
        for _ in engine.load(LoadOptions(str(model), n_ctx=1 << 17, n_threads=1)):
            pass
        yield engine


def answer(generation: Generation) -> tuple[str, Done]:
    *events, last = generation
    assert isinstance(last, Done)
    return "".join(event.text for event in events if isinstance(event, TextDelta)), last


def idle(engine: Engine) -> bool:
    """Whether the child computes nothing, within some seconds."""
    child = psutil.Process(engine.process_id)
    for _ in range(100):
        before = sum(child.cpu_times()[:2])
        time.sleep(0.1)
        if sum(child.cpu_times()[:2]) - before < 0.02:
            return True
    return False


def test_an_abandoned_answer_is_computed_no_further(engine: Engine) -> None:
    generation = engine.complete(STORY, FOR_LONG)
    next(event for event in generation if isinstance(event, TextDelta))
    assert not idle_now(engine)
    generation.close()
    assert idle(engine)
    assert list(generation) == []


def idle_now(engine: Engine) -> bool:
    child = psutil.Process(engine.process_id)
    before = sum(child.cpu_times()[:2])
    time.sleep(0.3)
    return sum(child.cpu_times()[:2]) == before


def test_an_answer_abandoned_before_it_began_never_begins(engine: Engine) -> None:
    for _ in range(50):
        engine.complete(STORY, FOR_LONG).close()
    assert idle(engine)


def test_many_clients_that_leave_at_random_leave_nothing_behind(engine: Engine) -> None:
    troubles: list[BaseException] = []
    whole: list[str] = []

    def client(number: int) -> None:
        rng = random.Random(number)
        for _ in range(12):
            prompt = STORY * rng.randint(1, 12) + str(rng.randint(0, 9))
            match rng.randrange(4):
                case 0:  # leaves at once, or after some events
                    generation = engine.complete(prompt, FOR_LONG)
                    for _ in range(rng.randrange(6)):
                        next(generation)
                    generation.close()
                case 1:  # stops it, and waits for the end
                    generation = engine.complete(prompt, FOR_LONG)
                    for _ in range(rng.randrange(6)):
                        next(generation)
                    generation.cancel()
                    if answer(generation)[1].finish_reason != "cancelled":
                        troubles.append(AssertionError("it did not stop"))
                case 2:
                    list(engine.complete(prompt, SamplingOptions(max_tokens=rng.randint(1, 9))))
                case 3:
                    options = SamplingOptions(temperature=0, max_tokens=8)
                    whole.append(answer(engine.complete(STORY, options))[0])

    def guarded(number: int) -> None:
        try:
            client(number)
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert troubles == []
    assert all(whole)
    assert idle(engine)
    assert answer(engine.complete(STORY, SamplingOptions(temperature=0, max_tokens=8)))[0]


# -- a cancel that overtakes what it cancels


class StandIn:
    """A model and a context in one, of which every token is 7."""

    n_ctx, n_batch, can_cut = 64, 16, True

    def __init__(self) -> None:
        self.abort = SimpleNamespace(set=lambda: None, clear=lambda: None)

    def apply(self, operations: Any) -> list[int]:
        return []

    def decode(self, step: Any) -> Any:
        return Decoded.OK, {piece.job_id: 0 for piece in step.pieces if piece.wants_logits}

    def piece(self, token: int) -> bytes:
        return b"x"


def test_a_cancel_that_is_seen_before_its_request_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sampler = SimpleNamespace(sample=lambda row: 7, close=lambda: None, seed=0)
    monkeypatch.setattr(worker_module, "Sampler", lambda *_: sampler)
    both: Any = StandIn()
    loaded: Any = SimpleNamespace(
        model=both,
        context=both,
        n_seq_max=2,
        reuse_prefixes=True,
        ends=lambda token: False,
        prompts=SimpleNamespace(plain=lambda text: [1, 2, 3]),
    )
    inbox, lines = Queue[Json](), list[Json]()
    worker = Worker(loaded, inbox, lines.append)
    inbox.put({"op": "cancel", "id": 9})  # of a request that is long over
    worker.cancel(1)
    worker.run_once()  # the request comes in after this has looked for it
    sampling = sampling_line(FOR_LONG)
    inbox.put({"op": "complete", "id": 1, "prompt": "a", "sampling": sampling})
    inbox.put({"op": "cancel", "id": 1})
    worker.run_once()
    assert [(line["event"], line.get("finish_reason")) for line in lines] == [("done", "cancelled")]
