"""What `yi rm` frees: exactly what it says, and nothing that is somebody else's."""

import os
from pathlib import Path

import pytest

from tests.hub.stores_on_disk import (
    COMMIT,
    NEWER,
    disk_bytes,
    in_hub_cache,
    in_ollama,
    listed,
    machine,
    write_gguf,
)
from yi_local.hub.library.library import Library
from yi_local.hub.library.lookup import find_entry
from yi_local.hub.library.removal import Removed, removal, remove
from yi_local.hub.library.removal_plan import Inode, freed_bytes
from yi_local.hub.stores.folders import own_models_folder, own_modelscope_folder


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "yi"))


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    folder = tmp_path / ".cache/huggingface/hub"
    folder.mkdir(parents=True)
    return folder


def removed(
    tmp_path: Path, known: Library, name: str, *, also_user_folders: bool = False
) -> Removed:
    """After a look that the plan told the truth about the disk."""
    plan = removal(find_entry(known, name).places, known, also_user_folders=also_user_folders)
    (tmp_path / "book.json").unlink(missing_ok=True)
    before = disk_bytes(tmp_path)
    done = remove(plan)
    assert before - disk_bytes(tmp_path) == plan.freed_bytes == done.freed_bytes
    assert done.deleted == plan.delete
    return done


def test_a_model_alone_in_its_repo_takes_the_repo_with_it(tmp_path: Path, hub: Path) -> None:
    link = in_hub_cache(hub, "a/b", "sub/b.gguf")
    repo = hub / "models--a--b"
    (repo / "trees").mkdir()
    (repo / "trees" / f"{COMMIT}.json").write_text("{}")
    (repo / ".no_exist" / COMMIT).mkdir(parents=True)
    (repo / ".no_exist" / COMMIT / "config.json").touch()
    size = link.stat().st_size
    done = removed(tmp_path, listed(machine(tmp_path)), "a/b")
    assert done.freed_bytes >= size
    assert list(hub.iterdir()) == []
    assert hub.is_dir()


def test_what_else_is_in_the_repo_stays(tmp_path: Path, hub: Path) -> None:
    link = in_hub_cache(hub, "a/b", "b.Q4_0.gguf", 1)
    other = in_hub_cache(hub, "a/b", "b.Q8_0.gguf", 2)
    readme = link.with_name("README.md")
    readme.write_text("read me")
    removed(tmp_path, listed(machine(tmp_path)), "a/b:Q4_0")
    assert not link.is_symlink()
    assert other.is_file()
    assert readme.is_file()
    assert (hub / "models--a--b/refs/main").read_text() == COMMIT
    assert len(list((hub / "models--a--b/blobs").iterdir())) == 1


def test_a_blob_stays_while_another_file_or_snapshot_uses_it(tmp_path: Path, hub: Path) -> None:
    first = in_hub_cache(hub, "a/b", "b.gguf", 1, COMMIT)
    second = in_hub_cache(hub, "a/b", "b.gguf", 1, NEWER)
    known = listed(machine(tmp_path))
    [old] = [model for model in known.models if model.commit == COMMIT]
    plan = removal([old], known)
    assert first.resolve() not in plan.delete
    assert [kept.why for kept in plan.kept] == ["Something else still uses it."]
    before = disk_bytes(tmp_path)
    done = remove(plan)
    assert before - disk_bytes(tmp_path) == plan.freed_bytes == done.freed_bytes
    assert not first.is_symlink()
    assert second.is_file()
    removed(tmp_path, listed(machine(tmp_path)), "a/b")
    assert list(hub.iterdir()) == []


def test_both_commits_of_one_model_go_together(tmp_path: Path, hub: Path) -> None:
    in_hub_cache(hub, "a/b", "b.gguf", 1, COMMIT)
    in_hub_cache(hub, "a/b", "b.gguf", 1, NEWER)
    removed(tmp_path, listed(machine(tmp_path)), "a/b")
    assert list(hub.iterdir()) == []


