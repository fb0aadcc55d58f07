"""Where headers come from: ranges that grow, and local files that are told from others."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gguf_file.raw_gguf import RawGguf, in_memory, small_header
from yi_local.errors import CannotLoad, ModelNotFound
from yi_local.gguf_file import Source, from_file, open_model_file, read_header
from yi_local.gguf_file.source import FIRST_RANGE

RAW = RawGguf()
TOKENS = "tokenizer.ggml.tokens"


class Remote:
    """A file behind range requests, which counts them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.ranges: list[tuple[int, int]] = []

    def fetch(self, offset: int, length: int) -> bytes:
        self.ranges.append((offset, length))
        return self.data[offset : offset + length]


def long_header(n_tokens: int) -> bytes:
    tokens = [f"token number {n:08}" for n in range(n_tokens)]
    return RAW.header([RAW.strings(TOKENS, tokens), RAW.string("last", "one")])


@pytest.mark.parametrize("size_known", [True, False])
def test_a_long_header_is_fetched_in_doubling_ranges_and_nothing_twice(size_known: bool) -> None:
    data = long_header(200_000)  # 6 MB
    weights = bytes(20 << 20)
    remote = Remote(data + weights)
    source = Source(remote.fetch, len(remote.data) if size_known else None)
    header = read_header(source, keep_arrays=[TOKENS])
    assert header.text("last") == "one"
    assert len(header.metadata[TOKENS]) == 200_000
    assert header.metadata[TOKENS][-1] == "token number 00199999"
    assert [offset for offset, _ in remote.ranges] == [0, 1 << 20, 2 << 20, 4 << 20]
    assert sum(length for _, length in remote.ranges) == 8 << 20


def test_a_short_file_is_fetched_once_and_not_past_its_end() -> None:
    remote = Remote(small_header())
    read_header(Source(remote.fetch, len(remote.data)))
    assert remote.ranges == [(0, len(remote.data))]


def test_a_server_may_send_less_or_more_than_was_asked_for() -> None:
    data = long_header(100_000)
    by_pieces = Source(lambda at, length: data[at : at + min(length, 300_000)], len(data))
    too_much = Source(lambda at, length: data[at:])
    assert read_header(by_pieces) == read_header(too_much) == read_header(in_memory(data))


def test_an_error_of_the_fetch_is_passed_on() -> None:
    def fetch(offset: int, length: int) -> bytes:
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        read_header(Source(fetch))


def test_an_open_file_is_read_wherever_it_stands() -> None:
    file = io.BytesIO(small_header())
    file.seek(9)
    assert read_header(from_file(file)) == read_header(in_memory(small_header()))
    assert not file.closed


def test_a_failing_disk_is_explained() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(CannotLoad, match="Input/output error"):
        read_header(from_file(Broken(b"GGUF")))


def test_a_local_file_knows_its_size_and_is_closed_after_use(tmp_path: Path) -> None:
    path = tmp_path / "yi 你好.gguf"
    path.write_bytes(small_header() + bytes(FIRST_RANGE))
    with open_model_file(path) as file:
        assert (file.path, file.size) == (path, path.stat().st_size)
        assert read_header(file).architecture == "llama"
    with pytest.raises(ValueError, match="closed file"):
        file.head(FIRST_RANGE + 1)


def test_a_file_that_shrinks_while_it_is_open_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "yi.gguf"
    path.write_bytes(long_header(200_000))
    with open_model_file(path) as file:
        os.truncate(path, 2_000_000)
        with pytest.raises(CannotLoad, match="ends inside its header"):
            read_header(file)


POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:386c49cf943d71aa110361135338c50e38beeff0a66593480421f37b319e1a39\n"
    b"size 3673518080\n"
)
FOREIGN = {
    "is empty": b"",
    "is a Git-LFS pointer for 3.7 GB, not the model itself": POINTER,
    "is a web page": b"\n <!DOCTYPE html><html><head><title>Sign in</title>",
    "is a web page saved": b"\xef\xbb\xbf<html lang=en>",
    "is a JSON text": b'{"error":"Repository not found"}',
    "is an XML text": b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "is an old GGJT file of 2023": b"tjgg\3\0\0\0",
    "is an old GGML file of 2023": b"lmgg\0\0\0\0",
    "is an old GGMF file of 2023": b"fmgg\1\0\0\0",
    "is an old GGLA file": b"algg\1\0\0\0",
    "is a safetensors file": b'\x88\x0e\0\0\0\0\0\0{"__metadata__":{}}',
    "is a zip archive": b"PK\3\4\0\0",
    "is a pickled PyTorch checkpoint": b"\x80\x02\x8a\nl\xfc",
    "is a gzip archive": b"\x1f\x8b\x08\0",
    "begins with zeros": bytes(4096),
    "is not a GGUF": b"once upon a time",
}


