"""The stand-in Hub against the real huggingface_hub: it is taken for the live one."""

import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi, close_session, errors, hf_hub_download, set_client_factory
from huggingface_hub.utils import get_session
from huggingface_hub.utils._http import default_client_factory

from tests.stand_in_hub.content import Generated
from tests.stand_in_hub.hub import StandInHub
from tests.stand_in_hub.repository import Repository

BIG = Generated(3_000_000)
FILES = {"README.md": b"# Yi\n", "yi.Q4_K_M.gguf": BIG, "parts/yi.Q8_0.gguf": b"GGUF...."}


@pytest.fixture
def tls_hub(clean_environment: None) -> Iterator[StandInHub]:
    with StandInHub(tls=True) as hub:
        context = ssl.create_default_context(cafile=str(hub.ca_file))
        set_client_factory(lambda: httpx2.Client(verify=context, follow_redirects=True, timeout=5))
        yield hub
        set_client_factory(default_client_factory)
        close_session()


@pytest.fixture
def api(hub: StandInHub) -> Iterator[HfApi]:
    set_client_factory(lambda: httpx2.Client(follow_redirects=True, timeout=5))
    yield HfApi(endpoint=hub.endpoint, token=False)
    set_client_factory(default_client_factory)
    close_session()


def add(hub: StandInHub, **facts: object) -> Repository:
    return hub.add_repo("01-ai/Yi-GGUF", FILES, **facts)


def download(hub: StandInHub, folder: Path, path: str = "yi.Q4_K_M.gguf") -> bytes:
    endpoint, where = hub.endpoint, str(folder)
    found = hf_hub_download("01-ai/Yi-GGUF", path, endpoint=endpoint, cache_dir=where, token=False)
    return Path(found).read_bytes()


# Listing


def test_the_tree_has_sizes_and_sha256(hub: StandInHub, api: HfApi) -> None:
    add(hub)
    entries = {it.path: it for it in api.list_repo_tree("01-ai/Yi-GGUF", recursive=True)}
    assert sorted(entries) == sorted([*FILES, "parts"])
    assert entries["yi.Q4_K_M.gguf"].lfs.sha256 == BIG.sha256
    assert entries["yi.Q4_K_M.gguf"].lfs.size == BIG.size
    readme = hashlib.sha1(b"blob 5\0# Yi\n").hexdigest()
    assert (entries["README.md"].lfs, entries["README.md"].blob_id) == (None, readme)


def test_a_tree_is_listed_over_pages(hub: StandInHub, api: HfApi) -> None:
    hub.page_size = 2
    hub.add_repo("o/many", {f"{n}.gguf": b"%d" % n for n in range(5)})
    assert len(list(api.list_repo_tree("o/many"))) == 5
    assert len(hub.asked("hub")) >= 3


def test_a_folder_of_the_tree_can_be_listed(hub: StandInHub, api: HfApi) -> None:
    add(hub)
    [only] = api.list_repo_tree("01-ai/Yi-GGUF", "parts")
    assert only.path == "parts/yi.Q8_0.gguf"


def test_the_card_has_the_commit_and_the_files(hub: StandInHub, api: HfApi) -> None:
    repo = add(hub, gguf={"total": 6_000_000_000, "architecture": "llama"})
    info = api.model_info("01-ai/Yi-GGUF", files_metadata=True)
    assert (info.sha, info.gguf["architecture"]) == (repo.commit, "llama")
    sizes = {it.rfilename: it.size for it in info.siblings}
    assert sizes["yi.Q4_K_M.gguf"] == BIG.size


def test_some_paths_are_told_about_and_unknown_ones_left_out(hub: StandInHub, api: HfApi) -> None:
    add(hub)
    [one] = api.get_paths_info("01-ai/Yi-GGUF", ["yi.Q4_K_M.gguf", "none.gguf"])
    assert one.lfs.sha256 == BIG.sha256


