"""POST /v1/responses: the newer form of a chat, without anything kept."""

from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import Response

from yi_local.assistant.tools.format import Turn
from yi_local.errors import YiLocalError
from yi_local.server.answering import Job, running
from yi_local.server.openai.head import Head, new_id
from yi_local.server.openai.read.responses import parse_responses
from yi_local.server.openai.requests import ResponsesRequest
from yi_local.server.openai.write.response_stream import ResponseStream
from yi_local.server.openai.write.responses import response_object
from yi_local.server.openai.write.sse import sse
from yi_local.server.replies import discreet
from yi_local.server.routes.asking import (
    as_stream,
    body_of,
    chat_jobs,
    head_of,
    in_one_piece,
    serving_of,
    turn_of,
)
from yi_local.server.serving import Serving
from yi_local.server.spoken import Call, Text, spoken, whole
from yi_local.types import Event, Json


async def responses(request: Request) -> Response:
    serving, asked = serving_of(request), parse_responses(await body_of(request))
    model = await serving.open_model(asked.chat.model)
    turn = await turn_of(serving, model, asked.chat)
    jobs = chat_jobs(serving, model, asked.chat, turn)
    head = head_of("resp_", model)
    if not asked.chat.stream:
        return await in_one_piece(request, _whole(serving, asked, turn, jobs, head))
    stream = ResponseStream(head, asked, new_id)

    def failed(error: YiLocalError) -> bytes:
        return _named(stream.fail(discreet(error)))

    return as_stream(request, _frames(serving, stream, turn, jobs), failed)


async def _whole(
    serving: Serving, asked: ResponsesRequest, turn: Turn, jobs: Sequence[Job[Event]], head: Head
) -> Json:
    async with running(serving, jobs) as answers:
        [found] = await whole(spoken(answers, 1, serving.metrics, turn), 1)
    logprobs = found.logprobs or None
    return response_object(
        head, asked, found.text, found.calls, found.finish_reason, found.usage, logprobs
    )


async def _frames(
    serving: Serving, stream: ResponseStream, turn: Turn, jobs: Sequence[Job[Event]]
) -> AsyncIterator[bytes]:
    is_begun = False
    async with running(serving, jobs) as answers:
        async for said in spoken(answers, 1, serving.metrics, turn):
            if not is_begun:
                is_begun = True
                yield _named(stream.begin())
            if isinstance(said, Text):
                yield _named(stream.text(said.text, said.logprobs))
            elif isinstance(said, Call):
                yield _named(stream.call(said.called))
            else:
                yield _named(stream.end(said.finish_reason, said.usage))


def _named(events: Sequence[Json]) -> bytes:
    return b"".join(sse(event, named=True) for event in events)