def test_all_shards_and_the_vision_part_of_the_last_quant_go(tmp_path: Path, hub: Path) -> None:
    for number in (1, 2):
        in_hub_cache(hub, "a/b", f"b-Q8_0-0000{number}-of-00002.gguf", number)
    in_hub_cache(hub, "a/b", "b-Q4_0.gguf", 3)
    vision = in_hub_cache(hub, "a/b", "mmproj-F16.gguf", 4)
    removed(tmp_path, listed(machine(tmp_path)), "a/b:Q8_0")
    assert vision.is_file()
    removed(tmp_path, listed(machine(tmp_path)), "a/b:Q4_0")
    assert list(hub.iterdir()) == []


def test_a_blob_in_the_shared_store_goes_with_its_last_user(tmp_path: Path, hub: Path) -> None:
    shared = write_gguf(hub / "blobs/ab/xethash")
    links = []
    for repo in ("models--a--b", "models--c--d"):
        blob = hub / repo / "blobs" / ("1" * 64)
        blob.parent.mkdir(parents=True)
        blob.symlink_to(shared)
        links.append(hub / repo / "snapshots" / COMMIT / "m.gguf")
        links[-1].parent.mkdir(parents=True)
        links[-1].symlink_to(f"../../blobs/{'1' * 64}")
    known = listed(machine(tmp_path))
    [first] = [model for model in known.models if model.repo_id == "a/b"]
    remove(removal([first], known))
    assert shared.is_file()
    assert links[1].is_file()
    done = removed(tmp_path, listed(machine(tmp_path)), "c/d")
    assert done.freed_bytes > 0
    assert not shared.exists()


def test_a_hard_link_elsewhere_keeps_the_bytes(tmp_path: Path, hub: Path) -> None:
    link = in_hub_cache(hub, "a/b", "b.gguf")
    os.link(link.resolve(), tmp_path / "kept")
    blob = link.resolve()
    done = removed(tmp_path, listed(machine(tmp_path)), "a/b")
    assert blob in done.deleted
    assert (tmp_path / "kept").is_file()


def test_other_programs_models_never_go(tmp_path: Path, hub: Path) -> None:
    link = in_hub_cache(hub, "a/b", "b.gguf")
    blob = in_ollama(tmp_path / ".ollama/models", "library/b/latest")
    write_gguf(tmp_path / ".lmstudio/models/x/y/z.gguf", 2)
    known = listed(machine(tmp_path))
    plan = removal(find_entry(known, "a/b").places, known, also_user_folders=True)
    assert [(kept.path, kept.why) for kept in plan.kept] == [
        (blob, "Ollama keeps it: ollama rm b:latest")
    ]
    remove(plan)
    assert not link.exists()
    assert blob.is_file()
    other = removal(find_entry(known, "x/y").places, known, also_user_folders=True)
    assert (other.delete, other.freed_bytes) == ((), 0)


def test_a_persons_own_file_goes_only_when_they_say_so_again(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "mine/deep/a.gguf")
    (tmp_path / "mine/notes.txt").write_text("mine")
    known = listed(machine(tmp_path), tmp_path / "mine")
    plan = removal(find_entry(known, "a").places, known)
    assert plan.delete == ()
    assert plan.kept[0].why == "It lies in a folder of yours."
    removed(tmp_path, known, "a", also_user_folders=True)
    assert not path.exists()
    assert not path.parent.exists()
    assert (tmp_path / "mine/notes.txt").is_file()


def test_a_link_in_a_folder_goes_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    outside = write_gguf(tmp_path / "outside/a.gguf")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/a.gguf").symlink_to(outside)
    known = listed(machine(tmp_path), tmp_path / "mine")
    removed(tmp_path, known, "a", also_user_folders=True)
    assert outside.is_file()
    assert not (tmp_path / "mine/a.gguf").is_symlink()


