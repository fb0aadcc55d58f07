"""The routes that are answered by a stream: a question, another try, an edit, more of an answer."""

from starlette.requests import Request
from starlette.responses import Response

from yi_local.assistant.talk.session import Session
from yi_local.server.openai.read.fields import Fields
from yi_local.server.page.about import first_model
from yi_local.server.page.answers import Answering, Make, failed
from yi_local.server.page.asking import chat_id_of, chat_of, fields_of, node_of, talks_of
from yi_local.server.page.reading import MAX_ID, read_attachments, read_node, read_text
from yi_local.server.page.wire import shown_model
from yi_local.server.routes.asking import as_stream, serving_of
from yi_local.server.serving import Serving


async def send(request: Request) -> Response:
    body = await fields_of(request)
    text, attachments = read_text(body), read_attachments(body)
    return await _answered(
        request, None, lambda session: session.send(text, attachments), asks=True
    )


async def edit(request: Request) -> Response:
    """A version of a question; its attachments stay where none are named."""
    body = await fields_of(request)
    node_id, text = read_node(body), read_text(body)
    attachments = read_attachments(body) if body.has("attachments") else None
    return await _answered(
        request, node_id, lambda session: session.edit(node_id, text, attachments), asks=True
    )


async def retry(request: Request) -> Response:
    """Another answer beside that one, or to that question; without a number: the last."""
    node_id = _optional(await fields_of(request))
    return await _answered(
        request, node_id, lambda session: session.regenerate(node_id), asks=False
    )


async def go_on(request: Request) -> Response:
    node_id = _optional(await fields_of(request))
    return await _answered(request, node_id, lambda session: session.go_on(node_id), asks=False)


async def _answered(request: Request, node_id: int | None, make: Make, *, asks: bool) -> Response:
    serving, chat_id, talks = serving_of(request), chat_id_of(request), talks_of(request)
    serving.slots.demand_room()
    talks.demand_rest(chat_id)
    session = await _session(serving, chat_id, node_id)
    frames = Answering(serving, talks, chat_id, session, asks=asks).frames(make)
    return as_stream(request, frames, failed)


async def _session(serving: Serving, chat_id: int, node_id: int | None) -> Session:
    """Raises PageProblem where conversation or message are gone, ModelNotFound for its model."""

    def look() -> str | None:
        if node_id is not None:
            node_of(serving.store, chat_id, node_id)
        name = chat_of(serving.store, chat_id).model
        if name is not None:
            return shown_model(name)
        first = first_model(serving)
        return first.name if first is not None else None

    model = await serving.open_model(await serving.in_thread(look))
    conversation = await serving.in_thread(lambda: chat_of(serving.store, chat_id))
    return Session(serving.store, conversation, model, serving.settings.context_policy)


def _optional(body: Fields) -> int | None:
    return body.integer("node_id", 1, MAX_ID)
