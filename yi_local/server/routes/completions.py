"""POST /v1/completions: text goes on, without a template."""

from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import Response

from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.talk.advice import sampling_for
from yi_local.engine.client import Engine, Generation
from yi_local.server.answering import Ask, Job, answer, running
from yi_local.server.openai.head import Head
from yi_local.server.openai.read.completion import parse_completion
from yi_local.server.openai.requests import CompletionRequest
from yi_local.server.openai.write.chat import Choice
from yi_local.server.openai.write.completion import (
    completion_chunk,
    completion_response,
    completion_usage_chunk,
)
from yi_local.server.openai.write.sse import DONE, sse
from yi_local.server.replies import failed_frame
from yi_local.server.routes.asking import (
    as_stream,
    body_of,
    head_of,
    in_one_piece,
    serving_of,
    several,
)
from yi_local.server.serving import Serving
from yi_local.server.spoken import Call, Text, spoken, whole
from yi_local.types import Event, Json, SamplingOptions, Usage


async def completions(request: Request) -> Response:
    serving, asked = serving_of(request), parse_completion(await body_of(request))
    model = await serving.open_model(asked.model)
    jobs = _jobs(serving, model, asked)
    head = head_of("cmpl-", model)
    if asked.stream:
        return as_stream(request, _frames(serving, asked, jobs, head), failed_frame)
    return await in_one_piece(request, _whole(serving, asked, jobs, head))


def _jobs(serving: Serving, model: OpenModel, asked: CompletionRequest) -> list[Job[Event]]:
    sampling = several(sampling_for(model.known, asked.sampling_chosen), asked.n)
    return [
        answer(serving, model, _ask(prompt, each)) for prompt in asked.prompts for each in sampling
    ]


def _ask(prompt: str, sampling: SamplingOptions) -> Ask:
    def ask(engine: Engine) -> Generation:
        return engine.complete(prompt, sampling)

    return ask


def _echoed(asked: CompletionRequest, index: int) -> str:
    """What stands before an answer."""
    return asked.prompts[index // asked.n] if asked.echo else ""


async def _whole(
    serving: Serving, asked: CompletionRequest, jobs: Sequence[Job[Event]], head: Head
) -> Json:
    async with running(serving, jobs) as answers:
        found = await whole(spoken(answers, len(jobs), serving.metrics), len(jobs))
    choices = [
        Choice(
            index,
            _echoed(asked, index) + each.text,
            each.finish_reason,
            logprobs=each.logprobs
            if asked.sampling_chosen.get("top_logprobs") is not None
            else None,
        )
        for index, each in enumerate(found)
    ]
    return completion_response(head, choices, [each.usage for each in found], asked.n)


async def _frames(
    serving: Serving, asked: CompletionRequest, jobs: Sequence[Job[Event]], head: Head
) -> AsyncIterator[bytes]:
    lengths: dict[int, int] = {}  # by answer: the characters that were sent
    usages: list[Usage] = []
    told = asked.include_usage
    with_logprobs = asked.sampling_chosen.get("top_logprobs") is not None
    async with running(serving, jobs) as answers:
        async for said in spoken(answers, len(jobs), serving.metrics):
            index = said.index
            if index not in lengths:
                echoed = _echoed(asked, index)
                lengths[index] = len(echoed)
                if echoed:
                    yield sse(completion_chunk(head, index, echoed, include_usage=told))
            if isinstance(said, Text):
                chunk = completion_chunk(
                    head,
                    index,
                    said.text,
                    logprobs=said.logprobs if with_logprobs else None,
                    offset=lengths[index],
                    include_usage=told,
                )
                lengths[index] += len(said.text)
                yield sse(chunk)
            elif not isinstance(said, Call):
                usages.append(said.usage)
                yield sse(completion_chunk(head, index, "", said.finish_reason, include_usage=told))
    if told:
        yield sse(completion_usage_chunk(head, usages, asked.n))
    yield DONE
