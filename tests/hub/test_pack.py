"""Packs: from one machine to another without network, and no pack that lies."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.hub.stores_on_disk import (
    COMMIT,
    NEWER,
    in_hub_cache,
    in_ollama,
    listed,
    machine,
    sha256,
    write_gguf,
)
from tests.tiny_gguf import write_tiny
from yi_local.errors import Cancelled, CannotLoad, ModelNotFound, UsageError, YiLocalError
from yi_local.hub.library import pack_tar
from yi_local.hub.library.lookup import find_entry
from yi_local.hub.library.pack import pack
from yi_local.hub.library.pack_manifest import PackedFile, PackManifest, parse_manifest, written
from yi_local.hub.library.placing import IntoFolder, into_cache, usual_place
from yi_local.hub.library.unpack import read_manifest, unpack
from yi_local.hub.stores.folders import own_models_folder, own_modelscope_folder
from yi_local.hub.stores.stored_model import StoredModel


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "yi"))


def cached(tmp_path: Path, filename: str = "sub/yi.Q4_0.gguf") -> StoredModel:
    in_hub_cache(tmp_path / ".cache/huggingface/hub", "01-ai/Yi", filename)
    return listed(machine(tmp_path)).entries[0].model


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*")) if folder.exists() else []


ASK_THE_LIBRARY = """
import sys
from huggingface_hub import hf_hub_download, try_to_load_from_cache
repo, name, commit = sys.argv[1:]
print(try_to_load_from_cache(repo, name))
print(hf_hub_download(repo, name, local_files_only=True))
print(hf_hub_download(repo, name, revision=commit, local_files_only=True))
"""


def test_what_was_unpacked_is_found_by_huggingface_hub(tmp_path: Path) -> None:
    made = pack(cached(tmp_path), tmp_path / "yi.yipack")
    cache = tmp_path / "other machine/hub"
    target = into_cache(cache, read_manifest(made.path))
    assert target is not None
    done = unpack(made.path, target)
    arguments = [sys.executable, "-c", ASK_THE_LIBRARY, "01-ai/Yi", "sub/yi.Q4_0.gguf", COMMIT]
    environ = os.environ | {"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1"}
    told = subprocess.run(arguments, env=environ, capture_output=True, text=True, timeout=60)
    assert told.stdout.splitlines() == [str(done.paths[0])] * 3, told.stderr
    assert sha256(done.paths[0]) == made.manifest.files[0].sha256
    assert done.paths[0].is_symlink()
    other = machine(tmp_path / "other machine", HF_HUB_CACHE=str(cache))
    assert listed(other).entries[0].sha256s == (made.manifest.files[0].sha256,)


def test_a_pack_is_a_tar_that_anybody_can_read(tmp_path: Path) -> None:
    model = cached(tmp_path)
    model.path.with_name("LICENSE").write_text("Apache License")
    made = pack(model, tmp_path)
    assert made.path == tmp_path / "01-ai-Yi-Q4_0.yipack"
    assert made.size_bytes == made.path.stat().st_size
    with tarfile.open(made.path) as archive:
        assert archive.getnames() == ["manifest.json", "yi.Q4_0.gguf"]
        manifest = json.load(archive.extractfile("manifest.json") or io.BytesIO())
        inside = archive.extractfile("yi.Q4_0.gguf")
        assert inside is not None
        assert inside.read() == model.path.read_bytes()
    assert manifest["version"] == 1
    assert (manifest["repo_id"], manifest["commit"]) == ("01-ai/Yi", COMMIT)
    assert manifest["files"][0]["sha256"] == sha256(model.path)
    assert manifest["license_text"] == "Apache License"


def test_shards_and_vision_part_keep_their_names_and_folders(tmp_path: Path) -> None:
    hub = tmp_path / ".cache/huggingface/hub"
    for number in (1, 2):
        in_hub_cache(hub, "a/b", f"Q8_0/b-0000{number}-of-00002.gguf", number)
    in_hub_cache(hub, "a/b", "mmproj-F16.gguf", 3)
    made = pack(listed(machine(tmp_path)).entries[0].model, tmp_path)
    done = unpack(made.path, IntoFolder(tmp_path / "out"))
    names = ["Q8_0/b-00001-of-00002.gguf", "Q8_0/b-00002-of-00002.gguf", "mmproj-F16.gguf"]
    assert [path.relative_to(tmp_path / "out").as_posix() for path in done.paths] == names


def test_an_ollama_model_gets_a_name_that_others_know(tmp_path: Path) -> None:
    in_ollama(tmp_path / ".ollama/models", "library/llama3/8b")
    made = pack(listed(machine(tmp_path)).entries[0].model, tmp_path)
    target = usual_place(made.manifest, machine(tmp_path))
    assert target == IntoFolder(own_models_folder())
    assert unpack(made.path, target).paths == (own_models_folder() / "llama3-8b.gguf",)


def test_a_model_of_modelscope_goes_into_its_own_cache(tmp_path: Path) -> None:
    in_hub_cache(own_modelscope_folder(), "01ai/Yi", "yi.gguf", 1, "master", main=False)
    made = pack(listed(machine(tmp_path)).entries[0].model, tmp_path)
    target = usual_place(made.manifest, machine(tmp_path))
    [path] = unpack(made.path, target).paths
    assert path.is_relative_to(own_modelscope_folder() / "models--01ai--Yi/snapshots/master")


def test_long_names_and_the_license_of_the_header_are_kept(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    long = write_tiny(tmp_path / "mine" / f"{'长' * 60}.gguf", metadata={"general.license": "mit"})
    entry = listed(machine(tmp_path), tmp_path / "mine").entries[0]
    made = pack(entry.model, tmp_path / "a.yipack")
    assert made.manifest.license == "mit"
    [path] = unpack(made.path, IntoFolder(tmp_path / "out")).paths
    assert path.name == long.name


def test_unpacking_twice_and_over_a_newer_main_changes_nothing_else(tmp_path: Path) -> None:
    made = pack(cached(tmp_path), tmp_path / "a.yipack")
    cache = tmp_path / "other"
    in_hub_cache(cache, "01-ai/Yi", "newer.gguf", 2, NEWER)
    target = into_cache(cache, made.manifest)
    assert target is not None
    unpack(made.path, target)
    before = files_in(cache)
    unpack(made.path, target)
    assert files_in(cache) == before
    assert (cache / "models--01-ai--Yi/refs/main").read_text() == NEWER


def test_progress_counts_to_the_end_and_can_stop_it(tmp_path: Path) -> None:
    model, seen = cached(tmp_path), []
    made = pack(model, tmp_path / "a.yipack", on_progress=lambda *told: seen.append(told))
    assert seen[-1] == (model.size_bytes, model.size_bytes)

    def cancel(done_bytes: int, total_bytes: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        unpack(made.path, IntoFolder(tmp_path / "out"), cancel)
    with pytest.raises(Cancelled):
        pack(model, tmp_path / "b.yipack", on_progress=cancel)
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.glob("*.yipack*")] == ["a.yipack"]
    assert not list(tmp_path.glob(".*partial"))


def test_packing_refuses_what_is_damaged_or_already_there(tmp_path: Path) -> None:
    model = cached(tmp_path)
    out = tmp_path / "out/a.yipack"
    with pytest.raises(UsageError):
        pack(model, out)  # no such folder
    out.parent.mkdir()
    pack(model, out)
    with pytest.raises(UsageError, match="exists already"):
        pack(model, out)
    old = out.read_bytes()
    data = bytearray(model.path.read_bytes())
    data[-1] ^= 1
    model.path.resolve().write_bytes(data)
    with pytest.raises(CannotLoad, match="not the one it was fetched with"):
        pack(model, out, replace_old=True)
    assert out.read_bytes() == old
    model.path.resolve().write_bytes(data[:-8])
    with pytest.raises(CannotLoad, match="cut short"):
        pack(model, out, replace_old=True)
    assert files_in(out.parent) == [out]


def test_without_room_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = cached(tmp_path)
    made = pack(model, tmp_path / "a.yipack")
    monkeypatch.setattr("yi_local.hub.library.pack_room.free_bytes", lambda folder: 10)
    with pytest.raises(YiLocalError, match="no room"):
        pack(model, tmp_path / "b.yipack")
    with pytest.raises(YiLocalError, match="no room"):
        unpack(made.path, IntoFolder(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_when_one_file_has_no_place_none_is_placed(tmp_path: Path) -> None:
    hub = tmp_path / ".cache/huggingface/hub"
    for number in (1, 2):
        in_hub_cache(hub, "a/b", f"Q8_0/b-0000{number}-of-00002.gguf", number)
    in_hub_cache(hub, "a/b", "mmproj-F16.gguf", 3)
    made = pack(listed(machine(tmp_path)).entries[0].model, tmp_path / "a.yipack")
    cache = tmp_path / "other"
    in_the_way = cache / "models--a--b/snapshots" / COMMIT / "mmproj-F16.gguf"
    (in_the_way / "folder").mkdir(parents=True)
    before = files_in(cache)
    target = into_cache(cache, made.manifest)
    assert target is not None
    with pytest.raises(YiLocalError):
        unpack(made.path, target)
    assert files_in(cache) == before


# Packs that are cut, altered or hostile


def test_a_pack_cut_anywhere_leaves_nothing_behind(tmp_path: Path) -> None:
    made = pack(cached(tmp_path), tmp_path / "a.yipack")
    whole, cut = made.path.read_bytes(), tmp_path / "cut.yipack"
    for length in [*range(0, len(whole), 97), len(whole) - 1, len(whole) - 600]:
        cut.write_bytes(whole[:length])
        with pytest.raises(CannotLoad):
            unpack(cut, IntoFolder(tmp_path / "out"))
        assert not (tmp_path / "out").exists()


def test_a_pack_changed_anywhere_in_its_weights_is_refused(tmp_path: Path) -> None:
    made = pack(cached(tmp_path), tmp_path / "a.yipack")
    whole, bad = made.path.read_bytes(), tmp_path / "bad.yipack"
    start = whole.index(b"GGUF\x03")
    target = into_cache(tmp_path / "cache", made.manifest)
    assert target is not None
    for at in range(start, len(whole), 31):
        bad.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(CannotLoad):
            unpack(bad, target)
        assert not (tmp_path / "cache").exists()
    bad.write_bytes(whole + b"more")
    with pytest.raises(CannotLoad):
        unpack(bad, target)


def forged(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A pack with a lie in its manifest, all else in order."""
    content = write_gguf(tmp_path / "content.gguf").read_bytes()
    digest = sha256(tmp_path / "content.gguf")
    file = PackedFile("a.gguf", "a.gguf", len(content), digest)
    value = json.loads(written(PackManifest("a", (file,), "huggingface", "a/b", COMMIT)))
    change(value)
    text = json.dumps(value).encode()
    path = tmp_path / "forged.yipack"
    with path.open("wb") as out:
        for name, data in (("manifest.json", text), ("a.gguf", content)):
            out.write(pack_tar.header(name, len(data)) + data + pack_tar.padding(len(data)))
        out.write(pack_tar.END)
    return path


