"""What the stand-in Hub answers: the requests of huggingface_hub, with the live Hub's headers."""

import re
import uuid
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from tests.stand_in_hub.body import send_file
from tests.stand_in_hub.content import Content
from tests.stand_in_hub.origin import Exchange
from tests.stand_in_hub.repository import (
    Repository,
    file_entry,
    git_sha1,
    in_lfs,
    model_info,
    tree,
    xet_hash,
)

if TYPE_CHECKING:
    from tests.stand_in_hub.hub import StandInHub

Found = tuple[Repository, str, str, Content]

_EXPOSED = (
    "X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,"
    "Content-Range,X-Linked-Size,X-Linked-ETag,X-Xet-Hash"
)
_API = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+)(?:/(?P<what>[^/]+)(?:/(?P<rest>.*))?)?")
_RESOLVE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<rev>[^/]+)/(?P<path>.+)", re.DOTALL)


def common_headers(exchange: Exchange) -> dict[str, str]:
    trace = exchange.headers.get("X-Amzn-Trace-Id", "")
    return {
        "Vary": "Origin",
        "X-Powered-By": "huggingface-moon",
        "X-Request-Id": f"Root=1-{uuid.uuid4().hex[:8]};{trace}",
        "Access-Control-Expose-Headers": _EXPOSED,
        "RateLimit": '"api";r=487;t=71',
        "RateLimit-Policy": '"fixed window";"api";q=500;w=300',
    }


def answer(exchange: Exchange, hub: "StandInHub") -> None:
    if exchange.route == "/api/agent-harnesses":
        exchange.reply_json({"harnesses": {}, "standardEnvVars": []})
    elif exchange.route == "/api/whoami-v2":
        _whoami(exchange, hub)
    elif _has_bad_token(exchange, hub):
        unauthorized(exchange)
    elif exchange.route.rstrip("/") == "/api/models":
        _search(exchange, hub)
    elif match := _API.fullmatch(exchange.route.rstrip("/")):
        _api(exchange, hub, match["repo"], match["what"] or "", match["rest"] or "")
    elif (found := find_file(exchange, hub)) is not None:
        _resolve(exchange, hub, *found)


# Who asks


def token_of(exchange: Exchange) -> str | None:
    kind, _, token = exchange.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" and token else None


def _has_bad_token(exchange: Exchange, hub: "StandInHub") -> bool:
    token = token_of(exchange)
    return token is not None and token not in hub.tokens


def _whoami(exchange: Exchange, hub: "StandInHub") -> None:
    name = hub.tokens.get(token_of(exchange) or "")
    if name is None:
        unauthorized(exchange)
    else:
        exchange.reply_json({"type": "user", "name": name, "auth": {"type": "access_token"}})


def visible(exchange: Exchange, hub: "StandInHub", repo_id: str) -> Repository | None:
    """None when it is answered: there is no such repository for whoever asks."""
    repo = hub.repositories.get(repo_id)
    token = token_of(exchange)
    if repo is not None and (not repo.private or token in repo.granted):
        return repo
    if token is None:
        unauthorized(exchange)
    else:
        error(exchange, 404, "RepoNotFound", "Repository not found")
    return None


def unauthorized(exchange: Exchange) -> None:
    """For a missing or a private repository and any bad token; with no X-Error-Code."""
    message = "Invalid username or password."
    headers = {
        "X-Error-Message": message,
        "WWW-Authenticate": 'Bearer realm="Authentication required", charset="UTF-8"',
    }
    if exchange.route.startswith("/api/"):
        exchange.reply(401, b'{"error":"%s"}' % message.encode(), headers)
    else:
        exchange.reply(401, message.encode(), headers)


def error(exchange: Exchange, status: int, code: str, message: str, **more: str) -> None:
    headers = {"X-Error-Code": code, "X-Error-Message": message}
    exchange.reply(
        status, message.encode(), headers | {key.replace("_", "-"): it for key, it in more.items()}
    )


# The API


def _search(exchange: Exchange, hub: "StandInHub") -> None:
    words = exchange.option("search").lower()
    author = exchange.option("author")
    filters = {value for key, value in exchange.query if key == "filter"}
    found = [
        model_info(repo, repo.commit, blobs=False)
        for repo in sorted(hub.repositories.values(), key=lambda repo: -repo.downloads)
        if not repo.private
        and words in repo.repo_id.lower()
        and (not author or repo.repo_id.startswith(author + "/"))
        and filters <= set(repo.tags)
    ]
    limit = min(int(exchange.option("limit") or 1000), 1000)
    _page(exchange, found, min(limit, hub.page_size))


