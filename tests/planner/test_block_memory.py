"""Which blocks remember what: each expectation is what a dry run of llama.cpp 0c1e57098 showed."""

from contextlib import suppress
from random import Random
from typing import Any

import pytest

from tests.planner import shapes
from tests.planner.shapes import Q4_K, Q6_K, dense, header
from yi_local.errors import CannotLoad
from yi_local.gguf_file import GgufHeader, SkippedArray
from yi_local.hardware.snapshot import Cpu
from yi_local.planner.formulas.block_memory import memory_of_blocks
from yi_local.planner.formulas.closed_form import closed_form
from yi_local.planner.formulas.hyperparameters import Hyperparameters
from yi_local.planner.formulas.shape import model_shape
from yi_local.planner.model_file import model_file
from yi_local.types import LoadOptions

WINDOW = {"attention.sliding_window": 512}
HEADS = {"attention.head_count": 8, "attention.head_count_kv": 4}
EVERY_FOURTH = [4 if block % 4 == 3 else 0 for block in range(8)]
SSM = {"ssm.conv_kernel": 4, "ssm.inner_size": 1024, "ssm.state_size": 128, "ssm.group_count": 1}
MAMBA_2_STATE = 3 * (1024 + 2 * 128) + 128 * 1024


def pattern(architecture: str, n_block: int = 8, **more: Any) -> str:
    """One letter a block: w sees a window, d everything, r is recurrent, b both, - has nothing."""
    values = {"embedding_length": 512, "block_count": n_block, **HEADS}
    values |= {key.replace("__", "."): value for key, value in more.items()}
    letters = []
    for block in memory_of_blocks(Hyperparameters(header(architecture, values))):
        attends = "w" if block.window else "d"
        both = {(True, True): "b", (True, False): attends, (False, True): "r"}
        letters.append(both.get((block.k_elements > 0, block.state_elements > 0), "-"))
    return "".join(letters)


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        ("gemma2", "wdwdwdwd"),
        ("gemma3", "wwwwwdww"),
        ("gemma3n", "wwwwdwww"),
        ("cohere2", "wwwdwwwd"),
        ("cohere2moe", "dwwwdwww"),
        ("olmo2", "wwwdwwwd"),
        ("gpt-oss", "wdwdwdwd"),
        ("llama4", "wwwdwwwd"),
        ("smallthinker", "dwwwdwww"),
        ("exaone4", "dddddddd"),  # only its model of 64 blocks has windows
        ("llama", "dddddddd"),
        ("phi3", "dddddddd"),
        ("brand-new", "dddddddd"),
    ],
)
def test_each_architecture_has_its_pattern_of_windows(architecture: str, expected: str) -> None:
    assert pattern(architecture, attention__sliding_window=512) == expected


def test_a_pattern_in_the_header_beats_that_of_the_architecture() -> None:
    window = {"attention__sliding_window": 512}
    assert pattern("gemma3", **window, attention__sliding_window_pattern=3) == "wwdwwdww"
    listed = [True, False] * 4
    assert pattern("gemma3", **window, attention__sliding_window_pattern=listed) == "wdwdwdwd"
    assert pattern("mimo2", **window, attention__sliding_window_pattern=listed) == "wdwdwdwd"
    assert pattern("exaone4", 64, **window) == "wwwd" * 16


def test_no_window_is_no_window() -> None:
    assert pattern("gemma3") == pattern("gemma3", attention__sliding_window=0) == "dddddddd"
    assert pattern("gemma2") == "wdwdwdwd"  # its window need not be said


def test_windows_have_the_length_that_llama_cpp_takes() -> None:
    def window(architecture: str, **more: int) -> int | None:
        values = {"embedding_length": 512, "block_count": 8, **HEADS, **more}
        blocks = memory_of_blocks(Hyperparameters(header(architecture, values)))
        return next((block.window for block in blocks if block.window), None)

    assert window("gemma2") == 4096
    assert window("gemma2", **WINDOW) == 512
    assert window("llama4", **WINDOW) == 8192
    assert window("smallthinker", **WINDOW) == 4096


@pytest.mark.parametrize(
    ("architecture", "more", "expected"),
    [
        ("mamba2", {}, "rrrrrrrr"),
        ("falcon-h1", {}, "bbbbbbbb"),
        ("jamba", {"attention.head_count_kv": EVERY_FOURTH}, "rrrdrrrd"),
        ("granitehybrid", {"attention.head_count_kv": EVERY_FOURTH}, "rrrdrrrd"),
        ("qwen3next", {}, "rrrdrrrd"),
        ("qwen3next", {"full_attention_interval": 2}, "rdrdrdrd"),
        ("qwen3next", {"nextn_predict_layers": 1}, "rrrdrrr-"),
        (
            "nemotron_h",
            {"attention.head_count_kv": [0] * 7 + [4], "feed_forward_length": [0, 9] * 3 + [0, 0]},
            "r-r-r-rd",
        ),
        (
            "lfm2",
            {"attention.head_count_kv": EVERY_FOURTH, "shortconv.l_cache": 3, **WINDOW},
            "rrrwrrrw",
        ),
    ],
)
def test_recurrent_blocks_are_found(architecture: str, more: dict[str, Any], expected: str) -> None:
    assert pattern(architecture, **{**SSM, **more}) == expected


