"""What the page's scripts ask the server, without a browser."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.server.live import Live, Reply, events_of
from yi_local.types import Json


def begun(live: Live, **fields: object) -> int:
    reply = live.post("/page/chats", fields)
    assert reply.status == 200, reply
    return int(reply.json["id"])


def told(live: Live, chat: int, deed: str, **fields: object) -> list[Any]:
    """All events of a stream, "[DONE]" at their end."""
    with live.opened("POST", f"/page/chats/{chat}/{deed}", fields) as response:
        assert response.status == 200, response.read()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        return [event for event in events_of(response) if event is not None]


@contextmanager
def reading(live: Live, chat: int, deed: str, **fields: object) -> Iterator[Iterator[Any]]:
    """The events as they come; leaving this is going away."""
    with live.opened("POST", f"/page/chats/{chat}/{deed}", fields) as response:
        assert response.status == 200, response.read()
        yield (event for event in events_of(response) if event is not None)


def until(events: Iterator[Any], kind: str) -> Json:
    return next(event for event in events if event != "[DONE]" and event["type"] == kind)


def kinds(events: list[Any]) -> list[str]:
    """Without doubles side by side."""
    found = [event if event == "[DONE]" else event["type"] for event in events]
    return [kind for at, kind in enumerate(found) if at == 0 or found[at - 1] != kind]


def kept(events: list[Any]) -> Json:
    [message] = [each["message"] for each in events if each != "[DONE]" and each["type"] == "kept"]
    return dict(message)


def shown(live: Live, chat: int, query: str = "") -> Json:
    reply = live.get(f"/page/chats/{chat}{query}")
    assert reply.status == 200, reply
    return dict(reply.json)


def texts(live: Live, chat: int) -> list[str]:
    return [message["text"] for message in shown(live, chat)["messages"]]


def listed(live: Live, query: str = "") -> Json:
    return dict(live.get(f"/page/chats{query}").json)


def patch(live: Live, chat: int, **fields: object) -> Reply:
    return live.ask("PATCH", f"/page/chats/{chat}", fields)


def delete(live: Live, path: str, headers: Mapping[str, str] | None = None) -> Reply:
    return live.ask("DELETE", path, None, headers or {})