def test_the_forger_makes_good_packs_when_he_does_not_lie(tmp_path: Path) -> None:
    honest = forged(tmp_path, lambda value: None)
    assert unpack(honest, IntoFolder(tmp_path / "out")).paths == (tmp_path / "out/a.gguf",)


@pytest.mark.parametrize(
    "path",
    [
        "../a.gguf",
        "/etc/a.gguf",
        "x/../../a.gguf",
        "x\\..\\a.gguf",
        "C:a.gguf",
        "a\0.gguf",
        "\x1b[2J.gguf",
        "con/a.gguf",
        "x//a.gguf",
        "a" * 300 + ".gguf",
        "\ud800.gguf",
        ".bashrc",
        "",
        7,
        None,
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path, path: Any) -> None:
    bad = forged(tmp_path, lambda value: value["files"][0].update(path=path))
    before = files_in(tmp_path)
    with pytest.raises(CannotLoad):
        unpack(bad, IntoFolder(tmp_path / "out"))
    assert files_in(tmp_path) == before


@pytest.mark.parametrize(
    "lie",
    [
        {"format": "zip"},
        {"version": 2},
        {"version": None},
        {"files": []},
        {"files": "a.gguf"},
        {"files": [7]},
        {"files": [{"path": "a.gguf"}] * 2000},
        {"repo_id": "../../x"},
        {"repo_id": "a/b/c"},
        {"repo_id": "../b"},
        {"repo_id": "a--b/c"},
        {"commit": ".."},
        {"commit": "a/b"},
        {"commit": 7},
        {"source": "ftp"},
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(tmp_path: Path, lie: dict[str, Any]) -> None:
    bad = forged(tmp_path, lambda value: value.update(lie))
    with pytest.raises(CannotLoad):
        read_manifest(bad)


@pytest.mark.parametrize(
    "lie",
    [
        {"size_bytes": 0},
        {"size_bytes": -1},
        {"size_bytes": True},
        {"size_bytes": 1 << 60},
        {"size_bytes": 12},
        {"sha256": "0" * 64},
        {"sha256": "../" * 21 + "x"},
        {"member": "manifest.json"},
        {"member": "other.gguf"},
        {"member": "../a.gguf"},
    ],
)
def test_a_file_that_is_not_as_told_is_refused(tmp_path: Path, lie: dict[str, Any]) -> None:
    bad = forged(tmp_path, lambda value: value["files"][0].update(lie))
    with pytest.raises(CannotLoad):
        unpack(bad, IntoFolder(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("second", ["A.GGUF", "a.gguf/b.gguf", "a.gguf"])
def test_two_files_of_one_name_are_refused(second: str) -> None:
    files = [PackedFile("a.gguf", "1", 1, "0" * 64), PackedFile(second, "2", 1, "0" * 64)]
    with pytest.raises(CannotLoad, match="two files of one name"):
        parse_manifest(written(PackManifest("a", tuple(files))))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_what_is_no_plain_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    bad = tmp_path / "bad.yipack"
    with tarfile.open(bad, "w") as archive:
        entry = tarfile.TarInfo("manifest.json")
        entry.type, entry.linkname = kind, "/etc/passwd"
        archive.addfile(entry)
    with pytest.raises(CannotLoad):
        read_manifest(bad)


def test_other_archives_and_files_are_no_packs(tmp_path: Path) -> None:
    write_gguf(tmp_path / "a.gguf")
    for name, mode in (("a.tar", "w"), ("a.tar.gz", "w:gz")):
        with tarfile.open(tmp_path / name, mode) as archive:
            archive.add(tmp_path / "a.gguf", "a.gguf")
    for name in ("a.tar", "a.tar.gz", "a.gguf"):
        with pytest.raises(CannotLoad):
            read_manifest(tmp_path / name)
    with pytest.raises(ModelNotFound):
        read_manifest(tmp_path / "gone")
    with pytest.raises(UsageError):
        read_manifest(tmp_path)


def test_a_file_in_the_way_is_not_overwritten(tmp_path: Path) -> None:
    made = pack(cached(tmp_path, "yi.gguf"), tmp_path / "a.yipack")
    out = tmp_path / "out"
    out.mkdir()
    (out / "yi.gguf").write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        unpack(made.path, IntoFolder(out))
    assert (out / "yi.gguf").read_text() == "mine"
    assert files_in(out) == [out / "yi.gguf"]


def test_a_name_that_no_other_system_takes_is_refused_when_packing(tmp_path: Path) -> None:
    write_gguf(tmp_path / "mine/a:b.gguf")
    model = find_entry(listed(machine(tmp_path), tmp_path / "mine"), "a:b").model
    with pytest.raises(CannotLoad, match="cannot be packed"):
        pack(model, tmp_path / "a.yipack")
    assert pack(replace(model, filename="ab.gguf"), tmp_path / "a.yipack").size_bytes > 0


def test_sizes_over_8_gib_fit_into_a_header() -> None:
    size_bytes = 40 * 10**9
    block = pack_tar.header("a.gguf", size_bytes)
    assert len(block) == pack_tar.BLOCK_BYTES
    assert pack_tar.read_header(io.BytesIO(block)) == ("a.gguf", size_bytes)
