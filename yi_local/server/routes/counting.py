"""POST /v1/tokenize and /v1/count: what a model makes of a text, before it is asked."""

from starlette.requests import Request
from starlette.responses import Response

from yi_local.assistant.loading.open_model import OpenModel
from yi_local.language import tr
from yi_local.server.openai.read.chat import parse_chat
from yi_local.server.openai.requests import ChatRequest
from yi_local.server.openai.wrong import WrongRequest
from yi_local.server.routes.asking import (
    asked_of_engine,
    body_of,
    in_one_piece,
    serving_of,
    turn_of,
)
from yi_local.server.serving import Serving
from yi_local.types import Json


async def tokenize(request: Request) -> Response:
    """{"model", "text"} -> {"tokens": [ids], "count"}, without a template's or special tokens."""
    serving, body = serving_of(request), await body_of(request)
    name, text = body.get("model"), body.get("text")
    if not isinstance(name, str | None):
        raise WrongRequest(tr('"{name}" must be text.', name="model"), param="model")
    if not isinstance(text, str):
        raise WrongRequest(tr('"{name}" must be text.', name="text"), param="text")
    model = await serving.open_model(name)
    return await in_one_piece(request, _tokens(serving, model, text))


async def count(request: Request) -> Response:
    """{"model", "messages", "tools"} -> {"tokens": n}: what a chat's prompt will take."""
    serving, asked = serving_of(request), parse_chat(await body_of(request))
    model = await serving.open_model(asked.model)
    return await in_one_piece(request, _count(serving, model, asked))


async def _tokens(serving: Serving, model: OpenModel, text: str) -> Json:
    prompt = await asked_of_engine(serving, model, lambda engine: engine.tokenize(text))
    return {"tokens": list(prompt.token_ids), "count": len(prompt.token_ids)}


async def _count(serving: Serving, model: OpenModel, asked: ChatRequest) -> Json:
    turn = await turn_of(serving, model, asked)
    prompt = await asked_of_engine(
        serving, model, lambda engine: engine.render(turn.messages, turn.tools, asked.continues)
    )
    return {"tokens": len(prompt.token_ids)}