@pytest.mark.parametrize("words", FOREIGN)
def test_a_file_that_is_not_a_gguf_is_told_for_what_it_is(words: str, tmp_path: Path) -> None:
    path = tmp_path / "yi-6b.gguf"
    path.write_bytes(FOREIGN[words])
    with pytest.raises(CannotLoad) as caught:
        open_model_file(path)
    assert f"{path} {words}" in caught.value.message
    assert caught.value.hint
    with pytest.raises(CannotLoad) as remote:
        read_header(in_memory(FOREIGN[words]))
    assert f"The file {words}" in remote.value.message


def test_the_hint_for_a_pointer_is_the_command_for_its_file(tmp_path: Path) -> None:
    path = tmp_path / "yi-6b.gguf"
    path.write_bytes(POINTER)
    with pytest.raises(CannotLoad) as caught:
        open_model_file(path)
    assert str(caught.value.hint).endswith("git lfs pull --include yi-6b.gguf")


def test_a_file_of_a_few_bytes_of_magic_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "yi.gguf"
    for length in range(1, 8):
        path.write_bytes(b"GGUF\3\0\0\0"[:length])
        with open_model_file(path) as file, pytest.raises(CannotLoad, match="ends inside"):
            read_header(file)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name in ("Yi-6B-Chat.Q4_K_M.gguf", "Yi-6B-Chat.Q8_0.gguf", "smollm.GGUF", "notes.txt"):
        (tmp_path / name).write_bytes(b"GGUF")
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("yi-6b-chat.gguf", "Yi-6B-Chat.Q4_K_M.gguf or {0}Yi-6B-Chat.Q8_0.gguf?"),
        ("Yi-6B-Chat.Q4_K_S.gguf", "Did you mean {0}Yi-6B-Chat.Q4_K_M.gguf"),
        ("SMOLLM", "Did you mean {0}smollm.GGUF?"),
        ("notes", "Check the path"),
        ("smollm.GGUF/inside.gguf", "Check the path"),
        ("absent/yi.gguf", "Check the path"),
    ],
)
def test_a_missing_file_brings_up_those_with_like_names(
    wanted: str, hint: str, models: Path
) -> None:
    with pytest.raises(ModelNotFound, match="There is no file") as caught:
        open_model_file(models / wanted)
    assert hint.format(f"{models}{os.sep}") in str(caught.value.hint)


def test_a_folder_is_answered_with_the_models_in_it(models: Path) -> None:
    with pytest.raises(ModelNotFound, match="is a folder") as caught:
        open_model_file(models)
    names = "Yi-6B-Chat.Q4_K_M.gguf, Yi-6B-Chat.Q8_0.gguf, smollm.GGUF"
    assert caught.value.hint == f"Name a file in it: {names}"


def test_a_folder_without_models_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"folder without a \.gguf file"):
        open_model_file(tmp_path)


def test_a_link_to_nowhere_names_where_it_points(tmp_path: Path) -> None:
    link = tmp_path / "yi.gguf"
    link.symlink_to(tmp_path / "blobs" / "386c49cf")
    with pytest.raises(ModelNotFound, match=r"is a link to a file that is gone: .*386c49cf"):
        open_model_file(link)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    with pytest.raises(CannotLoad, match="is a pipe or a device"):
        open_model_file(tmp_path / "pipe.gguf")


@pytest.mark.parametrize("name", ["n" * 5000, "zero\0byte"])
def test_a_path_that_no_system_takes_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotLoad, match="cannot be read"):
        open_model_file(tmp_path / name)


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Path]:
    """A file that its reader may not read; root reads anything, and so becomes somebody else."""
    if not hasattr(os, "geteuid"):
        pytest.skip("there are no user ids here")
    path = tmp_path / "yi.gguf"
    path.write_bytes(small_header())
    path.chmod(0)
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)
    yield path
    os.seteuid(own)


def test_a_file_that_may_not_be_read_is_refused_for_that(sealed: Path) -> None:
    with pytest.raises(CannotLoad, match="may not be read by you") as caught:
        open_model_file(sealed)
    assert "chmod" in str(caught.value.hint)
