"""Where each program keeps its models, and what is read there."""

import errno
import json
import os
from pathlib import Path

import pytest

from tests.hub.stores_on_disk import (
    COMMIT,
    NEWER,
    in_hub_cache,
    in_ollama,
    machine,
    sha256,
    write_gguf,
)
from yi_local.hub.stores.all_stores import stored_models
from yi_local.hub.stores.folders import (
    Surroundings,
    gpt4all_folders,
    jan_data_folders,
    llama_cpp_folders,
    own_models_folder,
    own_modelscope_folder,
)
from yi_local.hub.stores.stored_model import StoredModel
from yi_local.hub.stores.walk import Skipped, Walk


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "yi"))


def models(here: Surroundings, *folders: Path) -> tuple[StoredModel, ...]:
    return stored_models(here, folders).models


def test_a_machine_without_any_store_has_no_models(tmp_path: Path) -> None:
    found = stored_models(machine(tmp_path))
    assert (found.models, found.skipped) == ((), ())


def test_the_hugging_face_cache_tells_repo_commit_and_hash(tmp_path: Path) -> None:
    here = machine(tmp_path)
    link = in_hub_cache(tmp_path / ".cache/huggingface/hub", "01-ai/Yi-6B", "yi.Q4_K_M.gguf")
    [model] = models(here)
    assert (model.store, model.name) == ("Hugging Face", "01-ai/Yi-6B:Q4_K_M")
    assert (model.repo_id, model.commit, model.filename) == ("01-ai/Yi-6B", COMMIT, link.name)
    assert (model.sha256, model.size_bytes) == (sha256(link), link.stat().st_size)
    assert model.may_delete


def test_quants_in_folders_and_the_vision_part_above_them_are_found(tmp_path: Path) -> None:
    cache = tmp_path / ".cache/huggingface/hub"
    for number in (1, 2):
        in_hub_cache(cache, "a/B", f"Q8_0/b-0000{number}-of-00002.gguf", number)
    in_hub_cache(cache, "a/B", "mmproj-F16.gguf", 3)
    [model] = models(machine(tmp_path))
    assert (model.name, model.filename) == ("a/B:Q8_0", "Q8_0/b-00001-of-00002.gguf")
    assert [file.path.name for file in model.mmproj] == ["mmproj-F16.gguf"]
    assert len({file.sha256 for file in model.files}) == 2


def test_the_commit_that_main_names_comes_first(tmp_path: Path) -> None:
    cache = tmp_path / ".cache/huggingface/hub"
    in_hub_cache(cache, "a/b", "b.gguf", 1, COMMIT, main=False)
    in_hub_cache(cache, "a/b", "b.gguf", 2, NEWER, main=True)
    assert [model.commit for model in models(machine(tmp_path))] == [NEWER, COMMIT]


def test_a_cache_without_links_is_read_too(tmp_path: Path) -> None:
    cache = tmp_path / ".cache/huggingface/hub"
    write_gguf(cache / f"models--a--b/snapshots/{COMMIT}/b.gguf")
    [model] = models(machine(tmp_path))
    assert (model.repo_id, model.sha256) == ("a/b", None)


def test_llama_cpps_flat_files_get_their_repo_from_what_lies_beside(tmp_path: Path) -> None:
    folder = tmp_path / "llama"
    known = write_gguf(folder / "my_org_my_repo_sub_b-Q4_0.gguf", 1)
    url = "https://huggingface.co/my_org/my_repo/resolve/main/sub/b-Q4_0.gguf"
    record = {"url": url, "etag": f'"{sha256(known)}"'}
    known.with_name(known.name + ".json").write_text(json.dumps(record))
    by_manifest = write_gguf(folder / "x_y-GGUF_y.Q8_0.gguf", 2)
    lfs = {"sha256": sha256(by_manifest)}
    manifest = {"ggufFile": {"rfilename": "y.Q8_0.gguf", "lfs": lfs}}
    (folder / "manifest=x=y-GGUF=Q8_0.json").write_text(json.dumps(manifest))
    write_gguf(folder / "who_knows_what.gguf", 3)
    found = {model.name: model for model in models(machine(tmp_path, LLAMA_CACHE=str(folder)))}
    assert set(found) == {"my_org/my_repo:Q4_0", "x/y-GGUF:Q8_0", "who_knows_what"}
    first = found["my_org/my_repo:Q4_0"]
    assert (first.filename, first.sha256) == ("sub/b-Q4_0.gguf", sha256(known))
    assert found["x/y-GGUF:Q8_0"].sha256 == sha256(by_manifest)
    assert found["who_knows_what"].repo_id is None
    assert not any(model.may_delete for model in found.values())


