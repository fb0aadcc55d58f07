"""Damaged and hostile headers: always a clear refusal, soon, and in little memory."""

import random
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gguf_file.raw_gguf import RawGguf, in_memory, small_header
from yi_local.errors import CannotLoad
from yi_local.gguf_file import GgufHeader, Source, check_complete, read_header

RAW = RawGguf()
KEEP = ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type")
MUTANTS = 24_000
NASTY = (0, 1, 7, 8, 9, 10, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1)


def outcome(source: Source) -> GgufHeader | CannotLoad:
    """The header, or the refusal; anything else is raised and fails the test."""
    try:
        return read_header(source, keep_arrays=KEEP)
    except CannotLoad as error:
        refused = error
    assert refused.message.endswith(".")
    assert refused.hint
    assert len(refused.message) < 300
    return refused


def refusal(data: bytes) -> str:
    found = outcome(in_memory(data))
    assert isinstance(found, CannotLoad)
    return found.message


def mutants(count: int, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    originals = [small_header("<"), small_header(">")]
    for number in range(count):
        data = bytearray(chance.choice(originals))
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            mutate(data, chance)
        if number % 8 == 0:
            del data[chance.randrange(len(data)) :]
        yield bytes(data)


def mutate(data: bytearray, chance: random.Random) -> None:
    at, kind = chance.randrange(4, len(data)), chance.randrange(5)
    if kind == 0:
        data[at] ^= 1 << chance.randrange(8)
    elif kind == 1:
        data[at] = chance.choice((0, 0x7F, 0x80, 0xFF))
    elif kind == 2:
        width, order = chance.choice((4, 8)), chance.choice(("little", "big"))
        value = chance.choice(NASTY) % 2 ** (8 * width)
        data[at : at + width] = value.to_bytes(width, order)
    elif kind == 3:
        del data[at : at + chance.randrange(1, 32)]
    else:
        data[at:at] = chance.randbytes(chance.randrange(1, 32))
    data += bytes(max(0, 64 - len(data)))


@pytest.mark.parametrize("size_known", [True, False])
def test_mutated_headers_are_read_or_refused_soon_and_in_little_memory(size_known: bool) -> None:
    longest, refused = 0.0, 0
    tracemalloc.start()
    try:
        for data in mutants(MUTANTS // 2, seed=6 + size_known):
            begun = time.thread_time()
            refused += isinstance(outcome(in_memory(data, size_known=size_known)), CannotLoad)
            longest = max(longest, time.thread_time() - begun)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.5 < refused / (MUTANTS // 2) < 1  # the mutations hit, and some are harmless
    assert longest < 0.5
    assert peak_bytes < 1 << 20


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_header_cut_at_any_byte_is_refused_as_cut(order: str) -> None:
    data = small_header(order)
    for length in range(1, len(data)):
        for size_known in (True, False):
            found = outcome(in_memory(data[:length], size_known=size_known))
            assert isinstance(found, CannotLoad)
            assert "ends inside its header" in found.message
    assert isinstance(outcome(in_memory(data)), GgufHeader)


def test_a_whole_header_without_its_data_is_read_and_is_incomplete() -> None:
    data = small_header()
    with pytest.raises(CannotLoad, match="cut short"):
        check_complete(read_header(in_memory(data)), len(data))


@given(st.binary(max_size=400))
def test_random_bytes_after_the_magic_are_read_or_refused(data: bytes) -> None:
    outcome(in_memory(b"GGUF" + data))


@given(st.sampled_from([2, 3]), st.binary(max_size=400))
def test_random_bytes_after_a_sound_beginning_are_read_or_refused(
    version: int, data: bytes
) -> None:
    outcome(in_memory(RAW.header(version=version, n_entries=2, n_tensors=1) + data))


HUGE = 2**64 - 1
ABSURD = {
    "entries": RAW.header(n_entries=HUGE),
    "tensors": RAW.header(n_tensors=HUGE),
    "many entries": RAW.header(n_entries=2**16 + 1),
    "many tensors": RAW.header(n_tensors=2**17 + 1),
    "key": RAW.header(n_entries=1) + RAW.number("Q", HUGE),
    "text": RAW.header([RAW.entry("a", 8, RAW.number("Q", HUGE))]),
    "a text of a gigabyte": RAW.header([RAW.entry("a", 8, RAW.number("Q", 2**30))]),
    "strings": RAW.header([RAW.array("a", 8, HUGE, b"")]),
    "numbers": RAW.header([RAW.array("a", 12, HUGE, b"")]),
    "numbers whose bytes overflow 64 bits": RAW.header([RAW.array("a", 12, 2**61, b"")]),
    "a string in a list": RAW.header([RAW.array("a", 8, 1, RAW.number("Q", HUGE))]),
    "a string in a long list": RAW.header(
        [RAW.array(KEEP[0], 8, 100, RAW.number("Q", 2**63 - 9) * 100)]
    ),
}


@pytest.mark.parametrize("name", ABSURD)
@pytest.mark.parametrize("size_known", [True, False])
def test_absurd_counts_and_lengths_are_refused(name: str, size_known: bool) -> None:
    assert isinstance(outcome(in_memory(ABSURD[name], size_known=size_known)), CannotLoad)


@pytest.mark.parametrize(
    "name", ["entries", "tensors", "a text of a gigabyte", "strings", "numbers"]
)
def test_a_huge_file_does_not_make_absurd_lengths_acceptable(name: str) -> None:
    fetched = []

    def fetch(offset: int, length: int) -> bytes:
        fetched.append(length)
        return ABSURD[name][offset:].ljust(length, b"\0")

    assert isinstance(outcome(Source(fetch, 2**64)), CannotLoad)
    assert sum(fetched) < 2 << 20


def test_a_list_of_lists_is_refused_however_deep() -> None:
    inner = RAW.number("I", 9) + RAW.number("Q", 1)
    data = RAW.header([RAW.entry("a", 9, inner * 5000)])
    assert "is a list of lists" in refusal(data)


DAMAGED = {
    "the unknown type 13": [RAW.entry("a", 13, b"\0" * 8)],
    "is a list of the unknown type 77": [RAW.array("a", 77, 1, b"\0" * 8)],
    "it has the entry 'a' twice": [RAW.uint32("a", 1), RAW.string("a", "b")],
    "a metadata entry has no name": [RAW.uint32("", 1)],
    "the name of a metadata entry is not text": [RAW.entry(b"\xff\xfe", 0, b"\0")],
    "its alignment is '0'": [RAW.uint32("general.alignment", 0)],
    "its alignment is '48'": [RAW.uint32("general.alignment", 48)],
    "its alignment is 'wide'": [RAW.string("general.alignment", "wide")],
    "its alignment is 'True'": [RAW.entry("general.alignment", 7, b"\1")],
}


@pytest.mark.parametrize("words", DAMAGED)
def test_damaged_metadata_is_named(words: str) -> None:
    assert words in refusal(RAW.header(DAMAGED[words]))


F32, Q4_K = 0, 12
DAMAGED_TENSORS = {
    "it has the tensor 'a' twice": [RAW.tensor("a", (8,), F32, 0), RAW.tensor("a", (8,), F32, 32)],
    "a tensor has no name": [RAW.tensor("", (8,), F32, 0)],
    "the name of a tensor is not text": [RAW.tensor(b"\x80", (8,), F32, 0)],
    "has 5 dimensions": [RAW.tensor("a", (1,) * 5, F32, 0)],
    "'a' has an absurd shape": [RAW.tensor("a", (2**63,), F32, 0)],
    "'b' has an absurd shape": [RAW.tensor("b", (2**40, 2**40), F32, 0)],
    "the tensor 'a' does not follow": [RAW.tensor("a", (8,), F32, 32)],
    "the tensor 'b' does not follow": [  # overlaps
        RAW.tensor("a", (16,), F32, 0),
        RAW.tensor("b", (8,), F32, 32),
    ],
    "the tensor 'c' does not follow": [  # after a gap
        RAW.tensor("a", (8,), F32, 0),
        RAW.tensor("c", (8,), F32, 64),
    ],
    "the tensor 'd' does not follow": [  # not aligned, after a size that is unknown
        RAW.tensor("a", (8,), 99, 0),
        RAW.tensor("d", (8,), F32, 33),
    ],
    "the rows of the tensor 'a' are no whole number": [RAW.tensor("a", (255,), Q4_K, 0)],
}


@pytest.mark.parametrize("words", DAMAGED_TENSORS)
def test_a_damaged_tensor_table_is_named(words: str) -> None:
    assert words in refusal(RAW.header(tensors=DAMAGED_TENSORS[words]))
