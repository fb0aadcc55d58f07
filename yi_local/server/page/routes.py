"""The web page's paths."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from yi_local.language import ENGLISH, in_language, languages
from yi_local.server.page import chats, talking
from yi_local.server.page.about import about
from yi_local.server.page.assets import INDEX, Assets
from yi_local.server.page.words import WORDS
from yi_local.server.replies import JsonReply

ROOT = "/page/"
_CHAT = f"{ROOT}chats/{{id}}"
_DEEDS = {
    "choose": chats.choose,
    "pin": chats.pin,
    "stop": chats.stop,
    "send": talking.send,
    "edit": talking.edit,
    "retry": talking.retry,
    "continue": talking.go_on,
}
WORDS_FOLDER = f"{ROOT}words/"  # what the page says before it has a key


def page_routes(assets: Assets) -> list[Route]:
    """The files come last: none of them takes the name of something else."""
    return [
        Route("/", _file(assets, INDEX)),
        Route(f"{WORDS_FOLDER}{{language}}", words),
        Route(f"{ROOT}about", about),
        Route(f"{ROOT}chats", chats.chats),
        Route(f"{ROOT}chats", chats.new_chat, methods=["POST"]),
        Route(_CHAT, chats.chat),
        Route(_CHAT, chats.change_chat, methods=["PATCH"]),
        Route(_CHAT, chats.remove_chat, methods=["DELETE"]),
        *(Route(f"{_CHAT}/{name}", end, methods=["POST"]) for name, end in _DEEDS.items()),
        *(Route(ROOT + name, _file(assets, name)) for name in assets if name != INDEX),
    ]


def open_paths(assets: Assets) -> frozenset[str]:
    """What is seen before there is a key: the page itself, which holds no secret."""
    return frozenset({"/", *(ROOT + name for name in assets)})


async def words(request: Request) -> Response:
    """In one language, whichever the server speaks."""
    wanted = request.path_params["language"]
    language = wanted if wanted in languages() else ENGLISH
    said = in_language(language)
    told = {key: said(message) for key, message in WORDS.items()}
    return JsonReply({"language": language, "words": told}, headers={"cache-control": "no-cache"})


def _file(assets: Assets, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def file(request: Request) -> Response:
        if name not in assets:
            raise HTTPException(404)
        return assets[name].reply(request)

    return file