def test_llama_cpps_new_layout_is_read_where_its_variable_points(tmp_path: Path) -> None:
    in_hub_cache(tmp_path / "llama", "a/b", "b.gguf")
    [model] = models(machine(tmp_path, LLAMA_CACHE=str(tmp_path / "llama")))
    assert (model.store, model.repo_id, model.may_delete) == ("llama.cpp", "a/b", False)


@pytest.mark.parametrize("home", [".lmstudio", ".cache/lm-studio", "moved"])
def test_lm_studio_keeps_publisher_repo_file(tmp_path: Path, home: str) -> None:
    if home == "moved":
        (tmp_path / ".lmstudio-home-pointer").write_text(f"{tmp_path / 'moved'}\n")
    write_gguf(tmp_path / home / "models/lmstudio-community/Yi-GGUF/Yi-Q6_K.gguf")
    [model] = models(machine(tmp_path))
    assert (model.store, model.repo_id) == ("LM Studio", "lmstudio-community/Yi-GGUF")
    assert (model.filename, model.quant, model.may_delete) == ("Yi-Q6_K.gguf", "Q6_K", False)


def test_lm_studios_other_models_folder_is_in_its_settings(tmp_path: Path) -> None:
    write_gguf(tmp_path / "elsewhere/a/b/b.gguf")
    settings = tmp_path / ".lmstudio/settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"downloadsFolder": str(tmp_path / "elsewhere")}))
    assert [model.repo_id for model in models(machine(tmp_path))] == ["a/b"]


def test_jan_describes_its_models_and_those_it_imported(tmp_path: Path) -> None:
    data = tmp_path / ".local/share/Jan/data"
    write_gguf(data / "llamacpp/models/org/tiny/model.gguf", 1)
    described = "model_path: llamacpp/models/org/tiny/model.gguf\nname: tiny\nembedding: false\n"
    (data / "llamacpp/models/org/tiny/model.yml").write_text(described)
    imported = write_gguf(tmp_path / "downloads/big.gguf", 2)
    (data / "llamacpp/models/big").mkdir()
    (data / "llamacpp/models/big/model.yml").write_text(f"model_path: '{imported}'\n")
    found = models(machine(tmp_path))
    assert {(model.store, model.name) for model in found} == {("Jan", "org/tiny"), ("Jan", "big")}
    assert imported in {model.path for model in found}


def test_jans_data_folder_may_be_moved_or_old(tmp_path: Path) -> None:
    settings = tmp_path / ".config/Jan/settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"data_folder": str(tmp_path / "moved")}))
    write_gguf(tmp_path / "moved/llamacpp/models/new/model.gguf", 1)
    write_gguf(tmp_path / "jan/models/old/old.gguf", 2)
    assert [model.path.name for model in models(machine(tmp_path))] == ["model.gguf", "old.gguf"]


def test_ollamas_names_and_layers_come_from_its_manifests(tmp_path: Path) -> None:
    folder = tmp_path / "ollama"
    blob = in_ollama(folder, "library/llama3/8b", 1, template="{{ .Prompt }}", params="{}")
    in_ollama(folder, "hf.co@bartowski/Yi-GGUF/Q4_K_M", 2)
    in_ollama(folder, "someone/mine/latest", 3)
    found = {model.name: model for model in models(machine(tmp_path, OLLAMA_MODELS=str(folder)))}
    assert set(found) == {"llama3:8b", "hf.co/bartowski/Yi-GGUF:Q4_K_M", "someone/mine:latest"}
    llama = found["llama3:8b"]
    assert (llama.path, llama.sha256, llama.repo_id) == (blob, sha256(blob), None)
    assert [kind for kind, _ in llama.layers] == ["template", "params"]
    assert dict(llama.layers)["template"].read_text() == "{{ .Prompt }}"
    assert llama.origin.why_not_delete == "Ollama keeps it: ollama rm llama3:8b"
    assert found["hf.co/bartowski/Yi-GGUF:Q4_K_M"].repo_id == "bartowski/Yi-GGUF"