def _page(exchange: Exchange, entries: list[dict[str, object]], size: int) -> None:
    """One page; the cursor of the next one is its first entry's number."""
    begin = int(exchange.option("cursor") or 0)
    headers = {}
    if begin + size < len(entries):
        query = [(key, it) for key, it in exchange.query if key != "cursor"]
        address = exchange.server.endpoint + exchange.path.partition("?")[0]
        following = urlencode([*query, ("cursor", str(begin + size))])
        headers["Link"] = f'<{address}?{following}>; rel="next"'
    exchange.reply_json(entries[begin : begin + size], **headers)


def _api(exchange: Exchange, hub: "StandInHub", repo_id: str, what: str, rest: str) -> None:
    repo = visible(exchange, hub, repo_id)
    if repo is None:
        return
    revision, _, folder = rest.partition("/")
    commit = repo.resolve(revision or "main")
    if commit is None:
        error(exchange, 404, "RevisionNotFound", f"Invalid rev id: {revision}")
    elif what in ("", "revision"):
        exchange.reply_json(model_info(repo, commit, exchange.option("blobs").lower() == "true"))
    elif what == "tree":
        recursive = exchange.option("recursive").lower() == "true"
        expanded = exchange.option("expand").lower() == "true"
        size = min(50 if expanded else 1000, hub.page_size)
        _page(exchange, tree(repo, commit, folder, recursive), size)
    elif what == "paths-info":
        wanted = {it for key, it in parse_qsl(exchange.sent_body.decode()) if key == "paths"}
        entries = [file_entry(repo, *it) for it in repo.commits[commit] if it[0] in wanted]
        exchange.reply_json(entries)
    elif what == "refs":
        exchange.reply_json({"branches": _branches(repo), "tags": [], "converts": []})
    elif what == "auth-check":
        if not gate_is_shut(exchange, repo):
            exchange.reply(200, b"OK")
    elif what == "xet-read-token":
        exchange.reply_json({"accessToken": "x", "casUrl": hub.cdn.endpoint, "exp": 4102444800})
    else:
        error(exchange, 404, "EntryNotFound", "Entry not found")


def _branches(repo: Repository) -> list[dict[str, str]]:
    return [
        {"name": name, "ref": f"refs/heads/{name}", "targetCommit": commit}
        for name, commit in repo.branches.items()
    ]


# Files


def find_file(exchange: Exchange, hub: "StandInHub") -> Found | None:
    """None when it is answered: no such repository, revision or file, or none for the asker."""
    match = _RESOLVE.fullmatch(exchange.route)
    repo = visible(exchange, hub, match["repo"]) if match else None
    if match is None:
        error(exchange, 404, "EntryNotFound", "Entry not found")
    if match is None or repo is None:
        return None
    commit = repo.resolve(match["rev"])
    if commit is None:
        error(exchange, 404, "RevisionNotFound", f"Invalid rev id: {match['rev']}")
        return None
    if gate_is_shut(exchange, repo):
        return None
    content = repo.content(commit, match["path"])
    if content is None:
        error(exchange, 404, "EntryNotFound", "Entry not found", X_Repo_Commit=commit)
        return None
    return repo, commit, match["path"], content


def gate_is_shut(exchange: Exchange, repo: Repository) -> bool:
    """Whether the answer was that."""
    token = token_of(exchange)
    if not repo.gated or token in repo.granted:
        return False
    if token is None:
        words = f"Access to model {repo.repo_id} is restricted. Please log in."
        error(exchange, 401, "GatedRepo", words)
    else:
        words = f"Access to model {repo.repo_id} is restricted; you are not in the authorized list."
        error(exchange, 403, "GatedRepo", words)
    return True


def _resolve(
    exchange: Exchange,
    hub: "StandInHub",
    repo: Repository,
    commit: str,
    path: str,
    content: Content,
) -> None:
    headers = {"X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
    if not in_lfs(path):
        headers["ETag"] = f'"{git_sha1(path, content)}"'
        headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        headers["Content-Type"] = "text/plain; charset=utf-8"
        send_file(exchange, content, headers)
        return
    location = hub.cdn.sign(content, path.rpartition("/")[2])
    headers |= {
        "X-Linked-Etag": f'"{content.sha256}"',
        "X-Linked-Size": str(content.size),
        "Cache-Control": "no-store",
        "Vary": "Origin, Accept",
        "Location": location,
    }
    if repo.xet:
        token = f"{hub.endpoint}/api/models/{repo.repo_id}/xet-read-token/{commit}"
        headers["X-Xet-Hash"] = xet_hash(content)
        headers["Link"] = f'<{token}>; rel="xet-auth"'
    exchange.reply(302, f"Found. Redirecting to {location}".encode(), headers)
