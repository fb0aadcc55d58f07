"""The twin of a model: all of its header but the vocabulary, in a sparse file."""

import os
from pathlib import Path

import gguf
import pytest

from tests.gguf_file.raw_gguf import RawGguf, in_memory, small_header
from tests.tiny_gguf import write_tiny
from yi_local.errors import CannotLoad, ModelNotFound
from yi_local.gguf_file import GgufHeader, open_model, read_header, twin_of
from yi_local.gguf_file.twin_file import save_twin, twin_name, write_twin


def twin_header(data: bytes) -> GgufHeader:
    source = in_memory(data)
    twin = twin_of([(source, read_header(source))])
    return read_header(in_memory(twin.header))


@pytest.mark.parametrize("order", ["<", ">"])
def test_everything_but_the_vocabulary_is_kept_to_the_byte(order: str) -> None:
    original, twin = read_header(in_memory(small_header(order))), twin_header(small_header(order))
    gone = {"tokenizer.ggml.tokens", "tokenizer.ggml.token_type"}
    added = {"tokenizer.ggml.model": "no_vocab", "llama.vocab_size": 80}
    kept = {key: value for key, value in original.metadata.items() if key not in gone}
    assert dict(twin.metadata) == kept | added
    assert [t.name for t in twin.tensors] == [t.name for t in original.tensors]
    assert [t.shape for t in twin.tensors] == [t.shape for t in original.tensors]
    assert twin.byte_order == original.byte_order


def test_a_twin_without_a_vocabulary_still_has_none() -> None:
    twin = twin_header(RawGguf().header([RawGguf().string("general.architecture", "llama")]))
    assert "llama.vocab_size" not in twin.metadata


def test_the_gguf_package_reads_a_twin_of_the_right_size(tmp_path: Path) -> None:
    model = write_tiny(tmp_path / "tiny.gguf")
    path = write_twin(model, tmp_path / "twins")
    reader = gguf.GGUFReader(path)
    original = gguf.GGUFReader(model)
    assert [t.name for t in reader.tensors] == [t.name for t in original.tensors]
    assert [t.n_bytes for t in reader.tensors] == [t.n_bytes for t in original.tensors]
    with open_model(path) as twin:  # not cut short
        assert twin.headers[0].n_vocab == len(original.fields["tokenizer.ggml.tokens"].data)


@pytest.mark.skipif(os.name == "nt", reason="no st_blocks there")
def test_a_twin_takes_no_room_on_disk(tmp_path: Path) -> None:
    raw = RawGguf()
    shape = (4096, 4096, 64)
    data = raw.header(
        [raw.string("general.architecture", "llama")], [raw.tensor("a.weight", shape, 12, 0)]
    )
    source = in_memory(data)
    path = save_twin(twin_of([(source, read_header(source))]), tmp_path)
    assert path.stat().st_size > 600_000_000
    assert path.stat().st_blocks * 512 < 100_000


def test_the_same_header_has_the_same_twin_whatever_its_file_is_called(tmp_path: Path) -> None:
    paths = [write_tiny(tmp_path / name) for name in ("one.gguf", "two.gguf")]
    assert len({write_twin(path, tmp_path / "twins") for path in paths}) == 1


def test_an_unknown_tensor_type_is_refused_in_words() -> None:
    raw = RawGguf()
    source = in_memory(raw.header((), [raw.tensor("a", (32,), 77, 0)]))
    with pytest.raises(CannotLoad, match="unknown type 77"):
        twin_of([(source, read_header(source))])


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    source = in_memory(small_header())
    with pytest.raises(CannotLoad, match="cannot be written"):
        save_twin(twin_of([(source, read_header(source))]), tmp_path / "file")


# Shards


def write_shards(folder: Path, count: int = 3) -> Path:
    """Each with one tensor of its own; the first has the metadata."""
    raw = RawGguf()
    for number in range(count):
        entries = [raw.uint32("split.no", number), raw.uint32("split.count", count)]
        if number == 0:
            entries.append(raw.string("general.architecture", "llama"))
        data = raw.header(entries, [raw.tensor(f"t{number}", (256,), 0, 0)])
        padding = bytes(-len(data) % 32)
        path = folder / f"m-{number + 1:05d}-of-{count:05d}.gguf"
        path.write_bytes(data + padding + bytes(1024))
    return folder / f"m-00001-of-{count:05d}.gguf"


def test_the_shards_of_a_model_become_one_twin(tmp_path: Path) -> None:
    with open_model(write_shards(tmp_path)) as model:
        assert len(model.headers) == 3
        assert model.size_bytes == sum(path.stat().st_size for path in tmp_path.iterdir())
        twin = twin_of(model.parts)
    header = read_header(in_memory(twin.header))
    assert [(t.name, t.offset) for t in header.tensors] == [("t0", 0), ("t1", 1024), ("t2", 2048)]
    assert "split.count" not in header.metadata
    assert twin.size_bytes == len(twin.header) + 3 * 1024
    assert twin_name(twin).endswith(".twin")


def test_a_missing_shard_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    first = write_shards(tmp_path)
    (tmp_path / "m-00002-of-00003.gguf").unlink()
    with pytest.raises(ModelNotFound, match="m-00002-of-00003"), open_model(first):
        pass