def test_a_blob_of_an_old_ollama_has_a_colon(tmp_path: Path) -> None:
    folder = tmp_path / ".ollama/models"
    blob = in_ollama(folder, "library/old/latest")
    old = blob.rename(blob.with_name(blob.name.replace("-", ":")))
    assert [model.path for model in models(machine(tmp_path))] == [old]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        '{"layers": 7}',
        '{"layers": [7, {"mediaType": 1, "digest": []}]}',
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "../../x"}]}',
        "[" * 100_000,
    ],
)
def test_a_broken_manifest_is_no_model(tmp_path: Path, text: str) -> None:
    manifest = tmp_path / ".ollama/models/manifests/registry.ollama.ai/library/x/latest"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(text)
    assert models(machine(tmp_path)) == ()


def test_gpt4alls_files_lie_side_by_side(tmp_path: Path) -> None:
    write_gguf(tmp_path / ".local/share/nomic.ai/GPT4All/Yi.Q4_0.gguf")
    [model] = models(machine(tmp_path))
    assert (model.store, model.name, model.quant) == ("GPT4All", "Yi.Q4_0", "Q4_0")


@pytest.mark.parametrize(
    "place",
    [
        "models/01ai--Yi-1.5/snapshots/master/yi.gguf",
        "models/01ai/Yi-1___5/yi.gguf",
        "01ai/Yi-1___5/yi.gguf",
        "hub/models/01ai--Yi-1.5/snapshots/master/yi.gguf",
        "hub/01ai/Yi-1___5/yi.gguf",
    ],
)
def test_modelscopes_three_layouts_are_read(tmp_path: Path, place: str) -> None:
    write_gguf(tmp_path / "ms" / place)
    [model] = models(machine(tmp_path, MODELSCOPE_CACHE=str(tmp_path / "ms")))
    assert (model.store, model.repo_id) == ("ModelScope", "01ai/Yi-1.5")
    assert model.origin.source == "modelscope"
    assert model.filename == "yi.gguf"


def test_our_own_folders_are_ours_to_delete(tmp_path: Path) -> None:
    in_hub_cache(own_modelscope_folder(), "01ai/Yi", "yi.gguf", 1, "master", main=False)
    write_gguf(own_models_folder() / "unknown.gguf", 2)
    found = models(machine(tmp_path))
    assert [(m.store, m.may_delete, m.commit) for m in found] == [
        ("yi_local", True, "master"),
        ("yi_local", True, None),
    ]


def test_a_folder_that_the_person_names_is_read_whatever_its_form(tmp_path: Path) -> None:
    write_gguf(tmp_path / "mine/deep/er/a.Q2_K.gguf", 1)
    write_gguf(tmp_path / "mine/B.GGUF", 2)
    one = write_gguf(tmp_path / "one/c.gguf", 3)
    write_gguf(tmp_path / "one/not-named.gguf", 4)
    (tmp_path / "mine/imatrix.gguf").write_bytes(b"GGUF")
    found = models(machine(tmp_path), tmp_path / "mine", one, tmp_path / "mine")
    assert [model.name for model in found] == ["B", "a.Q2_K", "c"]
    assert {model.origin.why_not_delete for model in found} == {"It lies in a folder of yours."}


def test_a_model_made_with_an_importance_matrix_is_one(tmp_path: Path) -> None:
    for name in ("yi.imatrix-Q4_K_M.gguf", "imatrix.gguf", "yi.imatrix.gguf", "mmproj-F16.gguf"):
        write_gguf(tmp_path / "mine" / name)
    [model] = models(machine(tmp_path), tmp_path / "mine")
    assert (model.name, model.quant) == ("yi.imatrix-Q4_K_M", "Q4_K_M")
    assert [file.path.name for file in model.mmproj] == ["mmproj-F16.gguf"]


def test_a_named_folder_around_other_stores_does_not_list_them_twice(tmp_path: Path) -> None:
    in_hub_cache(tmp_path / ".cache/huggingface/hub", "a/b", "b.gguf", 1)
    write_gguf(tmp_path / "own.gguf", 2)
    found = models(machine(tmp_path), tmp_path, tmp_path / ".cache/huggingface/hub")
    assert [(model.store, model.path.name) for model in found] == [
        ("Hugging Face", "b.gguf"),
        ("folder", "own.gguf"),
    ]


