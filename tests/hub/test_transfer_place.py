"""Where fetched files are put: other programs find them, and nothing gets out of the cache."""

import hashlib
import os
import random
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import hf_hub_download, scan_cache_dir, try_to_load_from_cache

from tests.stand_in_hub.fetching import BIG, FILENAME, REPO_ID, Fetching
from tests.stand_in_hub.hub import StandInHub
from yi_local.hub.repo import RemoteFile
from yi_local.hub.transfer.place import Shelf, Unplaceable

COMMIT = "c" * 40
SHA256 = hashlib.sha256(b"GGUF").hexdigest()


def stored(cache: Path, path: str = "a.gguf", **shelf: Any) -> Path:
    it = Shelf(cache, **{"repo_id": "o/n", "commit": COMMIT} | shelf)
    blob = it.blob(SHA256)
    blob.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(b"GGUF")
    return it.place(path, SHA256, revision="main")


def no_links(path: Path, target: object) -> None:
    raise OSError(1314, "A required privilege is not held by the client")


def by_library(cache: Path, repo_id: str, filename: str, revision: str) -> Path:
    options = {"cache_dir": cache, "local_files_only": True}
    return Path(hf_hub_download(repo_id, filename, revision=revision, **options))


# Other programs


def test_the_library_finds_what_we_fetched_and_asks_nobody(hub: StandInHub, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path, BIG)
    fetching.run()
    seen = fetching.shelf.place(FILENAME, BIG.sha256, revision="main")
    hub.requests.clear()
    for revision in ("main", fetching.commit):
        found = by_library(tmp_path, REPO_ID, FILENAME, revision)
        assert found.samefile(seen)
    assert try_to_load_from_cache(REPO_ID, FILENAME, cache_dir=tmp_path) == str(seen)
    assert hub.requests == []
    [repo] = scan_cache_dir(tmp_path).repos
    assert (repo.repo_id, repo.size_on_disk) == (REPO_ID, BIG.size)
    assert not scan_cache_dir(tmp_path).warnings


def test_the_library_online_takes_it_too(hub: StandInHub, tmp_path: Path) -> None:
    fetching = Fetching(hub, tmp_path, BIG)
    fetching.run()
    hub.requests.clear()
    options = {"cache_dir": tmp_path, "endpoint": hub.endpoint, "token": False}
    found = Path(hf_hub_download(REPO_ID, FILENAME, **options))
    assert found.samefile(fetching.download.blob)
    assert [seen.method for seen in hub.requests] == ["HEAD"]


def test_a_file_in_a_folder_is_linked_by_a_relative_path(tmp_path: Path) -> None:
    seen = stored(tmp_path, "q4/parts/a.gguf")
    assert os.readlink(seen) == f"../../../../blobs/{SHA256}".replace("/", os.sep)
    assert seen.read_bytes() == b"GGUF"
    assert (tmp_path / "models--o--n" / "refs" / "main").read_text() == COMMIT


def test_two_names_and_two_commits_share_one_blob(tmp_path: Path) -> None:
    places = [stored(tmp_path), stored(tmp_path, "b.gguf"), stored(tmp_path, commit="d" * 40)]
    assert len({place.stat().st_ino for place in places}) == 1
    assert stored(tmp_path) == places[0]  # again


def test_a_name_that_led_elsewhere_is_led_anew(tmp_path: Path) -> None:
    seen = stored(tmp_path)
    seen.unlink()
    seen.symlink_to(tmp_path / "nothing")
    assert stored(tmp_path).read_bytes() == b"GGUF"


def test_without_links_the_file_itself_is_there_once(
    hub: StandInHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "symlink_to", no_links)
    fetching = Fetching(hub, tmp_path, BIG)
    fetching.run()
    for _ in range(2):
        seen = fetching.shelf.place(FILENAME, BIG.sha256, revision="main")
    assert not seen.is_symlink()
    assert not fetching.download.blob.exists()
    assert by_library(tmp_path, REPO_ID, FILENAME, "main") == seen
    hub.requests.clear()
    fetching.run()
    assert hub.requests == []  # it is known to be here


def test_a_file_without_a_sha256_is_not_fetched(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "o/n", COMMIT)
    with pytest.raises(Unplaceable, match="without a sha256"):
        shelf.download(RemoteFile("a.gguf", 4, None), lambda: pytest.fail("asked"))


# Hostile repositories

PIECES = [
    *("..", ".", "", "/", "//", "\\", "..\\", "C:", "C:\\", "~", "\0", "\n", "\r", "\x1b[2J", "\t"),
    *("\u202e", "\u2028", "\ud800", "con", "NUL.gguf", "aux ", "a", "b.gguf", "blobs", "refs", ":"),
    *("%2e%2e", "%2f", "...", " ", "x" * 300, "é", "模型", "snapshots", ".git", "$HOME", "|", "*"),
]


def hostile_names(count: int) -> list[str]:
    dice = random.Random(4)
    names = [
        dice.choice("/\\/").join(dice.choices(PIECES, k=dice.randint(1, 7))) for _ in range(count)
    ]
    return [*names, "../" * 9 + "etc/passwd", "/etc/passwd", "a", "a/b", "a/b/c", *names[:100]]


def everything_below(folder: Path) -> set[Path]:
    return {Path(where) / name for where, _, files in os.walk(folder) for name in files}


def test_ten_thousand_hostile_names_write_nothing_outside(tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "in" / "the" / "cache"
    shelf = Shelf(cache, "o/n", COMMIT)
    blob = shelf.blob(SHA256)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"GGUF")
    placed, refused = set(), []
    for name in hostile_names(10_000):
        try:
            placed.add(shelf.place(name, SHA256))
        except Unplaceable as error:
            refused.append(str(error))
    assert len(refused) > 5000
    assert all(message.isprintable() for message in refused)
    assert placed
    snapshot = (shelf.folder / "snapshots" / COMMIT).resolve()
    assert all(seen.parent.resolve().is_relative_to(snapshot) for seen in placed)
    assert everything_below(tmp_path) == {blob, *placed}
    assert blob.read_bytes() == b"GGUF"


@pytest.mark.parametrize(
    "repo_id", ["../x", "o/../n", "o/n/x", "/etc", "o/..", "a--b/c", ".x/y", "o/n\n", "", "o\\n"]
)
def test_a_hostile_repository_name_gets_no_folder(tmp_path: Path, repo_id: str) -> None:
    with pytest.raises(Unplaceable):
        Shelf(tmp_path, repo_id, COMMIT)


@pytest.mark.parametrize("commit", ["..", ".", "", "../../x", "a/b", "/etc", "a\0", "..\\x"])
def test_a_hostile_commit_gets_no_folder(tmp_path: Path, commit: str) -> None:
    with pytest.raises(Unplaceable):
        Shelf(tmp_path, "o/n", commit)


@pytest.mark.parametrize("sha256", ["", "../" * 20, "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_a_hostile_sha256_names_no_blob(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(Unplaceable):
        Shelf(tmp_path, "o/n", COMMIT).blob(sha256)


@pytest.mark.parametrize("revision", ["../../../x", "/etc/x", "a/../../../x", "a\0"])
def test_a_hostile_revision_is_not_remembered(tmp_path: Path, revision: str) -> None:
    cache = tmp_path / "cache"
    seen = stored(cache)
    Shelf(cache, "o/n", COMMIT).place("a.gguf", SHA256, revision=revision)
    refs = cache / "models--o--n" / "refs"
    blob = cache / "models--o--n" / "blobs" / SHA256
    assert everything_below(tmp_path) == {seen, refs / "main", blob}
