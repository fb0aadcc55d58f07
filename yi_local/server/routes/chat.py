"""POST /v1/chat/completions."""

from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import Response

from yi_local.assistant.tools.format import Turn
from yi_local.server.answering import Job, running
from yi_local.server.openai.head import Head
from yi_local.server.openai.read.chat import parse_chat
from yi_local.server.openai.requests import ChatRequest
from yi_local.server.openai.write.chat import (
    Choice,
    call_chunk,
    chat_response,
    first_chunk,
    last_chunk,
    text_chunk,
    usage_chunk,
)
from yi_local.server.openai.write.sse import DONE, sse
from yi_local.server.replies import failed_frame
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
from yi_local.types import Event, Json, Usage


async def chat_completions(request: Request) -> Response:
    serving, asked = serving_of(request), parse_chat(await body_of(request))
    model = await serving.open_model(asked.model)
    turn = await turn_of(serving, model, asked)
    jobs = chat_jobs(serving, model, asked, turn)
    head = head_of("chatcmpl-", model)
    if asked.stream:
        return as_stream(request, _frames(serving, asked, turn, jobs, head), failed_frame)
    return await in_one_piece(request, _whole(serving, asked, turn, jobs, head))


async def _whole(
    serving: Serving, asked: ChatRequest, turn: Turn, jobs: Sequence[Job[Event]], head: Head
) -> Json:
    async with running(serving, jobs) as answers:
        found = await whole(spoken(answers, asked.n, serving.metrics, turn), asked.n)
    choices = [
        Choice(
            index,
            each.text,
            each.finish_reason,
            each.calls,
            each.logprobs if asked.sampling_chosen.get("top_logprobs") is not None else None,
        )
        for index, each in enumerate(found)
    ]
    return chat_response(head, choices, [each.usage for each in found])


async def _frames(
    serving: Serving, asked: ChatRequest, turn: Turn, jobs: Sequence[Job[Event]], head: Head
) -> AsyncIterator[bytes]:
    begun: set[int] = set()
    usages: list[Usage] = []
    told = asked.include_usage
    with_logprobs = asked.sampling_chosen.get("top_logprobs") is not None
    async with running(serving, jobs) as answers:
        async for said in spoken(answers, asked.n, serving.metrics, turn):
            if said.index not in begun:
                begun.add(said.index)
                yield sse(first_chunk(head, said.index, told))
            if isinstance(said, Text):
                logprobs = said.logprobs if with_logprobs else None
                yield sse(text_chunk(head, said.index, said.text, logprobs, told))
            elif isinstance(said, Call):
                yield sse(call_chunk(head, said.index, said.number, said.called, told))
            else:
                usages.append(said.usage)
                reason, has_calls = said.finish_reason, said.has_calls
                yield sse(last_chunk(head, said.index, reason, has_calls, told))
    if told:
        yield sse(usage_chunk(head, usages))
    yield DONE
