"""Our reader against the gguf package's, on files that its writer wrote and on the demo model."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yi_local.gguf_file import (
    GgufHeader,
    SkippedArray,
    check_complete,
    open_model_file,
    read_header,
)

LITTLE, BIG = gguf.GGUFEndian.LITTLE, gguf.GGUFEndian.BIG
Q4_0, Q6_K = gguf.GGMLQuantizationType.Q4_0, gguf.GGMLQuantizationType.Q6_K


@dataclasses.dataclass(frozen=True)
class Shape:
    """What a file is made of."""

    values: Mapping[str, Any]
    tensors: Mapping[str, Any]
    quantized: Mapping[str, gguf.GGMLQuantizationType] = dataclasses.field(default_factory=dict)
    alignment: int | None = None


WORDS = [f"<0x{n:02X}>" if n % 3 else f"你好 {n}" for n in range(300)]
SHAPES = {
    "nothing": Shape({}, {}),
    "metadata alone": Shape({"general.name": "Yi", "yi.flag": True, "yi.theta": 5e6}, {}),
    "a vocabulary": Shape(
        {
            "tokenizer.ggml.tokens": WORDS,
            "tokenizer.ggml.scores": [-0.5 * n for n in range(300)],
            "tokenizer.ggml.token_type": [1 + n % 6 for n in range(300)],
            "tokenizer.ggml.add_bos_token": False,
            "general.languages": ["en", "zh"],
            "yi.sections": [16, 24, 24, 0],
        },
        {"token_embd.weight": np.zeros((300, 8), np.float16)},
    ),
    "tensors of one to four dimensions": Shape(
        {"general.name": "Formen"},
        {
            "one": np.zeros(7, np.float32),
            "two": np.zeros((3, 5), np.float16),
            "three": np.zeros((2, 3, 4), np.int8),
            "four": np.zeros((2, 1, 3, 9), np.float64),
        },
    ),
    "quantized rows": Shape(
        {"general.file_type": 2},
        {"a": np.zeros((5, 36), np.uint8), "b": np.zeros((3, 420), np.uint8)},
        {"a": Q4_0, "b": Q6_K},
    ),
    "a wide alignment": Shape(
        {}, {"a": np.zeros(3, np.float32), "b": np.zeros(3, np.int64)}, alignment=4096
    ),
}


def write(path: Path, shape: Shape, endian: gguf.GGUFEndian) -> None:
    writer = gguf.GGUFWriter(path, "llama", endianess=endian)
    if shape.alignment is not None:
        writer.add_custom_alignment(shape.alignment)
    for key, value in shape.values.items():
        writer.add_key_value(key, value, gguf.GGUFValueType.get_type(value))
    for name, array in shape.tensors.items():
        writer.add_tensor(name, array, raw_dtype=shape.quantized.get(name))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def assert_same(path: Path, keep: Sequence[str]) -> GgufHeader:
    """Everything that both readers tell is equal; lists that ours skipped have the same length."""
    theirs = gguf.GGUFReader(path)
    with open_model_file(path) as file:
        ours = read_header(file, keep_arrays=keep)
        check_complete(ours, file.size)
    fields = {
        name: field.contents()
        for name, field in theirs.fields.items()
        if not name.startswith("GGUF.")  # the counts before the metadata
    }
    assert list(ours.metadata) == list(fields)
    for key, value in ours.metadata.items():
        if isinstance(value, SkippedArray):
            assert (value.length, key in keep) == (len(fields[key]), False)
        else:
            assert value == fields[key]
            assert type(value) is type(fields[key])
    assert [
        (tensor.name, [*tensor.shape], tensor.ggml_type, tensor.n_elements, tensor.n_bytes)
        for tensor in ours.tensors
    ] == [
        (tensor.name, tensor.shape.tolist(), tensor.tensor_type, tensor.n_elements, tensor.n_bytes)
        for tensor in theirs.tensors
    ]
    assert [ours.data_offset + tensor.offset for tensor in ours.tensors] == [
        tensor.data_offset for tensor in theirs.tensors
    ]
    assert ours.alignment == theirs.alignment
    return ours


@pytest.mark.parametrize("endian", [LITTLE, BIG], ids=["little", "big"])
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("keep_all", [True, False])
def test_a_written_file_reads_the_same(
    name: str, endian: gguf.GGUFEndian, keep_all: bool, tmp_path: Path
) -> None:
    path = tmp_path / "tiny.gguf"
    write(path, SHAPES[name], endian)
    header = assert_same(path, [*SHAPES[name].values] if keep_all else [])
    assert header.byte_order == endian.name.lower()


KEYS = st.text("abcdefghijklmnopqrstuvwxyz._0123456789", min_size=1, max_size=30)
INTEGERS = st.integers(-(2**31), 2**31 - 1)
FLOATS = st.floats(width=32, allow_nan=False)
TEXTS = st.text(max_size=40)
VALUES = st.one_of(
    TEXTS,
    INTEGERS,
    FLOATS,
    st.booleans(),
    st.lists(TEXTS, min_size=1, max_size=80),
    st.lists(INTEGERS, min_size=1, max_size=80),
    st.lists(FLOATS, min_size=1, max_size=80),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6), st.sampled_from([LITTLE, BIG]))
def test_any_metadata_reads_the_same(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any], endian: gguf.GGUFEndian
) -> None:
    path = tmp_path_factory.mktemp("written") / "tiny.gguf"
    values = {f"yi.{key}": value for key, value in values.items()}
    write(path, Shape(values, {"a": np.zeros(3, np.float32)}), endian)
    assert_same(path, [*values])


def test_the_demo_model_reads_the_same(demo_model: Path) -> None:
    header = assert_same(demo_model, ["tokenizer.ggml.tokens", "tokenizer.ggml.token_type"])
    assert header.metadata["tokenizer.ggml.merges"] == SkippedArray(8, 48900)
    assert header.quant == "Q4_1"
    assert header.data_end == demo_model.stat().st_size
