"""Asks the Hugging Face Hub, or a mirror of it: listings, searches, addresses."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from yi_local.errors import YiLocalError
from yi_local.hub.remote import trouble
from yi_local.hub.remote.address import hugging_face_address
from yi_local.hub.remote.grouping import MAX_FILES
from yi_local.hub.remote.kept_listings import KeptListings, Told
from yi_local.hub.remote.repo_id import check_repo
from yi_local.hub.remote.token import Token, find_token
from yi_local.hub.remote.web import Web
from yi_local.hub.repo import Address, Found, Listing, RemoteFile, Source
from yi_local.hub.transfer.by_library import LibraryArguments
from yi_local.hub.transfer.download import Refusal
from yi_local.language import tr

if TYPE_CHECKING:
    from huggingface_hub import HfApi

PUBLIC = "https://huggingface.co"
_OURS = (PUBLIC, "https://hf.co")  # where a token may go without being asked
_ABOUT_ONE = ("GatedRepo", "RevisionNotFound", "EntryNotFound", "DisabledRepo")
_NOT_AS_EXPECTED = (KeyError, TypeError, AttributeError)  # JSON that is not the Hub's


class HuggingFace:
    source: Source = "huggingface"

    def __init__(
        self, web: Web, kept: KeptListings, *, endpoint: str = PUBLIC, token: Token | None = None
    ) -> None:
        """`token` is sent to `endpoint`, wherever that is: see `from_environment`."""
        self.web = web
        self.endpoint = endpoint.strip().rstrip("/")
        self._kept = kept
        self._token = token

    @classmethod
    def from_environment(
        cls,
        web: Web,
        kept: KeptListings,
        environ: Mapping[str, str],
        *,
        token_for_mirror: bool = False,
    ) -> "HuggingFace":
        """HF_ENDPOINT may name a mirror; it gets the person's token only where that is wished."""
        endpoint = (environ.get("HF_ENDPOINT") or PUBLIC).strip().rstrip("/")
        sent = token_for_mirror or endpoint in _OURS
        return cls(web, kept, endpoint=endpoint, token=find_token(environ) if sent else None)

    def list_repo(self, repo_id: str, revision: str = "main") -> Listing:
        """What the Hub tells now; offline, what it told last.

        Raises ModelNotFound, trouble.Refused, trouble.Unreachable (Offline), UsageError.
        """
        check_repo(repo_id, revision)
        if self.web.offline:
            kept = self._kept.load(self.source, self.endpoint, repo_id, revision)
            if kept is None:
                raise trouble.offline(
                    tr("The files of {repo_id} were never listed here.", repo_id=repo_id)
                )
            return kept
        with self._explained(repo_id, revision):
            info = self._api.model_info(repo_id, revision=revision)
            tree = self._api.list_repo_tree(repo_id, recursive=True, revision=info.sha or revision)
            # One more than will be looked at, so that it is seen that there are more.
            files = tuple(_remote_file(entry) for entry in islice(_files(tree), MAX_FILES + 1))
            gated = None if info.gated is None else bool(info.gated)
        told = Told(self.source, self.endpoint, repo_id, revision, info.sha, gated, files)
        self._kept.save(told)
        return told.listing()

    def search(self, words: str, limit: int = 20) -> list[Found]:
        """Repositories with GGUF files, the most downloaded first."""
        if self.web.offline:
            raise trouble.offline(tr("Offline, the Hub cannot be searched."))
        with self._explained(None, words):
            answers = self._api.list_models(
                filter="gguf",
                search=words,
                sort="downloads",
                limit=limit,
                expand=["downloads", "likes", "gated", "lastModified", "gguf"],
            )
            return [_found(answer) for answer in answers]

    def address(self, repo_id: str, revision: str, path: str) -> Address:
        """Of a file's bytes: the Hub redirects from there, with a fresh signature each time.

        Best with `Listing.pin` for a revision. Nothing is asked.
        """
        token = self._token.value if self._token else None
        return hugging_face_address(self.endpoint, repo_id, revision, path, token)

    def trouble_of(self, response: httpx2.Response, repo_id: str, what: str) -> YiLocalError:
        """For an answer with an error's status; asks once more where the token may be bad."""
        code = response.headers.get("X-Error-Code", "")
        status = response.status_code
        if self._token and status in (401, 403, 404) and code not in _ABOUT_ONE:
            whoami = self.web.asking().get(f"{self.endpoint}/api/whoami-v2", headers=self._headers)
            if whoami.status_code == 401:
                return trouble.bad_token(self.host, self._token.origin)
        return trouble.of_status(
            status,
            response.headers,
            repo_id=repo_id,
            page=f"{self._shown}/{repo_id}",
            what=what,
            token=self._token is not None,
        )

    def refused(self, repo_id: str, path: str) -> Refusal:
        """The words for what this Hub answers instead of a file."""

        def words(status: int, headers: Mapping[str, str], host: str) -> YiLocalError:
            page, token = f"{self._shown}/{repo_id}", self._token is not None
            return trouble.of_status(
                status, headers, repo_id=repo_id, page=page, what=path, token=token
            )

        return words

    def for_library(self, repo_id: str, commit: str, path: str, cache: Path) -> LibraryArguments:
        """The same file as hf_hub_download wants to have it named."""
        return {
            "repo_id": repo_id,
            "filename": path,
            "revision": commit,
            "cache_dir": str(cache),
            "endpoint": self.endpoint,
            "token": self._token.value if self._token else None,
        }

    @property
    def host(self) -> str:
        return self._shown.partition("://")[2]

    # -- inside

    @cached_property
    def _api(self) -> "HfApi":
        return self.web.hugging_face(self.endpoint, self._token.value if self._token else None)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.value}"} if self._token else {}

    @property
    def _shown(self) -> str:
        """The endpoint without the name and password that may stand in it."""
        scheme, mark, rest = self.endpoint.partition("://")
        return f"{scheme}{mark}{rest.rpartition('@')[2]}"

    @contextmanager
    def _explained(self, repo_id: str | None, what: str) -> Iterator[None]:
        """Within it, whatever the library raises becomes a YiLocalError."""
        try:
            with self.web.speaking():
                yield
        except trouble.RAISED as error:
            response = getattr(error, "response", None)
            if not isinstance(response, httpx2.Response) or response.status_code < 400:
                raise trouble.of_transport(error, self.host) from error
            if repo_id is None and not self._token:
                raise trouble.of_server(
                    response.status_code, response.headers, self.host
                ) from error
            raise self.trouble_of(response, repo_id or tr("the search"), what) from error
        except _NOT_AS_EXPECTED as error:
            raise trouble.no_hub(self.host) from error


def _files(tree: Any) -> Iterator[Any]:
    return (entry for entry in tree if hasattr(entry, "blob_id"))  # folders have none


def _remote_file(entry: Any) -> RemoteFile:
    """LFS knows the sha256; of a small file the Hub knows only git's sha1."""
    path, size = entry.path, entry.lfs.size if entry.lfs else entry.size
    sha256 = entry.lfs.sha256 if entry.lfs else None
    if not isinstance(path, str) or not isinstance(size, int):
        raise TypeError("a file without a name or a size")
    return RemoteFile(path, size, sha256 if isinstance(sha256, str) else None)


def _found(answer: Any) -> Found:
    gguf = answer.gguf or {}
    n_params, architecture = gguf.get("total"), gguf.get("architecture")
    return Found(
        repo_id=answer.id,
        downloads=answer.downloads,
        likes=answer.likes,
        gated=None if answer.gated is None else bool(answer.gated),
        updated=answer.last_modified.date().isoformat() if answer.last_modified else None,
        n_params=n_params if isinstance(n_params, int) else None,
        architecture=architecture if isinstance(architecture, str) else None,
    )
