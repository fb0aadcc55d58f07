"""The library: every model once, what is wrong with it, and how it is found by its names."""

import os
from pathlib import Path

import pytest

from tests.hub.stores_on_disk import (
    COMMIT,
    NEWER,
    in_hub_cache,
    in_ollama,
    listed,
    machine,
    pointer_text,
    sha256,
    write_gguf,
)
from tests.tiny_gguf import write_tiny
from yi_local.errors import Cancelled, CannotLoad, ModelNotFound, UsageError, YiLocalError
from yi_local.hub.library import identity
from yi_local.hub.library.file_book import FileBook, FileFacts
from yi_local.hub.library.identity import measured_sha256, sha256_of, verify
from yi_local.hub.library.library import library, settled
from yi_local.hub.library.lookup import find_entries, find_entry, find_sha256
from yi_local.hub.stores.stored_model import Stamp
from yi_local.hub.stores.walk import stamp_of, stored_file


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "yi"))


def hub(tmp_path: Path) -> Path:
    return tmp_path / ".cache/huggingface/hub"


def test_the_same_file_in_three_stores_is_one_entry_with_three_places(tmp_path: Path) -> None:
    in_hub_cache(hub(tmp_path), "a/b", "b.Q4_0.gguf", 1)
    in_ollama(tmp_path / ".ollama/models", "library/b/latest", 1)
    blob = in_hub_cache(hub(tmp_path), "other/name", "c.gguf", 1)
    in_ollama(tmp_path / ".ollama/models", "library/different/latest", 2)
    same, different = listed(machine(tmp_path)).entries
    assert same.names == ("a/b:Q4_0", "other/name/c.gguf", "b:latest")
    assert [place.store for place in same.places] == ["Hugging Face", "Hugging Face", "Ollama"]
    assert same.sha256s == (sha256(blob),)
    assert (same.quant, same.architecture, same.trouble) == ("Q4_0", "llama", None)
    assert different.name == "different:latest"
    assert not same.may_equal
    assert not different.may_equal


def test_links_and_hard_links_are_the_same_file_without_any_hash(tmp_path: Path) -> None:
    first = write_gguf(tmp_path / "mine/a.gguf")
    os.link(first, tmp_path / "mine/b.gguf")
    (tmp_path / "mine/c.gguf").symlink_to(first)
    [entry] = listed(machine(tmp_path), tmp_path / "mine").entries
    assert len(entry.places) == 3
    assert entry.sha256s == (None,)


def test_two_commits_of_one_repo_with_one_blob_are_one_entry(tmp_path: Path) -> None:
    in_hub_cache(hub(tmp_path), "a/b", "b.gguf", 1, COMMIT)
    in_hub_cache(hub(tmp_path), "a/b", "b.gguf", 1, NEWER)
    [entry] = listed(machine(tmp_path)).entries
    assert [place.commit for place in entry.places] == [NEWER, COMMIT]


def test_equal_headers_are_a_hint_which_reading_settles(tmp_path: Path) -> None:
    """Two copies, and one file of the same header and size with another weight."""
    write_gguf(tmp_path / "mine/a.gguf")
    write_gguf(tmp_path / "mine/copy.gguf")
    tuned = write_gguf(tmp_path / "mine/tuned.gguf")
    data = bytearray(tuned.read_bytes())
    data[-1] ^= 1
    tuned.write_bytes(data)
    os.utime(tuned, (1_700_000_000, 1_700_000_000))
    here, book = machine(tmp_path), FileBook(tmp_path / "book.json")
    before = library([tmp_path / "mine"], here, book)
    assert [len(entry.may_equal) for entry in before.entries] == [2, 2, 2]
    seen: list[tuple[int, int]] = []
    after = settled(before, book, lambda done, total: seen.append((done, total)))
    assert [entry.names for entry in after.entries] == [("a", "copy"), ("tuned",)]
    assert [entry.may_equal for entry in after.entries] == [(), ()]
    assert seen[-1] == (3 * len(data), 3 * len(data))
    again = library([tmp_path / "mine"], here, FileBook(tmp_path / "book.json"))
    assert again.entries == after.entries  # the hashes were kept


def test_a_copy_in_another_store_is_recognised_after_settling(tmp_path: Path) -> None:
    in_hub_cache(hub(tmp_path), "a/b", "b.gguf")
    write_gguf(tmp_path / "mine/b.gguf")
    here, book = machine(tmp_path), FileBook(tmp_path / "book.json")
    before = library([tmp_path / "mine"], here, book)
    assert len(before.entries) == 2
    [entry] = settled(before, book).entries
    assert [place.store for place in entry.places] == ["Hugging Face", "folder"]


