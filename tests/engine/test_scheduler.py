"""The scheduler against a simulated KV cache that knows nothing of its book-keeping."""

import random

import pytest

from yi_local.engine.worker.scheduler import Copy, Operation, Remove, Scheduler, Step


class Memory:
    """What llama.cpp's unified cache would hold: cells shared between sequences."""

    def __init__(self, n_cells: int, n_seq_max: int) -> None:
        self.n_cells = n_cells
        self.lines: list[list[tuple[int, object]]] = [[] for _ in range(n_seq_max)]

    def apply(self, operations: tuple[Operation, ...]) -> None:
        for operation in operations:
            match operation:
                case Remove(seq, start):
                    del self.lines[seq][start:]
                case Copy(source, target, length):
                    assert not self.lines[target]
                    assert len(self.lines[source]) >= length
                    self.lines[target] = self.lines[source][:length]

    def decode(self, step: Step) -> None:
        for piece in step.pieces:
            assert piece.start == len(self.lines[piece.seq]), "a gap in a sequence"
            self.lines[piece.seq] += [(token, object()) for token in piece.tokens]
        assert len({id(cell) for line in self.lines for cell in line}) <= self.n_cells

    def tokens(self, seq: int) -> list[int]:
        return [token for token, _ in self.lines[seq]]


class Run:
    """A scheduler with its memory; every job samples the token 7 until it has `answer` of them."""

    def __init__(self, n_ctx=64, n_seq_max=4, n_batch=16, can_cut=True) -> None:
        self.scheduler = Scheduler(n_ctx, n_seq_max, n_batch, can_cut)
        self.memory = Memory(n_ctx, n_seq_max)
        self.left: dict[int, int] = {}
        self.finished: list[int] = []
        self.computed = 0
        self.cached: dict[int, int | None] = {}

    def ask(self, job_id: int, prompt: list[int], answer: int = 1, repeatable=False) -> None:
        self.scheduler.submit(job_id, prompt, repeatable)
        self.left[job_id] = answer

    def step(self, prefill_limit: int = 8) -> Step:
        step = self.scheduler.plan(prefill_limit)
        self.memory.apply(step.operations)
        self.memory.decode(step)
        self.scheduler.commit(step)
        self.computed += step.n_tokens
        for piece in step.pieces:
            job = self.scheduler.job(piece.job_id)
            assert self.memory.tokens(piece.seq) == job.tokens[: piece.start + len(piece.tokens)]
            if piece.wants_logits:
                self.scheduler.push(piece.job_id, 7)
                self.left[piece.job_id] -= 1
                if not self.left[piece.job_id]:
                    self.end(piece.job_id)
        return step

    def end(self, job_id: int) -> None:
        self.cached[job_id] = self.scheduler.job(job_id).cached_tokens
        self.scheduler.release(job_id)
        self.left.pop(job_id)
        self.finished.append(job_id)

    def until_idle(self, limit: int = 500) -> None:
        for _ in range(limit):
            if not self.scheduler.busy:
                return
            assert self.step().pieces, "busy, but nothing to do"
        pytest.fail("the jobs never ended")


def of(step: Step, job_id: int) -> int:
    return sum(len(piece.tokens) for piece in step.pieces if piece.job_id == job_id)


def test_a_long_prompt_delays_a_running_stream_by_one_chunk_at_most():
    run = Run(n_ctx=256, n_batch=32)
    run.ask(1, [1, 2, 3], answer=60)
    run.step()
    run.ask(2, list(range(100, 200)), answer=2)
    while run.scheduler.done_tokens(2) < 100:
        step = run.step(prefill_limit=8)
        assert of(step, 1) == 1
        assert of(step, 2) <= 8


def test_a_prompt_alone_is_computed_in_whole_batches():
    run = Run(n_ctx=256, n_batch=32)
    run.ask(1, list(range(100)))
    assert [of(run.step(prefill_limit=8), 1) for _ in range(4)] == [32, 32, 32, 4]


def test_a_short_prompt_does_not_wait_for_a_long_one():
    run = Run(n_ctx=512, n_batch=32)
    run.ask(1, list(range(300)))
    run.step()
    run.ask(2, [900, 901])
    steps = 0
    while 2 not in run.finished:
        run.step()
        steps += 1
    assert steps <= 2
    assert 1 not in run.finished


def test_two_prefills_take_turns():
    run = Run(n_ctx=512, n_batch=16)
    run.ask(1, list(range(100)))
    run.ask(2, list(range(200, 300)))
    shares = [(of(step, 1), of(step, 2)) for step in (run.step() for _ in range(6))]
    assert sum(one for one, _ in shares) == sum(two for _, two in shares)


def test_the_second_turn_of_a_conversation_computes_only_what_is_new():
    run = Run()
    run.ask(1, [1, 2, 3, 4, 5], answer=3)
    run.until_idle()
    before = run.computed
    run.ask(2, [1, 2, 3, 4, 5, 7, 7, 8, 9])
    run.until_idle()
    assert run.computed - before == 2