def test_search_follows_pages_and_the_most_downloaded_come_first(
    hub: StandInHub, api: HfApi
) -> None:
    hub.page_size = 2
    for n in range(5):
        hub.add_repo(f"owner/Yi-{n}", FILES, downloads=n)
    hub.add_repo("owner/Other", FILES)
    hub.add_repo("owner/Yi-safetensors", FILES, tags=("safetensors",))
    found = [it.id for it in api.list_models(filter="gguf", search="yi", sort="downloads")]
    assert found == [f"owner/Yi-{n}" for n in (4, 3, 2, 1, 0)]


def test_branches_are_told(hub: StandInHub, api: HfApi) -> None:
    repo = add(hub)
    [branch] = api.list_repo_refs("01-ai/Yi-GGUF").branches
    assert (branch.name, branch.target_commit) == ("main", repo.commit)


# Files


def test_a_file_is_downloaded_from_the_other_origin(
    hub: StandInHub, api: HfApi, tmp_path: Path
) -> None:
    add(hub)
    assert hashlib.sha256(download(hub, tmp_path)).hexdigest() == BIG.sha256
    assert hub.bytes_sent == BIG.size
    assert download(hub, tmp_path, "README.md") == FILES["README.md"]


def test_the_library_accepts_wrong_bytes(hub: StandInHub, api: HfApi, tmp_path: Path) -> None:
    """That is why yi_local has a transfer loop of its own."""
    add(hub)
    hub.fault("flip", at=1_000_000)
    assert hashlib.sha256(download(hub, tmp_path)).hexdigest() != BIG.sha256


def test_the_library_dies_of_a_reset_and_keeps_nothing(
    hub: StandInHub, api: HfApi, tmp_path: Path
) -> None:
    add(hub)
    hub.fault("reset", after_bytes=1_000_000, times=1)
    with pytest.raises(httpx2.ReadError):
        download(hub, tmp_path)
    assert not list(tmp_path.rglob("*.incomplete"))


