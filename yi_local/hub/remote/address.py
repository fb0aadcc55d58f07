"""Where a file of a repository is asked for, and with which headers.

Only the first origin gets the token: httpx2 drops Authorization and cookies when a redirect leads
to another. Whether an endpoint may have a token is the caller's to know.
"""

from urllib.parse import quote, urlencode

from yi_local.hub.repo import Address

# For whole files, so that the author's count of downloads works (huggingface_hub, constants.py).
COUNTED = {"X-HF-Download-Counter": "1"}


def hugging_face_address(
    endpoint: str, repo_id: str, revision: str, path: str, token: str | None
) -> Address:
    """The Hub redirects from there, with a fresh signature each time."""
    where = f"{quote(revision, safe='')}/{quote(path)}"
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return Address(f"{endpoint}/{repo_id}/resolve/{where}", headers)


def modelscope_address(
    endpoint: str, repo_id: str, revision: str, path: str, token: str | None
) -> Address:
    """ModelScope wants its token twice, as its own client sends it (modelscope 1.40.2)."""
    query = urlencode({"Revision": revision, "FilePath": path}, quote_via=quote)
    headers = {}
    if token is not None:
        headers = {"Authorization": f"Bearer {token}", "Cookie": f"m_session_id={token}"}
    return Address(f"{endpoint}/api/v1/models/{repo_id}/repo?{query}", headers)
