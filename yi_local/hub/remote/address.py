"""Where a file of a repository is fetched from, and with which headers.

Only the first origin gets the token: httpx2 drops Authorization and cookies when a redirect leads
to another.
"""

from urllib.parse import quote, urlencode

from yi_local.hub.transfer.download import Address


def hugging_face_address(
    endpoint: str, repo_id: str, commit: str, path: str, token: str | None
) -> Address:
    """Whether the endpoint may have a token is the caller's to know."""
    place = f"{repo_id}/resolve/{quote(commit, safe='')}/{quote(path)}"
    headers = {"X-HF-Download-Counter": "1"}  # the author's count; huggingface_hub, constants.py
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return Address(f"{endpoint.rstrip('/')}/{place}", headers)


def modelscope_address(
    endpoint: str, repo_id: str, revision: str, path: str, token: str | None
) -> Address:
    """ModelScope wants its token twice, as its own client sends it (modelscope 1.40.2)."""
    query = urlencode({"Revision": revision, "FilePath": path})
    headers = {}
    if token is not None:
        headers = {"Authorization": f"Bearer {token}", "Cookie": f"m_session_id={token}"}
    return Address(f"{endpoint.rstrip('/')}/api/v1/models/{repo_id}/repo?{query}", headers)
