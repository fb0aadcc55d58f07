"""The private routes: what other programs of the same person ask of this one."""

from collections.abc import AsyncIterator
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from yi_local import __version__
from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.warm.programs import ROOT, proof
from yi_local.language import tr
from yi_local.server.answering import Ask, answer, running
from yi_local.server.openai.read.fields import Fields
from yi_local.server.openai.wrong import WrongRequest
from yi_local.server.queue import Stopping
from yi_local.server.replies import JsonReply
from yi_local.server.routes.asking import as_stream, asked_of_engine, body_of, serving_of
from yi_local.server.serving import Serving
from yi_local.server.warm.gate import HELLO
from yi_local.server.warm.held import held_by_name, held_by_path, told
from yi_local.server.warm.lines import (
    begun_frame,
    event_frame,
    failed_frame,
    needed_text,
    read_chat,
    read_question,
    read_sampling,
)
from yi_local.server.warm.private import Private
from yi_local.types import Done, ModelInfo, SamplingOptions

_MOST_NONCE = 128  # characters
_MOST_NUMBER = 2**53


async def hello(request: Request) -> Response:
    """{"proof"} that the token is known here, which is what the file of this program says."""
    nonce = request.query_params.get("nonce", "")[:_MOST_NONCE]
    return JsonReply({"proof": proof(_private(request).token, nonce)})


async def status(request: Request) -> Response:
    serving, private = serving_of(request), _private(request)
    return JsonReply(
        {
            "kind": private.kind,
            "version": __version__,
            "started_s": private.started_s,
            "running": serving.slots.n_taken,
            "waiting": serving.slots.n_waiting,
            "models": await serving.in_thread(lambda: told(serving.models)),
        }
    )


async def find(request: Request) -> Response:
    """{"model"} -> what is loaded of it. 404 where nothing is."""
    model, info = await _held(serving_of(request), Fields(await body_of(request)))
    facts = {"name": model.name, "path": str(model.path), "title": model.title}
    return JsonReply({**facts, "info": asdict(info)})


async def generate(request: Request) -> Response:
    """{"model", "op", ..., "sampling"} -> the lines of the engine's protocol, as they come.

    The first tells the model, and the sampling with the makers' advice in it.
    """
    serving, asked = serving_of(request), Fields(await body_of(request))
    model, info = await _held(serving, asked)
    sampling = read_sampling(asked, model.known)
    ask = read_question(asked, sampling)
    frames = _frames(serving, _private(request), model, info, sampling, ask)
    return as_stream(request, frames, failed_frame)


async def cancel(request: Request) -> Response:
    """{"id"} of an answer, which then comes to its end."""
    number = Fields(await body_of(request)).integer("id", 0, _MOST_NUMBER)
    _private(request).cancel(number or 0)
    return JsonReply({})


async def count(request: Request) -> Response:
    """{"model", "op": "chat" or "tokenize", ...} -> {"tokens"}."""
    serving, asked = serving_of(request), Fields(await body_of(request))
    model, _ = await _held(serving, asked)
    if asked.one_of("op", ("chat", "tokenize")) == "tokenize":
        text = needed_text(asked, "text")
        prompt = await asked_of_engine(serving, model, lambda engine: engine.tokenize(text))
    else:
        messages, tools, continues = read_chat(asked)
        prompt = await asked_of_engine(
            serving, model, lambda engine: engine.render(messages, tools, continues)
        )
    return JsonReply({"tokens": len(prompt.token_ids)})


async def origin(request: Request) -> Response:
    serving = serving_of(request)
    model, _ = await _held(serving, Fields(await body_of(request)))
    return JsonReply(asdict(await serving.in_thread(model.origin)))


async def stop(request: Request) -> Response:
    """The program ends, as with Ctrl-C."""
    end = _private(request).end
    if end is None:
        raise WrongRequest(tr("This program is ended where it was begun."))
    end()
    return JsonReply({})


ROUTES = (
    Route(HELLO, hello),
    Route(f"{ROOT}status", status),
    Route(f"{ROOT}find", find, methods=["POST"]),
    Route(f"{ROOT}generate", generate, methods=["POST"]),
    Route(f"{ROOT}cancel", cancel, methods=["POST"]),
    Route(f"{ROOT}count", count, methods=["POST"]),
    Route(f"{ROOT}origin", origin, methods=["POST"]),
    Route(f"{ROOT}stop", stop, methods=["POST"]),
)


def _private(request: Request) -> Private:
    private = serving_of(request).private
    assert private is not None  # the gate has seen to that
    return private


async def _held(serving: Serving, asked: Fields) -> tuple[OpenModel, ModelInfo]:
    """Raises ModelNotFound where it is not loaded."""
    asked.needed("model")
    meant = asked.table("model") or Fields({}, "model")
    path = meant.text("path")
    if path is not None:
        return await serving.in_thread(lambda: held_by_path(serving.models, path))
    name = needed_text(meant, "name")
    return await serving.in_thread(lambda: held_by_name(serving.models, serving.names, name))


async def _frames(
    serving: Serving,
    private: Private,
    model: OpenModel,
    info: ModelInfo,
    sampling: SamplingOptions,
    ask: Ask,
) -> AsyncIterator[bytes]:
    async with running(serving, [answer(serving, model, ask)]) as answers:
        with private.answering(answers.stop_all) as number:
            yield begun_frame(number, info, sampling)
            async for _, event in answers:
                if isinstance(event, Done):
                    serving.metrics.generated(event.usage)
                    if event.finish_reason == "cancelled" and not private.is_cancelled(number):
                        raise Stopping  # whoever waits for it has not wished that
                if frame := event_frame(number, event):
                    yield frame