def test_a_store_with_two_names_is_listed_once(tmp_path: Path) -> None:
    write_gguf(tmp_path / ".lmstudio/models/a/b/b.gguf")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache/lm-studio").symlink_to(tmp_path / ".lmstudio")
    assert len(models(machine(tmp_path))) == 1


def test_a_folder_without_the_right_to_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_gguf(tmp_path / "mine/a.gguf")
    closed = tmp_path / "mine/closed"
    write_gguf(closed / "b.gguf")
    real = os.scandir

    def scandir(folder: Path) -> object:  # chmod would not stop root
        if folder == closed:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    found = stored_models(machine(tmp_path), [tmp_path / "mine"])
    assert [model.path.name for model in found.models] == ["a.gguf"]
    assert found.skipped == (Skipped(closed, "Permission denied"),)


def test_a_named_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    [skip] = stored_models(machine(tmp_path), [tmp_path / "gone"]).skipped
    assert skip.path == tmp_path / "gone"


def test_links_in_a_ring_and_into_nothing_end(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    write_gguf(mine / "a.gguf")
    (mine / "ring").symlink_to(mine)
    (mine / "broken.gguf").symlink_to(mine / "gone")
    (mine / "itself.gguf").symlink_to(mine / "itself.gguf")
    os.mkfifo(mine / "pipe.gguf")
    found = {model.path.name for model in models(machine(tmp_path), mine)}
    assert found == {"a.gguf", "broken.gguf", "itself.gguf", "pipe.gguf"}


def test_a_walk_is_bounded_and_says_so(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:02}.gguf").touch()
    (tmp_path / "x/y").mkdir(parents=True)
    wide = Walk(tmp_path, lambda name: True, max_entries=10)
    assert len(list(wide.files())) == 10
    assert "too much" in wide.skipped[0].why
    flat = Walk(tmp_path, lambda name: True, max_depth=0)
    assert len(list(flat.files())) == 30
    assert "deeper" in flat.skipped[0].why


def test_hostile_names_are_only_names(tmp_path: Path) -> None:
    mine = os.fsencode(tmp_path / "mine")
    os.mkdir(mine)
    names = [b"new\nline.gguf", b"\x1b[31m.gguf", b"\xff\xfe.gguf", b"-00000-of-00000.gguf"]
    for name in [*names, b"a-99999-of-99999.gguf", "模型.gguf".encode(), b".gguf"]:
        with open(os.path.join(mine, name), "wb") as file:
            file.write(b"GGUF")
    found = models(machine(tmp_path), tmp_path / "mine")
    assert len(found) == 7
    assert max(len(model.files) for model in found) == 1  # not 99,999, as a name says


def test_strange_folders_in_the_cache_are_passed_over(tmp_path: Path) -> None:
    cache = tmp_path / ".cache/huggingface/hub"
    for name in ("models--", "models--a--b--c", "models----b", "datasets--a--b", "tmp"):
        write_gguf(cache / name / "snapshots" / COMMIT / "x.gguf")
    (cache / "models--a--file").write_text("no folder")
    (cache / "models--a--empty").mkdir()
    assert models(machine(tmp_path)) == ()


@pytest.mark.parametrize(
    ("system", "environ", "llama", "gpt4all", "jan"),
    [
        ("linux", {}, ".cache/llama.cpp", ".local/share/nomic.ai/GPT4All", ".local/share/Jan/data"),
        ("linux", {"XDG_CACHE_HOME": "/c"}, "/c/llama.cpp", ".local/share/nomic.ai/GPT4All", None),
        (
            "darwin",
            {},
            "Library/Caches/llama.cpp",
            "Library/Application Support/nomic.ai/GPT4All",
            "Library/Application Support/Jan/data",
        ),
        (
            "win32",
            {"LOCALAPPDATA": "/u/Local", "APPDATA": "/u/Roaming"},
            "/u/Local/llama.cpp",
            "/u/Local/nomic.ai/GPT4All",
            "/u/Roaming/Jan/data",
        ),
    ],
)
def test_each_system_has_its_own_places(
    system: str, environ: dict[str, str], llama: str, gpt4all: str, jan: str | None
) -> None:
    here = Surroundings(environ, Path("/home/x"), system)
    assert llama_cpp_folders(here) == (Path("/home/x") / llama,)
    assert gpt4all_folders(here)[0] == Path("/home/x") / gpt4all
    assert jan is None or jan_data_folders(here)[0] == Path("/home/x") / jan
