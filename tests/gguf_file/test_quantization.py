"""The tables of tensor types and quants, against llama.cpp itself and the gguf package."""

import ctypes
from pathlib import Path
from typing import Any

import gguf
import pytest

from yi_local.gguf_file import FILE_TYPES, GGML_TYPES, REMOVED_TYPES
from yi_local.gguf_file.quantization import tensor_bytes

READABLE = sorted(set(GGML_TYPES) - set(REMOVED_TYPES))


@pytest.fixture(scope="module")
def ggml() -> Any:
    """The installed llama.cpp's own library of tensor types."""
    llama_cpp = pytest.importorskip("llama_cpp")
    folder = Path(llama_cpp.__file__).parent / "lib"
    files = sorted(folder.glob("*ggml-base*"))
    if not files:
        pytest.skip("this llama-cpp-python has no ggml-base library")
    library = ctypes.CDLL(str(files[0]))
    library.ggml_type_name.restype = ctypes.c_char_p
    library.ggml_type_size.restype = ctypes.c_size_t
    library.ggml_blck_size.restype = ctypes.c_int64
    return library


@pytest.mark.parametrize("number", READABLE, ids=lambda number: GGML_TYPES[number].name)
def test_a_type_is_as_llama_cpp_has_it(number: int, ggml: Any) -> None:
    kind = GGML_TYPES[number]
    assert ggml.ggml_type_name(number).decode().upper() == kind.name
    assert ggml.ggml_blck_size(number) == kind.block_elements
    assert ggml.ggml_type_size(number) == kind.block_bytes


@pytest.mark.parametrize("number", sorted(REMOVED_TYPES), ids=REMOVED_TYPES.__getitem__)
def test_a_removed_type_is_one_that_llama_cpp_refuses(number: int, ggml: Any) -> None:
    assert ggml.ggml_blck_size(number) == 0


def test_every_type_of_the_gguf_package_is_known() -> None:
    known = {(number, kind.name) for number, kind in GGML_TYPES.items()}
    assert {(kind.value, kind.name) for kind in gguf.GGMLQuantizationType} <= known


def test_every_file_type_of_the_gguf_package_is_known() -> None:
    theirs = {
        kind.value: kind.name.removeprefix("MOSTLY_").removeprefix("ALL_")
        for kind in gguf.LlamaFileType
        if kind is not gguf.LlamaFileType.GUESSED
    }
    assert {number: FILE_TYPES[number] for number in theirs} == theirs


def test_the_size_of_a_tensor_is_that_of_its_blocks() -> None:
    assert tensor_bytes(12, (4096, 11008)) == 4096 * 11008 * 144 // 256
    assert tensor_bytes(0, ()) == 4  # a scalar
    assert tensor_bytes(0, (0, 5)) == 0
    assert tensor_bytes(99, (4096,)) is None
