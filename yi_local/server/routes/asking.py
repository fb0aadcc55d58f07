"""What every route does with its request."""

import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.talk.advice import sampling_for
from yi_local.assistant.tools.format import Turn
from yi_local.engine.client import Engine, Generation
from yi_local.server.answering import Ask, Job, answer, running, with_engine
from yi_local.server.openai.body import parse_body
from yi_local.server.openai.head import Head, new_id
from yi_local.server.openai.requests import ChatRequest
from yi_local.server.replies import JsonReply
from yi_local.server.serving import Serving
from yi_local.server.streaming import EventStream, Failed, unless_gone
from yi_local.types import Event, Json, SamplingOptions

T = TypeVar("T")

_LARGE_BYTES = 256 * 1024  # reading more would hold up the streams of others


def serving_of(request: Request) -> Serving:
    serving = request.app.state.serving
    assert isinstance(serving, Serving)
    return serving


async def body_of(request: Request) -> Json:
    """Raises WrongRequest for what is not a JSON object."""
    raw = await request.body()
    if len(raw) < _LARGE_BYTES:
        return parse_body(raw)
    return await serving_of(request).in_thread(lambda: parse_body(raw))


def head_of(prefix: str, model: OpenModel) -> Head:
    return Head(new_id(prefix), model.name, int(time.time()))


async def in_one_piece(request: Request, work: Coroutine[Any, Any, Json]) -> Response:
    """The work is stopped where the client goes away before it is done."""
    content = await unless_gone(request.receive, work)
    if content is None:
        serving_of(request).metrics.cancelled()
        return Response()  # that nobody gets
    return JsonReply(content)


def as_stream(request: Request, frames: AsyncIterator[bytes], failed: Failed) -> Response:
    serving = serving_of(request)
    return EventStream(
        frames,
        failed,
        serving.metrics.cancelled,
        first_s=serving.limits.first_s,
        keep_alive_s=serving.limits.keep_alive_s,
    )


async def turn_of(serving: Serving, model: OpenModel, asked: ChatRequest) -> Turn:
    form = await serving.format_of(model)
    return form.turn(
        asked.messages,
        asked.tools,
        asked.tool_choice,
        asked.parallel,
        asked.sampling_chosen.get("json_schema"),
    )


def chat_jobs(
    serving: Serving, model: OpenModel, asked: ChatRequest, turn: Turn
) -> list[Job[Event]]:
    """One for each answer that is wanted. Raises UsageError for what cannot be used together."""
    chosen = dict(asked.sampling_chosen)
    if turn.json_schema is not None:
        chosen["json_schema"] = turn.json_schema

    def asking(sampling: SamplingOptions) -> Ask:
        def ask(engine: Engine) -> Generation:
            return engine.chat(turn.messages, sampling, turn.tools, asked.continues)

        return ask

    sampling = sampling_for(model.known, chosen)
    return [answer(serving, model, asking(each)) for each in several(sampling, asked.n)]


def several(sampling: SamplingOptions, n: int) -> Sequence[SamplingOptions]:
    """A seed is the first one's; the others are to differ, and to be the same next time."""
    seed = sampling.seed
    if seed is None:
        return [sampling] * n
    return [replace(sampling, seed=(seed + number) % (2**32 - 1)) for number in range(n)]


async def asked_of_engine(serving: Serving, model: OpenModel, work: Callable[[Engine], T]) -> T:
    """What the engine answers at once, without generating."""

    async with running(serving, [with_engine(serving, model, lambda e: iter([work(e)]))]) as found:
        async for _, value in found:
            return value
    raise AssertionError("unreachable")