def test_the_state_of_a_block_follows_its_kind() -> None:
    def state(architecture: str, **more: int) -> int:
        values = {"embedding_length": 512, "block_count": 2, **HEADS, **more}
        return memory_of_blocks(Hyperparameters(header(architecture, values)))[0].state_elements

    assert state("mamba2", **SSM) == MAMBA_2_STATE
    assert state("rwkv6", **{"wkv.head_size": 64}) == 512 * (2 + 64)
    assert state("rwkv6qwen2", **{"wkv.head_size": 64, "token_shift_count": 1}) == 512 * 65


def test_encoders_keep_nothing() -> None:
    assert pattern("bert", attention__causal=False) == "--------"


# The table of a tied model, on the CPU


def tied(ggml_type: int, cpu: Cpu | None) -> tuple[int, int]:
    """Bytes of weights, and of these pageable, of a model that is its token table alone."""
    table = {"token_embd.weight": (ggml_type, (512, 1024))}
    shape = model_shape(
        [header("llama", {"embedding_length": 512, "block_count": 1, **HEADS}, table)]
    )
    assert shape is not None
    dry_run = closed_form(shape, LoadOptions("yi.gguf"), cpu=cpu)
    assert dry_run is not None
    return dry_run.devices[0].weights_bytes, dry_run.devices[0].pageable_bytes


@pytest.mark.parametrize(
    ("ggml_type", "cpu", "copies"),
    [
        (Q4_K, None, 2),  # every CPU rearranges it for the output, none for the look-up
        (Q6_K, None, 1),
        (Q6_K, Cpu(None, "x86_64", 8, 8, None, ("AVX2", "AVX512")), 1),
        (Q6_K, Cpu(None, "arm64", 8, 8, None, ("DOTPROD",)), 2),
    ],
)
def test_a_tied_table_that_the_cpu_rearranges_is_kept_twice(
    ggml_type: int, cpu: Cpu | None, copies: int
) -> None:
    one = 512 * 1024 * {Q4_K: 144, Q6_K: 210}[ggml_type] // 256
    assert tied(ggml_type, cpu) == (copies * one, one)


def test_rearranged_weights_are_no_longer_pages_of_the_file() -> None:
    sizes = {"n_layer": 2, "n_embd": 512, "n_head": 8, "n_head_kv": 4, "n_ff": 1024}
    shape = model_shape([dense(**sizes, n_vocab=1024)])
    assert shape is not None
    mapped, read = (
        closed_form(shape, LoadOptions("yi.gguf", use_mmap=use_mmap)) for use_mmap in (True, False)
    )
    assert mapped is not None
    assert read is not None
    q6_k = 512 * 1024 + 2 * (512 * 256 + 512 * 1024)  # output, attn_v, ffn_down
    norms = 5 * 512 * 4
    table = 512 * 1024 * 144 // 256
    assert mapped.devices[0].pageable_bytes == q6_k * 210 // 256 + norms + table
    assert read.devices[0].pageable_bytes == 0


# Hostile headers

ODD = [
    None,
    True,
    -1,
    0,
    1,
    7,
    2**63,
    0.5,
    "text",
    [],
    [0],
    [2, -1],
    ["x", "y"],
    SkippedArray(4, 99),
]


def test_odd_metadata_gives_no_answer_or_an_error_in_words() -> None:
    random = Random(1)
    tiny = {"n_layer": 2, "n_embd": 256, "n_head": 4, "n_head_kv": 2, "n_ff": 256, "n_vocab": 64}
    models = [dense(**tiny), dense(**tiny, experts=4, expert_count=4, expert_used_count=2)]
    models += [shapes.gemma_3_12b(n_layer=2), shapes.deepseek_2_lite(), shapes.lfm2()]
    models += [shapes.falcon_h1(), shapes.gpt_oss(), shapes.mamba()]
    answers = 0
    for model in models * 300:
        keys = random.sample(sorted(model.metadata), 2)
        damage = {key: random.choice(ODD) for key in keys}
        answers += survives(changed(model, damage))
    assert 100 < answers < 2000


def changed(model: GgufHeader, damage: dict[str, Any]) -> GgufHeader:
    metadata = {key: value for key, value in (model.metadata | damage).items() if value is not None}
    return GgufHeader(3, "little", metadata, model.tensors, 32, 0, {})


def survives(model: GgufHeader) -> bool:
    with suppress(CannotLoad):
        model_file([model], path="x", name="x", size_bytes=1)
    shape = model_shape([model])
    if shape is None:
        return False
    dry_run = closed_form(shape, LoadOptions("x", n_ctx=4096, type_k="q8_0", type_v="q8_0"))
    if dry_run is not None:
        assert dry_run.devices[0].total_bytes >= 0
        assert dry_run.devices[0].kv_cache_bytes >= 0
    return dry_run is not None
