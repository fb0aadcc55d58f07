"""The conversations, as the page lists, shows and changes them."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from yi_local.assistant.models.recognition import recognise
from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.server.names import Served
from yi_local.server.openai.read.fields import Fields
from yi_local.server.page.about import first_model
from yi_local.server.page.asking import (
    chat_id_of,
    chat_of,
    fields_of,
    node_of,
    talks_of,
)
from yi_local.server.page.reading import (
    MAX_ID,
    read_changes,
    read_id,
    read_integer,
    read_moment,
    read_node,
)
from yi_local.server.page.trouble import answer_running, no_chat
from yi_local.server.page.wire import chat_json, hit_json, message_json
from yi_local.server.replies import JsonReply
from yi_local.server.routes.asking import body_of, serving_of
from yi_local.server.serving import Serving
from yi_local.store.conversations import Store
from yi_local.types import Json

_STEP = 50  # conversations, or hits, at once
_LAST = 60  # messages at once
_MOST = 200
_LONGEST_QUERY = 500  # characters


async def chats(request: Request) -> Response:
    """?limit, ?before: the newest first; ?query: what was found instead."""
    serving, query = serving_of(request), request.query_params
    limit = read_integer(query, "limit", 1, _MOST) or _STEP
    wanted, before = query.get("query", "").strip()[:_LONGEST_QUERY], query.get("before", "")
    if wanted:
        hits = await serving.in_thread(lambda: serving.store.search(wanted, limit=limit))
        return JsonReply({"hits": [hit_json(hit) for hit in hits]})
    return JsonReply(await serving.in_thread(lambda: _listed(serving.store, limit, before)))


async def new_chat(request: Request) -> Response:
    """With the person's preset for its model, where nothing else is asked for."""
    serving, body = serving_of(request), await body_of(request)
    changes = read_changes(body)
    wanted = changes.pop("model", None)

    def made() -> Json:
        served = serving.names.find(wanted) if wanted is not None else first_model(serving)
        fields = {**_preset(serving, served), **changes}
        name = served.name if served is not None else None
        titled = fields.pop("titled", False)
        chat = serving.store.create(model=name, **fields)
        return chat_json(serving.store.update(chat.id, titled=True) if titled else chat)

    return JsonReply(await serving.in_thread(made))


async def chat(request: Request) -> Response:
    """?last, ?before: messages of the current path, oldest first."""
    serving, chat_id, query = serving_of(request), chat_id_of(request), request.query_params
    last = read_integer(query, "last", 1, _MOST) or _LAST
    before = read_integer(query, "before", 1, MAX_ID)
    return JsonReply(await serving.in_thread(lambda: _shown(serving.store, chat_id, last, before)))


async def change_chat(request: Request) -> Response:
    serving, chat_id = serving_of(request), chat_id_of(request)
    changes = read_changes(await body_of(request))

    def changed() -> Json:
        chat_of(serving.store, chat_id)
        if "model" in changes:
            changes["model"] = serving.names.find(changes["model"]).name
        return chat_json(serving.store.update(chat_id, **changes))

    return JsonReply(await serving.in_thread(changed))


async def remove_chat(request: Request) -> Response:
    """What is being answered in it is stopped before."""
    serving, chat_id = serving_of(request), chat_id_of(request)
    await talks_of(request).stopped(chat_id)

    def remove() -> None:
        try:
            serving.store.remove(chat_id)
        except UsageError:
            raise no_chat() from None

    await serving.in_thread(remove)
    return JsonReply({})


async def choose(request: Request) -> Response:
    """Another version of a message; the path below goes on as it did there."""
    serving, chat_id = serving_of(request), chat_id_of(request)
    node_id = read_node(await fields_of(request))
    if talks_of(request).is_running(chat_id):
        raise answer_running()

    def chosen() -> Json:
        node_of(serving.store, chat_id, node_id)
        serving.store.choose(node_id)
        return _shown(serving.store, chat_id, _LAST, None)

    return JsonReply(await serving.in_thread(chosen))


async def pin(request: Request) -> Response:
    serving, chat_id, body = serving_of(request), chat_id_of(request), await fields_of(request)
    node_id = read_node(body)
    body.needed("pinned")
    pinned = body.flag("pinned", False)

    def done() -> Json:
        node_of(serving.store, chat_id, node_id)
        node = serving.store.pin(node_id, pinned)
        return message_json(node, serving.store.siblings(node_id))

    return JsonReply(await serving.in_thread(done))


async def stop(request: Request) -> Response:
    """Also where nothing is running."""
    talks_of(request).stop(chat_id_of(request))
    return JsonReply({})


# What the store is asked, from a thread


def _listed(store: Store, limit: int, before: str) -> Json:
    """`before`: where the last page ended, or the conversation that it ended with."""
    found = store.conversations(limit=limit, before_s=_moment(store, before) if before else None)
    ended = found[-1].updated_s if found else None
    more = ended is not None and bool(store.conversations(limit=1, before_s=ended))
    return {
        "chats": [chat_json(each) for each in found],
        "more": more,
        "next": repr(ended) if more else None,
    }


def _moment(store: Store, before: str) -> float:
    if (chat_id := read_id(before)) is not None:
        return chat_of(store, chat_id).updated_s
    moment = read_moment(before)
    if moment is None:
        raise Fields({}).wrong("before", tr("a number"))
    return moment


def _shown(store: Store, chat_id: int, last: int, before: int | None) -> Json:
    found = chat_of(store, chat_id)
    if before is not None:
        node_of(store, chat_id, before)
    nodes = store.path(chat_id, last=last, before=before)
    siblings = store.siblings_of([node.id for node in nodes])
    return {
        "chat": chat_json(found),
        "messages": [message_json(node, siblings.get(node.id, (node.id,))) for node in nodes],
        "more": bool(nodes) and nodes[0].parent_id is not None,
    }


def _preset(serving: Serving, served: Served | None) -> Mapping[str, Any]:
    """What a new conversation begins with; fields of the store's `create`."""
    names = []
    if served is not None:
        known = recognise(served.path, serving.names.catalogue).model
        names = [*([known.id] if known is not None else []), served.name]
    preset = serving.settings.preset_for(*names)
    if preset is None:
        return {}
    return {"preset": preset.name, "system": preset.system, "sampling": dict(preset.sampling)}