def test_every_broken_file_is_listed_with_what_it_is(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    healthy = write_gguf(mine / "ok.gguf")
    (mine / "cut.gguf").write_bytes(healthy.read_bytes()[:-8])
    (mine / "empty.gguf").write_bytes(b"")
    (mine / "page.gguf").write_text("<!doctype html>")
    (mine / "pointer.gguf").write_text(pointer_text(b"x" * 4_000_000))
    (mine / "gone.gguf").symlink_to(mine / "nowhere")
    (mine / "half-00001-of-00002.gguf").write_bytes(healthy.read_bytes())
    (mine / "noise.gguf").write_bytes(b"GGUF" + bytes(range(256)))
    os.mkfifo(mine / "pipe.gguf")
    write_tiny(mine / "lora.gguf", metadata={"general.type": "adapter"})
    found = {entry.name: entry for entry in listed(machine(tmp_path), mine).entries}
    words = {
        "ok": None,
        "cut": "cut short",
        "empty": "is empty",
        "page": "a web page",
        "pointer": "Git-LFS pointer for 4.0 MB",
        "gone": "a file that is gone",
        "half": "no file",
        "noise": "",
        "pipe": "a pipe",
        "lora": "a LoRA adapter",
    }
    assert set(found) == set(words)
    for name, word in words.items():
        trouble = found[name].trouble
        assert (trouble is None) if word is None else (trouble is not None and word in trouble)
    assert found["pointer"].model.pointer is not None
    assert found["half"].size_bytes is None


def test_a_damaged_copy_is_not_shown_as_the_healthy_one(tmp_path: Path) -> None:
    in_hub_cache(hub(tmp_path), "a/b", "b.gguf")
    blob = in_ollama(tmp_path / ".ollama/models", "library/b/latest")
    blob.write_bytes(blob.read_bytes()[:-8])
    healthy, damaged = listed(machine(tmp_path)).entries
    assert healthy.trouble is None
    assert damaged.trouble is not None


def test_the_second_listing_reads_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_hub_cache(hub(tmp_path), "a/b", "b.gguf")
    write_gguf(tmp_path / ".lmstudio/models/a/b/c-00001-of-00002.gguf", 2)
    write_gguf(tmp_path / ".lmstudio/models/a/b/c-00002-of-00002.gguf", 3)
    first = listed(machine(tmp_path))
    monkeypatch.setattr("yi_local.hub.library.library.open_model", None)
    assert listed(machine(tmp_path)) == first


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "mine/a.gguf")
    assert listed(machine(tmp_path), path.parent).entries[0].trouble is None
    path.write_bytes(path.read_bytes()[:-8])
    assert listed(machine(tmp_path), path.parent).entries[0].trouble is not None


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("a/Yi-GGUF:Q4_K_M", "a/Yi-GGUF:Q4_K_M"),
        ("A/yi-gguf:q4_k_m", "a/Yi-GGUF:Q4_K_M"),
        ("hf://a/Yi-GGUF:Q8_0", "a/Yi-GGUF:Q8_0"),
        ("a/Yi-GGUF:yi.Q8_0.gguf", "a/Yi-GGUF:Q8_0"),
        ("yi.Q8_0.gguf", "a/Yi-GGUF:Q8_0"),
        ("yi.q8_0", "a/Yi-GGUF:Q8_0"),
        ("llama3:8b", "llama3:8b"),
        ("phi", "phi:latest"),
    ],
)
def test_a_model_is_found_by_what_it_is_called(tmp_path: Path, reference: str, name: str) -> None:
    in_hub_cache(hub(tmp_path), "a/Yi-GGUF", "yi.Q4_K_M.gguf", 1)
    in_hub_cache(hub(tmp_path), "a/Yi-GGUF", "yi.Q8_0.gguf", 2)
    in_ollama(tmp_path / ".ollama/models", "library/llama3/8b", 3)
    in_ollama(tmp_path / ".ollama/models", "library/phi/latest", 4)
    assert find_entry(listed(machine(tmp_path)), reference).name == name


def test_a_model_is_found_by_any_path_that_leads_to_it(tmp_path: Path) -> None:
    link = in_hub_cache(hub(tmp_path), "a/b", "b.gguf")
    known = listed(machine(tmp_path))
    for path in (link, link.resolve(), link.parent / ".." / COMMIT / "b.gguf"):
        assert find_entry(known, str(path)).path == link
    found = find_sha256(known, sha256(link))
    assert found is not None
    assert found.path == link


def test_what_is_not_here_gets_suggestions(tmp_path: Path) -> None:
    in_hub_cache(hub(tmp_path), "01-ai/Yi-GGUF", "yi.Q4_K_M.gguf", 1)
    in_hub_cache(hub(tmp_path), "01-ai/Yi-GGUF", "yi.Q8_0.gguf", 2)
    known = listed(machine(tmp_path))
    with pytest.raises(ModelNotFound) as typo:
        find_entry(known, "01-ai/Yi-GUF:Q8_0")
    assert typo.value.hint is not None
    assert "01-ai/Yi-GGUF:Q8_0" in typo.value.hint
    with pytest.raises(UsageError) as several:
        find_entry(known, "01-ai/Yi-GGUF")
    assert several.value.hint is not None
    assert "Q4_K_M" in several.value.hint
    assert len(find_entries(known, "01-ai/Yi-GGUF")) == 2
    for nonsense in ("", "\0", "/no/such", "../..", "a" * 10_000, "x:y:z"):
        assert find_entries(known, nonsense) == ()