def test_a_cdn_refuses_a_token(hub: StandInHub, api: HfApi) -> None:
    repo = add(hub)
    address = f"{hub.endpoint}/01-ai/Yi-GGUF/resolve/{repo.commit}/yi.Q4_K_M.gguf"
    redirect = get_session().get(address, follow_redirects=False)
    assert redirect.headers["x-linked-etag"] == f'"{BIG.sha256}"'
    location, token = redirect.headers["location"], {"Authorization": "Bearer hf_good"}
    assert get_session().get(location, headers=token).status_code == 400
    part = get_session().get(location, headers={"Range": "bytes=10-19"})
    assert part.headers["content-range"] == f"bytes 10-19/{BIG.size}"
    assert part.content == BIG.whole()[10:20]
    beyond = get_session().get(location, headers={"Range": f"bytes={BIG.size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{BIG.size}")
    hub.cdn.expire_all()
    assert get_session().get(location).status_code == 403


# Refusals, over TLS as with the live Hub


def test_a_missing_repository_and_a_bad_token_look_the_same(tls_hub: StandInHub) -> None:
    add(tls_hub)
    anonymous = HfApi(endpoint=tls_hub.endpoint, token=False)
    assert anonymous.model_info("01-ai/Yi-GGUF").id == "01-ai/Yi-GGUF"
    with pytest.raises(errors.RepositoryNotFoundError, match="401"):
        anonymous.model_info("01-ai/none")
    with pytest.raises(errors.RepositoryNotFoundError, match="404"):
        HfApi(endpoint=tls_hub.endpoint, token="hf_good").model_info("01-ai/none")
    bad = HfApi(endpoint=tls_hub.endpoint, token="hf_bad")
    with pytest.raises(errors.RepositoryNotFoundError, match="401"):
        bad.model_info("01-ai/Yi-GGUF")
    with pytest.raises(errors.HfHubHTTPError, match=r"401|nvalid user token"):
        bad.whoami()
    assert HfApi(endpoint=tls_hub.endpoint, token="hf_good").whoami()["name"] == "somebody"


def test_a_private_repository_is_there_for_its_owner(tls_hub: StandInHub) -> None:
    add(tls_hub, private=True, granted=("hf_good",))
    assert HfApi(endpoint=tls_hub.endpoint, token="hf_good").model_info("01-ai/Yi-GGUF").private
    for token in (False, "hf_stranger"):
        with pytest.raises(errors.RepositoryNotFoundError):
            HfApi(endpoint=tls_hub.endpoint, token=token).model_info("01-ai/Yi-GGUF")


def test_a_gated_repository_is_listed_and_kept_shut(tls_hub: StandInHub) -> None:
    add(tls_hub, gated="manual", granted=("hf_good",))
    assert list(HfApi(endpoint=tls_hub.endpoint, token=False).list_repo_tree("01-ai/Yi-GGUF"))
    for token, status in ((False, "401"), ("hf_stranger", "403")):
        with pytest.raises(errors.GatedRepoError, match=status):
            HfApi(endpoint=tls_hub.endpoint, token=token).auth_check("01-ai/Yi-GGUF")
    HfApi(endpoint=tls_hub.endpoint, token="hf_good").auth_check("01-ai/Yi-GGUF")


def test_a_missing_file_and_a_missing_revision_are_told_apart(
    tls_hub: StandInHub, tmp_path: Path
) -> None:
    add(tls_hub)
    with pytest.raises(errors.RemoteEntryNotFoundError):
        download(tls_hub, tmp_path, "none.gguf")
    with pytest.raises(errors.RevisionNotFoundError):
        list(
            HfApi(endpoint=tls_hub.endpoint, token=False).list_repo_tree(
                "01-ai/Yi-GGUF", revision="none"
            )
        )


# The mirror, ModelScope


def test_a_mirror_redirects_to_the_hub(hub: StandInHub, api: HfApi) -> None:
    add(hub)
    answer = httpx2.get(f"{hub.mirror_endpoint}/api/models/01-ai/Yi-GGUF")
    assert answer.status_code == 308
    assert answer.headers["location"] == f"{hub.endpoint}/api/models/01-ai/Yi-GGUF"


def test_a_caching_mirror_has_its_quirks(hub: StandInHub, api: HfApi) -> None:
    add(hub)
    hub.mirror.caching = True
    mirror = HfApi(endpoint=hub.mirror_endpoint, token=False)
    tree = {it.path: it for it in mirror.list_repo_tree("01-ai/Yi-GGUF")}
    assert tree["yi.Q4_K_M.gguf"].lfs.sha256 == BIG.sha256
    info = mirror.model_info("01-ai/Yi-GGUF", files_metadata=True)
    assert all(it.size is None for it in info.siblings)
    head = httpx2.head(f"{hub.mirror_endpoint}/01-ai/Yi-GGUF/resolve/main/yi.Q4_K_M.gguf")
    assert (head.status_code, head.headers["etag"]) == (200, f'"{BIG.sha256}"')
    assert "x-linked-etag" not in head.headers


def test_modelscope_lists_and_serves(hub: StandInHub) -> None:
    add(hub)
    base = f"{hub.modelscope_endpoint}/api/v1/models/01-ai/Yi-GGUF"
    told = httpx2.get(f"{base}/repo/files?Revision=master&Recursive=true").json()
    files = {it["Path"]: it for it in told["Data"]["Files"]}
    assert files["yi.Q4_K_M.gguf"]["Sha256"] == BIG.sha256
    part = httpx2.get(
        f"{base}/repo?Revision=master&FilePath=yi.Q4_K_M.gguf",
        headers={"Range": "bytes=0-7"},
        follow_redirects=True,
    )
    assert (part.status_code, part.content) == (206, BIG.whole()[:8])
    small = httpx2.get(f"{base}/repo?FilePath=README.md", headers={"Range": "bytes=0-1"})
    assert (small.status_code, small.content) == (200, FILES["README.md"])
    missing = httpx2.get(f"{hub.modelscope_endpoint}/api/v1/models/01-ai/none")
    assert (missing.status_code, missing.json()["Success"]) == (404, False)
