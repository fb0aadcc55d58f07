"""Asks ModelScope, by plain HTTP: listings, addresses.

Its own package would weigh 121 MB, and gives up after an hour for a file.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx2

from yi_local.errors import ModelNotFound, YiLocalError
from yi_local.hub.remote import trouble
from yi_local.hub.remote.address import modelscope_address
from yi_local.hub.remote.kept_listings import KeptListings, Told
from yi_local.hub.remote.repo_id import check_repo
from yi_local.hub.remote.web import Web
from yi_local.hub.repo import Address, Listing, RemoteFile, Source
from yi_local.language import tr

PUBLIC = "https://www.modelscope.cn"
DEFAULT_REVISION = "master"
_OURS = (PUBLIC, "https://www.modelscope.ai")  # where a token may go
_CUT_AT = 3000  # entries; then it stops, and says nothing (modelscope 1.40.2, constants.py)
_NOT_FOUND = 10010205001  # the code in its answers


class ModelScope:
    source: Source = "modelscope"

    def __init__(
        self, web: Web, kept: KeptListings, *, endpoint: str = PUBLIC, token: str | None = None
    ) -> None:
        self.web = web
        self.endpoint = endpoint.strip().rstrip("/")
        self._kept = kept
        self._token = token

    @classmethod
    def from_environment(
        cls, web: Web, kept: KeptListings, environ: Mapping[str, str]
    ) -> "ModelScope":
        """By the variables of its own package: MODELSCOPE_DOMAIN, MODELSCOPE_API_TOKEN."""
        domain = environ.get("MODELSCOPE_DOMAIN", "").strip().rstrip("/")
        endpoint = (domain if "://" in domain else f"https://{domain}") if domain else PUBLIC
        token = environ.get("MODELSCOPE_API_TOKEN", "").strip() if endpoint in _OURS else ""
        return cls(web, kept, endpoint=endpoint, token=token or None)

    def list_repo(self, repo_id: str, revision: str = DEFAULT_REVISION) -> Listing:
        """What ModelScope tells now; offline, what it told last.

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
        query = urlencode({"Revision": revision, "Recursive": "true"})
        url = f"{self._repo_api(repo_id)}/repo/files?{query}"
        response = self.web.asking().get(url, headers=self._headers)
        entries = self._entries(response, repo_id, revision)
        remarks: tuple[str, ...] = ()
        if len(entries) >= _CUT_AT:
            remarks = (
                tr(
                    "ModelScope lists only {n} files of a repository: some may lack.",
                    n=f"{_CUT_AT:,}",
                ),
            )
        try:
            files = tuple(_remote_file(it) for it in entries if it["Type"] == "blob")
        except (KeyError, TypeError):
            raise trouble.no_hub(self.host) from None
        # It names a commit for each file, none for the repository.
        told = Told(self.source, self.endpoint, repo_id, revision, None, None, files, remarks)
        self._kept.save(told)
        return told.listing()

    def address(self, repo_id: str, revision: str, path: str) -> Address:
        """Of a file's bytes. Ranges are honoured for LFS files, and ignored for small ones."""
        return modelscope_address(self.endpoint, repo_id, revision, path, self._token)

    def trouble_of(self, response: httpx2.Response, repo_id: str, what: str) -> YiLocalError:
        status, page = response.status_code, f"{self.endpoint}/models/{repo_id}"
        if status == 404:
            return ModelNotFound(
                tr(
                    "{host} has no {repo_id}, or nothing called {what!r} in it.",
                    host=self.host,
                    repo_id=repo_id,
                    what=what,
                ),
                tr("Check the spelling: {page}", page=page),
            )
        if status in (401, 403):
            return trouble.Refused(
                tr("{host} does not let us have {repo_id}.", host=self.host, repo_id=repo_id),
                tr("See {page}; a token goes into MODELSCOPE_API_TOKEN.", page=page),
            )
        return trouble.of_server(status, response.headers, self.host)

    @property
    def host(self) -> str:
        return self.endpoint.partition("://")[2].rpartition("@")[2]

    # -- inside

    def _repo_api(self, repo_id: str) -> str:
        return f"{self.endpoint}/api/v1/models/{repo_id}"

    @property
    def _headers(self) -> dict[str, str]:
        if not self._token:
            return {}
        return {
            "Authorization": f"Bearer {self._token}",
            "Cookie": f"m_session_id={self._token}",
        }

    def _entries(self, response: httpx2.Response, repo_id: str, revision: str) -> list[Any]:
        """Errors come with a status, or with HTTP 200 and "Success": false."""
        if response.status_code >= 400:
            raise self.trouble_of(response, repo_id, revision)
        try:
            answer = response.json()
            if answer["Success"]:
                return list(answer["Data"]["Files"] or ())
            code, message = answer.get("Code"), str(answer.get("Message"))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise trouble.no_hub(self.host) from None
        if code == _NOT_FOUND:
            raise ModelNotFound(
                tr(
                    "{host} has no {repo_id}, or no revision {revision!r} of it.",
                    host=self.host,
                    repo_id=repo_id,
                    revision=revision,
                ),
                tr("Check the spelling."),
            )
        raise trouble.HubTrouble(
            tr("{host} refuses: {answer}", host=self.host, answer=message[:200]),
            tr("Try again in a while."),
        )


def _remote_file(entry: Any) -> RemoteFile:
    path, size, sha256 = entry["Path"], entry["Size"], entry.get("Sha256") or None
    if not isinstance(path, str) or not isinstance(size, int):
        raise TypeError("a file without a name or a size")
    return RemoteFile(path, size, sha256.lower() if isinstance(sha256, str) else None)