# Identity


def test_a_hash_is_measured_in_blocks_and_told(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(os.urandom(3 * identity.BLOCK_BYTES + 5))
    seen: list[int] = []
    assert sha256_of(path, lambda done, total: seen.append(done)) == sha256(path)
    assert len(seen) == 4
    assert seen[-1] == path.stat().st_size


def test_hashing_stops_where_the_caller_says_so(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(bytes(2 * identity.BLOCK_BYTES))

    def cancel(done_bytes: int, total_bytes: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        sha256_of(path, cancel)


def test_a_file_that_grows_while_it_is_read_has_no_hash(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(bytes(identity.BLOCK_BYTES))

    def grow(done_bytes: int, total_bytes: int) -> None:
        if done_bytes == identity.BLOCK_BYTES:
            path.write_bytes(bytes(identity.BLOCK_BYTES + 1))

    with pytest.raises(YiLocalError, match="was changed while it was read"):
        sha256_of(path, grow)


def test_a_measured_hash_is_kept_until_the_file_changes(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "a.gguf")
    book = FileBook(tmp_path / "book.json")
    first = measured_sha256(stored_file(path), book)
    book.save()
    again = FileBook(tmp_path / "book.json")

    def fail(done_bytes: int, total_bytes: int) -> None:
        raise AssertionError("it was read again")

    assert measured_sha256(stored_file(path), again, fail) == first
    path.write_bytes(b"other")
    assert measured_sha256(stored_file(path), again) == sha256(path)


def test_verifying_reads_again_and_finds_a_flipped_bit(tmp_path: Path) -> None:
    link = in_hub_cache(hub(tmp_path), "a/b", "b.gguf")
    model = listed(machine(tmp_path)).entries[0].model
    [good] = verify(model)
    assert good.matches
    stat = link.stat()
    data = bytearray(link.read_bytes())
    data[-1] ^= 1
    link.resolve().write_bytes(data)
    os.utime(link.resolve(), ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as a tired disk would
    [bad] = verify(model, book=FileBook(tmp_path / "book.json"))
    assert bad.matches is False
    [unknown] = verify(model, expected=[None])
    assert unknown.matches is None
    link.resolve().unlink()
    with pytest.raises((ModelNotFound, CannotLoad)):
        verify(model)


# The book


def test_what_was_only_just_written_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "new.gguf"
    path.write_bytes(b"x")
    stamp = stamp_of(path)
    assert stamp is not None
    book = FileBook(tmp_path / "book.json")
    book.keep(path, stamp, FileFacts(sha256="1"))
    assert book.facts(path, stamp) == FileFacts()
    later = FileBook(tmp_path / "book.json", lambda: stamp.mtime_ns + 3_000_000_000)
    later.keep(path, stamp, FileFacts(sha256="1"))
    assert later.facts(path, stamp) == FileFacts(sha256="1")


def test_two_books_on_one_file_keep_what_both_found(tmp_path: Path) -> None:
    file, stamp = tmp_path / "deep/book.json", Stamp(1, 2, 3, 4)
    one, two = FileBook(file), FileBook(file)
    one.keep(Path("/a"), stamp, FileFacts(sha256="1"))
    two.keep(Path("/b"), stamp, FileFacts(quant="Q4_0"))
    one.save()
    two.keep(Path("/b"), stamp, FileFacts(sha256="2"))
    two.save()
    book = FileBook(file)
    assert book.facts(Path("/a"), stamp) == FileFacts(sha256="1")
    assert book.facts(Path("/b"), stamp) == FileFacts(sha256="2", quant="Q4_0")
    assert book.facts(Path("/b"), Stamp(1, 2, 3, 5)) == FileFacts()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"[]",
        b"7",
        b'{"format": 1}',
        b'{"format": 1, "files": {"a": 1}}',
        b'{"format": 1, "files": {"a": {"stamp": {"size": 1}}}}',
        b'{"format": 9, "files": {}}',
        b"[" * 100_000,
    ],
)
def test_a_broken_book_is_an_empty_one(tmp_path: Path, text: bytes) -> None:
    file, stamp = tmp_path / "book.json", Stamp(1, 2, 3, 4)
    file.write_bytes(text)
    book = FileBook(file)
    assert book.facts(Path("a"), stamp) == FileFacts()
    book.keep(Path("a"), stamp, FileFacts(sha256="1"))
    book.save()
    assert FileBook(file).facts(Path("a"), stamp).sha256 == "1"


def test_a_book_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    book = FileBook(tmp_path / "file" / "book.json")
    book.keep(Path("a"), Stamp(1, 2, 3, 4), FileFacts(sha256="1"))
    book.save()
