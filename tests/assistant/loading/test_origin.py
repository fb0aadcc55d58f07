"""yi_local.assistant.loading.origin: what is known of a file without reading it."""

import os
from pathlib import Path

import pytest

from yi_local.assistant.loading.origin import FileFacts, file_facts
from yi_local.hub.library.file_book import FileFacts as KeptFacts
from yi_local.hub.library.file_book import own_book
from yi_local.hub.stores.stored_model import Stamp

SHA256 = "ab" * 32


def test_a_file_in_the_hubs_cache_tells_repository_revision_and_sha256(tmp_path: Path) -> None:
    repo = tmp_path / "hub" / "models--01-ai--Yi-6B-GGUF"
    snapshot = repo / "snapshots" / "c0ffee" / "quants"
    snapshot.mkdir(parents=True)
    (repo / "blobs").mkdir()
    (repo / "blobs" / SHA256).write_bytes(b"weights")
    link = snapshot / "yi.gguf"
    try:
        link.symlink_to(Path("../../../blobs") / SHA256)
    except OSError:
        pytest.skip("this system has no links")
    facts = file_facts(link)
    assert (facts.repo_id, facts.revision) == ("01-ai/Yi-6B-GGUF", "c0ffee")
    assert (facts.sha256, facts.size_bytes) == (SHA256, 7)


def test_a_sha256_that_was_measured_once_is_known(tmp_path: Path) -> None:
    path = tmp_path / "yi.gguf"
    path.write_bytes(b"weights")
    os.utime(path, ns=(10**18, 10**18))  # long ago: what has just been written may change again
    stat = path.stat()
    book = own_book()
    stamp = Stamp(stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev)
    book.keep(path, stamp, KeptFacts(sha256=SHA256))
    book.save()
    assert file_facts(path) == FileFacts(7, 10**18, SHA256, None, None)
    path.write_bytes(b"other weights")
    assert file_facts(path).sha256 is None


def test_nothing_is_known_of_a_file_that_is_gone(tmp_path: Path) -> None:
    assert file_facts(tmp_path / "gone.gguf") == FileFacts()
