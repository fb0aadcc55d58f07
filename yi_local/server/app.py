"""The server's routes, behind its guard."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yi_local.assistant.warm.programs import ROOT as PRIVATE
from yi_local.errors import YiLocalError
from yi_local.server.guard import Guard
from yi_local.server.metrics import Metrics
from yi_local.server.page.assets import read_assets
from yi_local.server.page.routes import ROOT, WORDS_FOLDER, open_paths, page_routes
from yi_local.server.page.talks import Talks
from yi_local.server.page.trouble import PageProblem, on_page_problem
from yi_local.server.replies import on_bug, on_error, on_gone, on_refusal
from yi_local.server.routes.about import health, metrics, model, models
from yi_local.server.routes.chat import chat_completions
from yi_local.server.routes.completions import completions
from yi_local.server.routes.counting import count, tokenize
from yi_local.server.routes.embeddings import embeddings
from yi_local.server.routes.responses import responses
from yi_local.server.serving import Serving
from yi_local.server.warm.gate import Gate
from yi_local.server.warm.routes import ROUTES as PRIVATE_ROUTES

_MODEL = "/v1/models/"
ROUTES = (
    Route("/health", health),
    Route("/metrics", metrics),
    Route("/v1/models", models),
    Route(f"{_MODEL}{{name:path}}", model),
    Route("/v1/chat/completions", chat_completions, methods=["POST"]),
    Route("/v1/completions", completions, methods=["POST"]),
    Route("/v1/responses", responses, methods=["POST"]),
    Route("/v1/embeddings", embeddings, methods=["POST"]),
    Route("/v1/tokenize", tokenize, methods=["POST"]),
    Route("/v1/count", count, methods=["POST"]),
)


def make_app(serving: Serving) -> ASGIApp:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with serving.alive():
            yield

    assets = read_assets()
    app = Starlette(
        routes=[*ROUTES, *page_routes(assets), *PRIVATE_ROUTES],
        exception_handlers={
            PageProblem: on_page_problem,
            YiLocalError: on_error,
            HTTPException: on_refusal,
            ClientDisconnect: on_gone,
            Exception: on_bug,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.serving = serving
    app.state.talks = Talks()
    door = replace(
        serving.door,
        open_paths=serving.door.open_paths | open_paths(assets),
        open_folders=(WORDS_FOLDER, PRIVATE),  # the gate has a key of its own for the latter
        own_folders=(ROOT, PRIVATE),
    )
    token = serving.private.token if serving.private is not None else None
    return Counted(Guard(Gate(app, token), door), serving.metrics)


class Counted:
    """Every answer, with its route, status and time."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.monotonic(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._metrics.answered(_route(scope["path"]), status, time.monotonic() - begun)


def _route(path: str) -> str:
    """One of the few there are: a label must not grow by what clients make up."""
    for folder in (_MODEL, ROOT, PRIVATE):
        if path.startswith(folder):
            return folder
    if path == "/":
        return path
    return path if any(path == route.path for route in ROUTES) else "other"
