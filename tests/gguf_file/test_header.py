"""GGUF headers: what is read, how it is asked for, what counts as complete."""

import pytest

from tests.gguf_file.raw_gguf import RawGguf, in_memory, small_header
from yi_local.errors import CannotLoad
from yi_local.gguf_file import GgufHeader, SkippedArray, TensorInfo, check_complete, read_header

RAW = RawGguf()
TOKENS, TYPES = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"


def read(*entries: bytes, tensors: tuple[bytes, ...] = ()) -> GgufHeader:
    return read_header(in_memory(RAW.header(entries, tensors)))


@pytest.mark.parametrize(("order", "name"), [("<", "little"), (">", "big")])
@pytest.mark.parametrize("size_known", [True, False])
def test_a_header_reads_the_same_in_both_byte_orders(
    order: str, name: str, size_known: bool
) -> None:
    data = small_header(order)
    header = read_header(in_memory(data, size_known=size_known))
    assert (header.version, header.byte_order, header.alignment) == (3, name, 64)
    assert header.tensors == (
        TensorInfo("token_embd.weight", (256, 3), 12, 0),
        TensorInfo("output_norm.weight", (5,), 0, 448),
    )
    assert header.data_offset == -(-len(data) // 64) * 64
    assert header.data_end == header.data_offset + 448 + 20
    assert all(header.metadata[f"scalar.{n}"] == 1 for n in (0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12))
    assert header.metadata["list.7"] == [False, True, True]
    assert header.metadata["list.12"] == [0.0, 1.0, 1.0]
    assert header.metadata["general.languages"] == ["en", "zh"]


def test_version_2_is_read() -> None:
    data = RAW.header([RAW.string("general.architecture", "llama")], version=2)
    header = read_header(in_memory(data))
    assert (header.version, header.architecture) == (2, "llama")


@pytest.mark.parametrize(
    ("version", "order", "words"),
    [
        (1, "<", "version 1, from August 2023"),
        (1, ">", "version 1, from August 2023"),
        (4, "<", "version 4; versions 2 and 3"),
        (0, "<", "damaged"),
        (0x12345678, "<", "damaged"),
    ],
)
def test_other_versions_are_refused_by_their_number(version: int, order: str, words: str) -> None:
    with pytest.raises(CannotLoad, match=words) as caught:
        read_header(in_memory(RawGguf(order).header(version=version)))
    assert caught.value.hint


def test_long_lists_are_skipped_unless_they_are_wanted() -> None:
    source = in_memory(small_header())
    skipped = read_header(source)
    assert skipped.metadata[TOKENS] == SkippedArray(8, 80)
    assert skipped.metadata[TYPES] == [1] * 80  # numbers may be one for each layer
    kept = read_header(source, keep_arrays=(TOKENS, TYPES))
    assert kept.metadata[TOKENS] == [f"t{n}" for n in range(80)]
    assert kept.metadata[TYPES] == [1] * 80
    assert kept.tensors == skipped.tensors


def test_64_texts_and_512_numbers_are_short_lists_and_one_more_is_long() -> None:
    header = read(
        RAW.strings("short.words", ["a"] * 64),
        RAW.strings("long.words", ["a"] * 65),
        RAW.array("short.numbers", 0, 512, bytes(512)),
        RAW.array("long.numbers", 0, 513, bytes(513)),
        RAW.strings("empty", []),
    )
    assert header.metadata == {
        "short.words": ["a"] * 64,
        "long.words": SkippedArray(8, 65),
        "short.numbers": [0] * 512,
        "long.numbers": SkippedArray(0, 513),
        "empty": [],
    }


def test_values_are_given_only_as_the_type_that_was_asked_for() -> None:
    header = read(
        RAW.string("text", "a"),
        RAW.uint32("integer", 7),
        RAW.entry("number", 6, RAW.number("f", 0.5)),
        RAW.entry("flag", 7, b"\1"),
        RAW.strings("list", ["a"]),
    )
    found = {
        key: (header.text(key), header.integer(key), header.number(key), header.flag(key))
        for key in ("text", "integer", "number", "flag", "list", "absent")
    }
    assert found == {
        "text": ("a", None, None, None),
        "integer": (None, 7, 7.0, None),
        "number": (None, None, 0.5, None),
        "flag": (None, None, None, True),
        "list": (None,) * 4,
        "absent": (None,) * 4,
    }
    assert header.architecture is None


def test_text_that_is_not_utf_8_keeps_its_readable_part() -> None:
    header = read(RAW.string("general.name", b"Yi \xff!"), RAW.strings("words", [b"\xe4\xbd"]))
    assert header.text("general.name") == "Yi \ufffd!"
    assert header.metadata["words"] == ["\ufffd"]


@pytest.mark.parametrize(
    ("entries", "quant"),
    [
        ([RAW.uint32("general.file_type", 15)], "Q4_K_M"),
        ([], "Q4_K"),
        ([RAW.uint32("general.file_type", 999)], "Q4_K"),
        ([RAW.string("general.file_type", "15")], "Q4_K"),
    ],
)
def test_the_quant_is_declared_or_that_of_most_bytes(entries: list[bytes], quant: str) -> None:
    tensors = (RAW.tensor("a", (256, 9), 12, 0), RAW.tensor("b", (256,), 14, 1312))
    header = read(*entries, tensors=tensors)
    assert header.quant == quant
    assert header.bits_per_weight == 8 * (9 * 144 + 210) / 2560


def test_an_unknown_tensor_type_leaves_sizes_unknown() -> None:
    header = read(tensors=(RAW.tensor("a", (7,), 99, 0), RAW.tensor("b", (8,), 0, 96)))
    assert [tensor.n_bytes for tensor in header.tensors] == [None, 32]
    assert (header.bits_per_weight, header.quant) == (None, None)
    assert header.data_end == header.data_offset + 128


def test_a_file_is_complete_with_the_last_byte_of_its_last_tensor() -> None:
    header = read_header(in_memory(small_header()))
    check_complete(header, header.data_end)
    with pytest.raises(CannotLoad, match="The file is cut short") as caught:
        check_complete(header, header.data_end - 1)
    assert f"{header.data_end - 1:,} of {header.data_end:,} bytes" in caught.value.message
    assert "ownload it again" in str(caught.value.hint)


def test_a_file_that_is_far_from_whole_says_so_in_megabytes() -> None:
    header = read(tensors=(RAW.tensor("a", (1000, 1000), 0, 0),))
    with pytest.raises(CannotLoad, match=r"1\.2 MB of 4\.0 MB are there"):
        check_complete(header, 1_200_000)


def test_a_vocabulary_without_tensors_needs_no_padding_to_be_complete() -> None:
    data = RAW.header([RAW.string("general.architecture", "llama")])
    assert len(data) % 32
    check_complete(read_header(in_memory(data)), len(data))


def test_a_shard_is_judged_by_its_own_tensors() -> None:
    split = [RAW.entry("split.no", 2, RAW.number("H", 1))]
    split += [RAW.entry("split.count", 2, RAW.number("H", 3))]
    split += [RAW.entry("split.tensors.count", 5, RAW.number("i", 300))]
    header = read(*split, tensors=(RAW.tensor("blk.9.attn_q.weight", (1000, 1000), 0, 0),))
    check_complete(header, header.data_end)
    with pytest.raises(CannotLoad, match="Part 2 of 3 of the model is cut short"):
        check_complete(header, 1_200_000)