def test_nothing_is_deleted_through_a_folder_that_is_a_link(tmp_path: Path) -> None:
    outside = write_gguf(tmp_path / "outside/a.gguf")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/linked").symlink_to(outside.parent)
    known = listed(machine(tmp_path), tmp_path / "mine")
    done = remove(removal(find_entry(known, "a").places, known, also_user_folders=True))
    assert done.deleted == ()
    assert "is a link" in done.failed[0].why
    assert outside.is_file()


def test_a_link_out_of_the_cache_is_not_followed(tmp_path: Path, hub: Path) -> None:
    outside = write_gguf(tmp_path / "outside/a.gguf")
    link = hub / "models--a--b/snapshots" / COMMIT / "a.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    removed(tmp_path, listed(machine(tmp_path)), "a/b")
    assert outside.is_file()
    assert not link.is_symlink()


def test_our_own_folders_are_emptied_like_the_cache(tmp_path: Path) -> None:
    in_hub_cache(own_modelscope_folder(), "01ai/Yi", "yi.gguf", 1, "master", main=False)
    write_gguf(own_models_folder() / "unknown.gguf", 2)
    known = listed(machine(tmp_path))
    removed(tmp_path, known, "01ai/Yi")
    removed(tmp_path, listed(machine(tmp_path)), "unknown")
    assert list(own_modelscope_folder().iterdir()) == []


def test_a_file_that_changed_since_the_plan_stays(tmp_path: Path, hub: Path) -> None:
    link = in_hub_cache(hub, "a/b", "b.gguf")
    known = listed(machine(tmp_path))
    plan = removal(find_entry(known, "a/b").places, known)
    blob = link.resolve()
    blob.unlink()
    blob.write_bytes(b"another download")
    done = remove(plan)
    assert [kept.why for kept in done.failed] == ["It was changed since you were asked."]
    assert blob.is_file()


def test_a_blob_that_came_into_use_since_the_plan_stays(tmp_path: Path, hub: Path) -> None:
    in_hub_cache(hub, "a/b", "b.gguf", 1, COMMIT)
    known = listed(machine(tmp_path))
    plan = removal(find_entry(known, "a/b").places, known)
    later = hub / "models--a--b/snapshots" / NEWER / "b.gguf"
    later.parent.mkdir()
    later.symlink_to(f"../../blobs/{next((hub / 'models--a--b/blobs').iterdir()).name}")
    done = remove(plan)
    assert [kept.why for kept in done.failed] == ["Another snapshot has come to use it."]
    assert later.is_file()


def test_a_broken_link_and_a_ref_to_nothing_are_no_trouble(tmp_path: Path, hub: Path) -> None:
    link = in_hub_cache(hub, "a/b", "b.gguf")
    link.resolve().unlink()
    (hub / "models--a--b/refs/pr").write_text(NEWER)
    (hub / "models--a--b/refs/odd").write_text("../../..")
    removed(tmp_path, listed(machine(tmp_path)), "a/b")
    assert not link.is_symlink()
    assert (hub / "models--a--b/refs/pr").exists()


def test_bytes_are_freed_with_the_last_name_only() -> None:
    two = Inode(device=1, number=7, links=2, disk_bytes=4096, mtime_ns=0)
    one = Inode(device=1, number=8, links=1, disk_bytes=100, mtime_ns=0)
    assert freed_bytes([two]) == 0
    assert freed_bytes([two, two]) == 4096
    assert freed_bytes([two, one]) == 100


def test_a_cache_behind_a_link_is_freed_like_any_other(tmp_path: Path) -> None:
    real = tmp_path / "big disk"
    real.mkdir()
    (tmp_path / ".cache/huggingface").mkdir(parents=True)
    (tmp_path / ".cache/huggingface/hub").symlink_to(real)
    in_hub_cache(real, "a/b", "b.gguf")
    removed(tmp_path, listed(machine(tmp_path)), "a/b")
    assert list(real.iterdir()) == []