def test_a_shared_beginning_is_copied_from_a_running_sequence():
    run = Run()
    run.ask(1, list(range(20)), answer=30)
    run.step()
    run.step()
    run.ask(2, [*range(20), 50])
    step = run.step()
    assert Copy(source=0, target=1, length=20) in step.operations
    assert of(step, 2) == 1


def test_a_copied_beginning_takes_no_cells():
    run = Run(n_ctx=40)
    run.ask(1, list(range(30)), answer=2)
    run.step()
    run.step()
    run.ask(2, [*range(30), 50], answer=2)
    run.ask(3, [*range(30), 51], answer=2)
    run.until_idle()
    assert run.finished == [1, 2, 3]
    assert run.computed < 40


def test_a_regenerated_answer_keeps_the_first_one_reusable():
    run = Run()
    run.ask(1, [1, 2, 3, 4], answer=5)
    run.until_idle()
    run.ask(2, [1, 2, 3, 4], answer=2)
    run.until_idle()
    before = run.computed
    run.ask(3, [1, 2, 3, 4, 7, 7, 7, 7, 60])
    run.until_idle()
    assert run.computed - before == 1


def test_a_repeatable_prompt_is_computed_again_in_the_same_shape():
    run = Run(n_ctx=128, n_batch=16)
    run.ask(1, list(range(40)), answer=4, repeatable=True)
    first = [of(run.step(), 1) for _ in range(3)]
    run.until_idle()
    run.ask(2, list(range(40)), answer=4, repeatable=True)
    assert first == [16, 16, 8]
    assert of(run.step(), 2) == 8
    run.until_idle()
    run.ask(3, list(range(40)), answer=4)
    assert of(run.step(), 3) == 1


def test_a_memory_that_cannot_be_cut_reuses_only_a_whole_sequence():
    run = Run(can_cut=False)
    run.ask(1, [1, 2, 3, 4, 5], answer=3)
    run.until_idle()
    before = run.computed
    run.ask(2, [1, 2, 3, 9])
    run.until_idle()
    assert run.computed - before == 4
    before = run.computed
    run.ask(3, [1, 2, 3, 4, 5, 7, 7, 8])
    run.until_idle()
    assert run.computed - before == 1


def test_a_memory_that_cannot_be_cut_is_never_cut_or_copied():
    run = Run(can_cut=False)
    for job_id in range(6):
        run.ask(job_id, [1, 2, 3, job_id % 2, 5], answer=3)
    while run.scheduler.busy:
        for operation in run.step().operations:
            assert operation == Remove(operation.seq, 0)


def test_idle_prefixes_give_way_when_the_cache_is_full():
    run = Run(n_ctx=64)
    for job_id in range(5):
        run.ask(job_id, [job_id * 100 + n for n in range(40)], answer=2)
        run.until_idle()
    assert run.finished == [0, 1, 2, 3, 4]


def test_a_full_cache_makes_the_youngest_wait_not_fail():
    run = Run(n_ctx=32, n_batch=16)
    run.ask(1, [1] * 10, answer=15)
    run.ask(2, [2] * 10, answer=15)
    run.until_idle()
    assert run.finished == [1, 2]


def test_one_job_can_fill_the_whole_context():
    run = Run(n_ctx=32)
    run.ask(1, [1] * 20, answer=12)
    run.until_idle()
    assert run.finished == [1]


def test_a_prompt_that_leaves_no_room_for_a_token_is_refused():
    with pytest.raises(ValueError, match="room"):
        Run(n_ctx=32).ask(1, [1] * 32)


def test_more_jobs_than_sequences_wait_in_order():
    run = Run(n_seq_max=2, n_ctx=256)
    for job_id in range(6):
        run.ask(job_id, [job_id, 1, 2], answer=3)
    run.until_idle()
    assert run.finished == [0, 1, 2, 3, 4, 5]


def test_an_aborted_step_is_undone_and_done_again():
    run = Run()
    run.ask(1, [1, 2, 3, 4, 5], answer=3)
    run.step()
    step = run.scheduler.plan(8)
    run.memory.apply(step.operations)
    run.memory.decode(step)
    run.memory.apply(run.scheduler.roll_back(step))
    run.until_idle()
    assert run.finished == [1]


def test_an_aborted_step_on_a_memory_that_cannot_be_cut_starts_over():
    run = Run(can_cut=False)
    run.ask(1, [1, 2, 3, 4, 5], answer=3)
    run.step()
    step = run.scheduler.plan(8)
    run.memory.decode(step)
    operations = run.scheduler.roll_back(step)
    assert operations == (Remove(0, 0),)
    run.memory.apply(operations)
    run.until_idle()
    assert run.finished == [1]


@pytest.mark.parametrize("when", range(12))
def test_a_cancel_at_any_point_leaves_the_others_whole(when: int):
    run = Run(n_ctx=48, n_seq_max=2, n_batch=8)
    for job_id in range(3):
        run.ask(job_id, [job_id * 10 + n % 10 for n in range(14)], answer=8)
    for _ in range(when):
        run.step(prefill_limit=4)
    if 1 in run.left:
        run.end(1)
    run.until_idle()
    assert sorted(run.finished) == [0, 1, 2]


