"""Quants and shards in file names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yi_local.gguf_file import FILE_TYPES, Shard, quant_in_name, shard_of


@pytest.mark.parametrize(
    ("filename", "quant"),
    [
        ("yi-chat-6b.Q2_K.gguf", "Q2_K"),
        ("yi-6b-chat.q4_k_m.gguf", "Q4_K_M"),
        ("ggml-model-f16.gguf", "F16"),
        ("Yi-1.5-9B-Chat-fp16.gguf", "F16"),
        ("Yi-1.5-9B-Chat-f32.gguf", "F32"),
        ("Yi-1.5-34B-Chat-IQ2_XXS.gguf", "IQ2_XXS"),
        ("Yi-1.5-34B-Chat-16K.i1-Q2_K.gguf", "Q2_K"),
        ("Yi-Coder-9B-Chat-Q4_0_4_4.gguf", "Q4_0_4_4"),
        ("Yi-Coder-9B-Chat-Q6_K_L.gguf", "Q6_K_L"),
        ("Qwen3-8B-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
        ("Yi-34B-Q5_K_M-00001-of-00002.gguf", "Q5_K_M"),
        ("from-BF16-to-Q8_0.gguf", "Q8_0"),
        ("model_Q5_1.gguf", "Q5_1"),
        ("yi-34b-200k.gguf", None),
        ("Yi-1.5-6B.gguf", None),
        ("deQ4_0x.gguf", None),
        ("", None),
    ],
)
def test_the_quant_is_found_in_a_name(filename: str, quant: str | None) -> None:
    assert quant_in_name(filename) == quant


@pytest.mark.parametrize("quant", sorted(set(FILE_TYPES.values()) - {"Q4_2", "Q4_3"}))
def test_every_quant_of_llama_cpp_is_found_in_any_case(quant: str) -> None:
    assert quant_in_name(f"Yi-9B-{quant}.gguf") == quant
    assert quant_in_name(f"yi-9b.{quant.lower()}.gguf") == quant


def test_a_shard_knows_its_siblings() -> None:
    shard = shard_of("Yi-34B-Q8_0-00002-of-00003.gguf")
    assert shard == Shard("Yi-34B-Q8_0", 2, 3)
    assert shard.siblings == (
        "Yi-34B-Q8_0-00001-of-00003.gguf",
        "Yi-34B-Q8_0-00002-of-00003.gguf",
        "Yi-34B-Q8_0-00003-of-00003.gguf",
    )


@pytest.mark.parametrize(
    "filename",
    [
        "Yi-34B.gguf",
        "Yi-34B-00000-of-00003.gguf",
        "Yi-34B-00004-of-00003.gguf",
        "Yi-34B-1-of-3.gguf",
        "Yi-34B-00001-of-00003.gguf.part",
        "-00001-of-00003.gguf",
    ],
)
def test_other_names_are_no_shards(filename: str) -> None:
    assert shard_of(filename) is None


@given(st.text(min_size=1), st.integers(1, 200), st.integers(1, 200))
def test_every_sibling_is_a_shard_of_the_same_model(prefix: str, one: int, other: int) -> None:
    shard = Shard(prefix, min(one, other), max(one, other))
    numbers = range(1, shard.count + 1)
    expected = [Shard(prefix, number, shard.count) for number in numbers]
    assert [shard_of(name) for name in shard.siblings] == expected
