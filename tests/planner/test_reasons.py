"""What is said about a plan: what was given up for what, and what the next better one lacks."""

from collections.abc import Sequence
from dataclasses import replace

from tests.planner.advisor import CARD, best, candidates, family, on_gpu, said, yi
from tests.planner.machines import GIB, cpu_only, nvidia
from yi_local.planner.choose import choose
from yi_local.planner.plan import Candidate, Experience, Plan, Wish

YI = family("Yi-6B", "Yi-9B", "Yi-34B")
SMALL = yi("Yi-6B", "Q6_K")
TWO_SIZES = [yi("Yi-34B", "Q4_K_M"), yi("Yi-6B", "Q4_K_M")]


def reasons(plan: Plan) -> dict[str, str]:
    return {reason.code: reason.text for reason in plan.reasons}


def test_each_sacrifice_says_what_more_would_need() -> None:
    plan = best(YI, nvidia([8 * GIB], ram_bandwidth=20e9))
    assert reasons(plan) == {
        "kv-type": "KV cache in q8_0 instead of f16: "
        "that would need 242 MiB more than the 7.6 GiB free on CUDA0 allow",
        "n-ctx": "context 8,192 instead of 16,384: "
        "that would need 298 MiB more than the 7.6 GiB free on CUDA0 allow",
        "model": "Yi-9B-Q6_K.gguf instead of Yi-34B-Q3_K_M.gguf: "
        "that would need 9.2 GiB more than the 7.6 GiB free on CUDA0 allow",
        "next-better": "Q8_0 needs 1.7 GiB more",
    }


def test_a_coarser_quant_and_a_smaller_batch_are_explained() -> None:
    plan = best(family("Yi-34B"), nvidia([24 * GIB], bandwidth=1000e9))
    assert reasons(plan) == {
        "n-ubatch": "n_ubatch 128 instead of 512: "
        "that would need 111 MiB more than the 23.6 GiB free on CUDA0 allow",
        "quant": "Q4_K_M instead of Q6_K: "
        "that would need 4.2 GiB more than the 23.6 GiB free on CUDA0 allow",
        "next-better": "Q5_K_M needs 1.6 GiB more",
    }


def test_layers_left_to_the_cpu_are_explained() -> None:
    plan = best(
        family("Yi-9B"), nvidia([4 * GIB], ram=16 * GIB, bandwidth=None, ram_bandwidth=None)
    )
    assert said(plan, "layers") == (
        "32 layers on the GPU instead of 49: "
        "that would need 1.6 GiB more than the 3.6 GiB free on CUDA0 allow"
    )


def test_what_would_fit_but_costs_layers_is_said_so() -> None:
    offered = [
        on_gpu(SMALL, 1, n_ctx=8192, n_gpu_layers=30),
        on_gpu(SMALL, 1, n_ctx=16_384, n_gpu_layers=27),
    ]
    plan = choose(offered, CARD, Wish()).plans[0]
    assert reasons(plan) == {
        "n-ctx": "context 8,192 instead of 16,384: that would leave 3 more layers to the CPU"
    }


def test_the_kv_type_given_up_for_a_longer_context_is_said_so() -> None:
    offered = [on_gpu(SMALL, 1, type_k="q8_0"), on_gpu(SMALL, 1, n_ctx=8192)]
    plan = choose(offered, CARD, Wish()).plans[0]
    assert reasons(plan) == {"kv-type": "KV cache in q8_0 instead of f16, for a context of 16,384"}


def test_a_plan_that_gives_nothing_up_has_nothing_to_say() -> None:
    assert best([SMALL], nvidia([24 * GIB])).reasons == ()


# What to know before taking a plan


def test_one_file_below_the_floor_is_offered_and_called_slow() -> None:
    plan = best(TWO_SIZES[:1], cpu_only(64 * GIB, ram_bandwidth=50e9))
    assert said(plan, "slow") == "about 1.3 tokens/s, below the 8 wished for"


def test_a_slow_file_gives_way_to_one_above_the_floor() -> None:
    plan = best(TWO_SIZES, cpu_only(64 * GIB, ram_bandwidth=80e9))
    assert plan.file.name == "Yi-6B-Q4_K_M.gguf"
    assert said(plan, "slow") is None


def test_speed_that_nobody_knows_is_not_held_against_a_file() -> None:
    plan = best(TWO_SIZES, cpu_only(64 * GIB, ram_bandwidth=None))
    assert plan.file.name == "Yi-34B-Q4_K_M.gguf"
    assert plan.decode is None


def test_experience_replaces_the_speed_on_paper() -> None:
    machine = cpu_only(64 * GIB, ram_bandwidth=None)
    seen = Experience(bandwidth_bytes_s={"CPU": 40e9})
    plan = choose(candidates(TWO_SIZES, machine, Wish()), machine, Wish(), seen).best
    assert plan is not None
    assert plan.file.name == "Yi-6B-Q4_K_M.gguf"
    assert plan.decode is not None
    assert plan.decode.basis == "measured here"


def test_few_bits_are_called_by_their_name() -> None:
    plan = best([yi("Yi-34B", "IQ2_M")], cpu_only(64 * GIB))
    assert said(plan, "few-bits") == (
        "2.7 bits per weight, below 3.4: a smaller model may answer better"
    )


def test_a_context_beyond_training_is_called_so() -> None:
    file = yi("Yi-6B", "Q4_K_M", n_ctx_train=4096)
    plan = best([file], nvidia([24 * GIB]), Wish(n_ctx=6000))
    assert said(plan, "beyond-training") == (
        "context 6,000, but the model was trained on 4,096 tokens"
    )


def test_unknown_memory_is_said_and_not_taken_for_too_little() -> None:
    unknown = replace(CARD.devices[0], free_bytes=None)
    plan = choose([on_gpu(SMALL, 99 * GIB)], replace(CARD, devices=(unknown,)), Wish()).best
    assert plan is not None
    assert said(plan, "unknown-memory") == (
        "how much of CUDA0 is free is not known, so it may not fit"
    )


def test_an_estimate_says_that_it_is_one() -> None:
    candidate = on_gpu(SMALL, 1)
    guessed = replace(candidate, dry_run=replace(candidate.dry_run, basis="formulas"))
    plan = choose([guessed], CARD, Wish()).best
    assert plan is not None
    assert plan.memory.basis == "formulas"
    assert said(plan, "estimate") == "memory by formulas: llama.cpp could not be asked"


def test_nothing_to_choose_from_is_no_plan() -> None:
    nothing: Sequence[Candidate] = ()
    ranking = choose(nothing, CARD, Wish())
    assert (ranking.best, ranking.each_file) == (None, ())