@pytest.mark.parametrize("seed", range(60))
def test_random_traffic_never_breaks_the_memory_or_starves_anyone(seed: int):
    rng = random.Random(seed)
    run = Run(
        n_ctx=rng.choice([32, 64, 200]),
        n_seq_max=rng.randint(1, 5),
        n_batch=rng.choice([8, 16, 64]),
        can_cut=rng.random() < 0.8,
    )
    asked = 0
    for _ in range(150):
        if rng.random() < 0.3:
            length = rng.randint(1, 20)
            prompt = [rng.choice([1, 1, 1, 2]) for _ in range(length)]
            run.ask(asked, prompt, answer=rng.randint(1, 10), repeatable=rng.random() < 0.3)
            asked += 1
        if run.left and rng.random() < 0.1:
            run.end(rng.choice(list(run.left)))
        if run.scheduler.busy:
            if rng.random() < 0.1:
                step = run.scheduler.plan(8)
                run.memory.apply(step.operations)
                run.memory.decode(step)
                run.memory.apply(run.scheduler.roll_back(step))
            else:
                run.step(prefill_limit=rng.randint(1, 16))
    run.until_idle(2000)
    assert sorted(run.finished) == list(range(asked))


# -- several answers to one prompt, asked for together


@pytest.mark.parametrize("n_batch", [16, 64, 512])
def test_a_prompt_asked_for_several_times_at_once_is_computed_once(n_batch: int):
    run = Run(n_ctx=1024, n_batch=n_batch)
    for job_id in range(4):
        run.ask(job_id, list(range(200)), answer=5)
    run.until_idle()
    assert sorted(run.finished) == [0, 1, 2, 3]
    assert run.computed == 200 + 3 + 4 * 4
    assert run.cached == {0: 0, 1: 199, 2: 199, 3: 199}


def test_more_answers_to_it_than_sequences_still_compute_it_once():
    run = Run(n_ctx=1024, n_seq_max=3, n_batch=64)
    for job_id in range(8):
        run.ask(job_id, list(range(200)), answer=5)
    run.until_idle()
    assert sorted(run.finished) == list(range(8))
    assert run.computed == 200 + 7 + 8 * 4


def test_a_long_beginning_in_common_is_waited_for_and_no_longer():
    run = Run(n_ctx=1024, n_batch=16)
    run.ask(1, list(range(300)))
    run.ask(2, [*range(100), 900, 901])
    while 2 not in run.finished:
        run.step()
    assert run.cached[2] == 100
    assert 1 not in run.finished


def test_a_short_beginning_in_common_is_not_waited_for():
    run = Run(n_ctx=1024, n_batch=64)
    run.ask(1, [*range(20), *[500] * 10])
    run.ask(2, [*range(20), *[600] * 10])
    step = run.step()
    assert (of(step, 1), of(step, 2)) == (30, 30)


def test_who_waits_for_a_common_beginning_holds_up_nobody_behind():
    run = Run(n_ctx=1024, n_batch=64)
    run.ask(1, list(range(300)))
    run.ask(2, list(range(300)))
    run.ask(3, [900, 901])
    while 3 not in run.finished:
        run.step()
    assert run.scheduler.done_tokens(1) < 300


def test_when_the_one_who_computes_it_leaves_the_next_goes_on_from_there():
    run = Run(n_ctx=1024, n_batch=64)
    run.ask(1, list(range(300)))
    run.ask(2, list(range(300)))
    run.step()
    run.end(1)
    run.until_idle()
    assert run.cached[2] == 64
    assert run.computed == 300


def test_one_token_left_over_of_the_prompt_frees_those_who_wait_too():
    run = Run(n_ctx=1024, n_batch=64, n_seq_max=4)
    run.ask(1, [800], answer=400)
    run.ask(2, list(range(65)), answer=300)
    run.ask(3, list(range(65)))
    run.ask(4, list(range(100, 1000)))  # does not fit yet: whoever is next waits for an end
    for _ in range(30):
        run.step(prefill_limit=32)
    assert 3 in run.finished


def test_a_memory_that_cannot_be_shared_is_not_waited_for():
    run = Run(n_ctx=1024, n_batch=512, can_cut=False)
    run.ask(1, list(range(100)))
    run.ask(2, list(range(100)))
    assert of(run.step(), 2) == 100


def test_repeatable_prompts_wait_only_for_what_they_do_not_compute_again():
    run = Run(n_ctx=1024, n_batch=64)
    for job_id in (1, 2):
        run.ask(job_id, list(range(150)), answer=2, repeatable=True)
    run.until_idle()
    assert run.cached[2] == 128
    run = Run(n_ctx=1024, n_batch=64)
    for job_id in (1, 2):
        run.ask(job_id, list(range(60)), answer=2, repeatable=True)
    assert of(run.step(), 1) == 60
    assert run.scheduler.job(2).seq is not None
