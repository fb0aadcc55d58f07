"""The page's own files, and its words."""

import re
from collections.abc import Callable

import pytest

from tests.server.live import Live
from yi_local import language
from yi_local.server.guard import Door
from yi_local.server.page.assets import FOLDER, read_assets
from yi_local.server.page.words import WORDS

KEY = "a-key-of-32-characters-and-more.."
FILES = sorted(read_assets())


def test_the_page_is_at_the_root(live: Live) -> None:
    reply = live.get("/")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.body == (FOLDER / "index.html").read_bytes()
    assert reply.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_every_file_of_the_folder_is_served_and_nothing_else_lies_there(live: Live) -> None:
    assert sorted(path.name for path in FOLDER.iterdir() if path.name[0] != ".") == FILES
    kinds = {"js": "text/javascript", "css": "text/css", "html": "text/html"}
    for name in FILES:
        if name == "index.html":
            continue
        reply = live.get(f"/page/{name}")
        assert (reply.status, reply.body) == (200, (FOLDER / name).read_bytes())
        assert reply.headers["content-type"].startswith(kinds[name.rpartition(".")[2]])
        assert reply.headers["cache-control"] == "no-cache"


def test_what_the_browser_has_is_not_sent_again(live: Live) -> None:
    etag = live.get("/page/main.js").headers["etag"]
    for known in (etag, f'"other", W/{etag}'):
        reply = live.get("/page/main.js", {"If-None-Match": known})
        assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", etag)
    assert live.get("/page/main.js", {"If-None-Match": '"other"'}).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/page/",
        "/page",
        "/page/index.html",
        "/page/none.js",
        "/page/MAIN.js",
        "/page/../guard.py",
        "/page/..%2fwords.py",
        "/page/%2e%2e/words.py",
        "/page/main.js/",
        "/page/static/main.js",
        "/page//main.js",
        "//",
        "/index.html",
        "/page/main.js%00",
        "/page/words/en/",
        "/page/words/",
        "/page/chats/",
        "/page/chats/x",
        "/page/chats/-1",
        "/page/chats/1/none",
    ],
)
def test_there_is_nothing_beside_what_is_in_the_table(live: Live, path: str) -> None:
    assert live.get(path).status == 404


def test_the_page_names_nothing_that_is_not_ours() -> None:
    for name, asset in read_assets().items():
        text = asset.body.decode()
        found = set(re.findall(r"[a-z]+://[^\s\"'`)]+", text))
        assert found <= {"http://www.w3.org/2000/svg"}, name


def test_without_the_key_the_page_opens_and_nothing_behind_it(serve: Callable[..., Live]) -> None:
    live = serve(door=Door((KEY,)))
    for path in ("/", "/page/main.js", "/page/words/en", "/page/words/zh_CN", "/page/words/xx"):
        assert live.get(path).status == 200, path
    for method, path in [
        ("GET", "/page/about"),
        ("GET", "/page/chats"),
        ("GET", "/page/chats?query=a"),
        ("GET", "/page/chats/1"),
        ("POST", "/page/chats"),
        ("PATCH", "/page/chats/1"),
        ("DELETE", "/page/chats/1"),
        ("POST", "/page/chats/1/send"),
        ("POST", "/page/chats/1/stop"),
        ("GET", "/page/none.js"),
        ("GET", "/page/words/../chats"),
        ("GET", "/page/words/..%2fchats"),
        ("GET", "/page/words/en/x"),
        ("GET", "//page/main.js"),
        ("GET", "/page/main.js/"),
    ]:
        body = b"{}" if method in ("POST", "PATCH") else None
        reply = live.ask(method, path, body)
        assert (reply.status, reply.error["code"]) == (401, "invalid_api_key"), path
    assert live.get("/page/about", {"Authorization": f"Bearer {KEY}"}).status == 200


# Words


def test_the_words_are_told_in_the_language_that_is_asked_for(live: Live) -> None:
    english, chinese = (live.get(f"/page/words/{name}").json for name in ("en", "zh_CN"))
    assert (english["language"], chinese["language"]) == ("en", "zh_CN")
    assert english["words"] == dict(WORDS)
    assert chinese["words"].keys() == WORDS.keys()
    assert chinese["words"]["delete"] == "删除"


def test_the_server_s_own_language_says_nothing_about_the_page_s(live: Live) -> None:
    language.use("zh_CN")
    assert live.get("/page/words/en").json["words"] == dict(WORDS)


@pytest.mark.parametrize("name", ["xx", "..", "zh_CN.UTF-8", "en%00", "%E4%B8%AD"])
def test_a_language_that_nobody_speaks_is_english(live: Live, name: str) -> None:
    assert live.get(f"/page/words/{name}").json == {"language": "en", "words": dict(WORDS)}
