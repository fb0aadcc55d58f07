"""What the stand-in answers in ModelScope's place."""

import re
from typing import TYPE_CHECKING

from tests.stand_in_hub.body import send_file
from tests.stand_in_hub.content import Content
from tests.stand_in_hub.origin import Exchange
from tests.stand_in_hub.repository import Repository, in_lfs, modelscope_files

if TYPE_CHECKING:
    from tests.stand_in_hub.hub import StandInHub

_API = re.compile(r"/api/v1/models/(?P<repo>[^/]+/[^/]+)(?P<what>/repo/files|/repo|/revisions|)")
_RESOLVE = re.compile(r"/models/(?P<repo>[^/]+/[^/]+)/resolve/(?P<rev>[^/]+)/(?P<path>.+)")
_MOST_ENTRIES = 3000  # the listing is cut there, silently
_NOT_FOUND = 10010205001


def answer(exchange: Exchange, hub: "StandInHub") -> None:
    api = _API.fullmatch(exchange.route)
    match = api or _RESOLVE.fullmatch(exchange.route)
    repo = hub.repositories.get(match["repo"]) if match else None
    if match is None or repo is None or (repo.private and not _granted(exchange, repo)):
        _missing(exchange, "record not found")
        return
    revision = match["rev"] if api is None else exchange.option("Revision", "master")
    commit = repo.resolve(revision)
    if commit is None:
        _missing(exchange, "revision not found")
    elif api is None:
        _file(exchange, hub, repo.content(commit, match["path"]), match["path"])
    elif match["what"] == "/repo/files":
        _listing(exchange, repo, commit)
    elif match["what"] == "/repo":
        path = exchange.option("FilePath")
        _file(exchange, hub, repo.content(commit, path), path)
    elif match["what"] == "/revisions":
        branches = [{"Revision": "master", "CommittedDate": 1777629600}]
        _succeed(exchange, {"RevisionMap": {"Branches": branches, "Tags": []}})
    else:
        owner, _, name = repo.repo_id.partition("/")
        _succeed(exchange, {"Path": owner, "Name": name, "Downloads": repo.downloads})


def _granted(exchange: Exchange, repo: Repository) -> bool:
    token = exchange.headers.get("Authorization", "").removeprefix("Bearer ")
    return token in repo.granted


def _listing(exchange: Exchange, repo: Repository, commit: str) -> None:
    root = exchange.option("Root")
    files = [
        entry
        for entry in modelscope_files(repo, commit)
        if not root or entry["Path"].startswith(root + "/")
    ]
    _succeed(exchange, {"Files": files[:_MOST_ENTRIES]})


def _file(exchange: Exchange, hub: "StandInHub", content: Content | None, path: str) -> None:
    if content is None:
        _missing(exchange, "file not found")
    elif in_lfs(path):
        location = hub.cdn.sign(content, path.rpartition("/")[2])
        headers = {"Location": location, "X-Linked-ETag": content.sha256}
        exchange.reply(302, b"", headers)
    else:
        del exchange.headers["Range"]  # which small files ignore
        send_file(exchange, content, {})


def _succeed(exchange: Exchange, data: object) -> None:
    told = {"Code": 200, "Success": True, "Message": "success", "RequestId": "x", "Data": data}
    exchange.reply_json(told)


def _missing(exchange: Exchange, message: str) -> None:
    told = {"Code": _NOT_FOUND, "Success": False, "Message": message, "RequestId": "x"}
    exchange.reply_json(told, 404)
