"""The events of a streamed response: items that are opened, filled, closed, one after the other."""

from collections.abc import Callable, Sequence
from typing import Any

from yi_local.errors import YiLocalError
from yi_local.server.openai.head import Called, Head
from yi_local.server.openai.requests import ResponsesRequest
from yi_local.server.openai.write.errors import said_by
from yi_local.server.openai.write.logprobs import token_body
from yi_local.server.openai.write.responses import (
    Status,
    call_item,
    frame,
    message_item,
    status_of,
    text_part,
)
from yi_local.types import FinishReason, Json, TokenLogprob, Usage


class ResponseStream:
    """Of one answer: begin, text and call as they come, end or fail. Each gives its events."""

    def __init__(
        self, head: Head, request: ResponsesRequest, make_id: Callable[[str], str]
    ) -> None:
        self._head = head
        self._request = request
        self._make_id = make_id
        self._number = 0  # of the next event
        self._output: list[Json] = []  # what is closed
        self._message_id: str | None = None  # None: no message is open
        self._text = ""
        self._logprobs: tuple[TokenLogprob, ...] = ()

    def begin(self) -> tuple[Json, ...]:
        response = frame(self._head, self._request, "in_progress")
        return (
            self._event("response.created", response=response),
            self._event("response.in_progress", response=response),
        )

    def text(self, text: str, logprobs: Sequence[TokenLogprob] = ()) -> tuple[Json, ...]:
        opened = self._opened()
        self._text += text
        self._logprobs += tuple(logprobs)
        bodies = [token_body(token) for token in logprobs]
        delta = self._in_part("response.output_text.delta", delta=text, logprobs=bodies)
        return (*opened, delta)

    def call(self, called: Called) -> tuple[Json, ...]:
        closed = self._closed("completed")
        item_id, index = self._make_id("fc_"), len(self._output)
        item = call_item(item_id, called)
        self._output.append(item)
        where: Json = {"item_id": item_id, "output_index": index}
        arguments = called.call.arguments
        begun = call_item(item_id, called, "in_progress", arguments="")
        name = "response.function_call_arguments"
        return (
            *closed,
            self._event("response.output_item.added", output_index=index, item=begun),
            self._event(f"{name}.delta", **where, delta=arguments),
            self._event(f"{name}.done", **where, name=called.call.name, arguments=arguments),
            self._event("response.output_item.done", output_index=index, item=item),
        )

    def end(self, finish_reason: FinishReason, usage: Usage) -> tuple[Json, ...]:
        """An answer without a word has an empty message."""
        status = status_of(finish_reason)
        opened = () if self._output or self._message_id else self._opened()
        closed = self._closed(status)
        response = frame(self._head, self._request, status, self._output, usage)
        return (*opened, *closed, self._event(f"response.{status}", response=response))

    def fail(self, error: YiLocalError) -> tuple[Json, ...]:
        body = {"code": "server_error", "message": said_by(error)}
        opened = () if self._number else self.begin()
        closed = self._closed("incomplete")
        response = frame(self._head, self._request, "failed", self._output, error=body)
        return (*opened, *closed, self._event("response.failed", response=response))

    # -- inside

    def _opened(self) -> tuple[Json, ...]:
        if self._message_id is not None:
            return ()
        self._message_id, self._text, self._logprobs = self._make_id("msg_"), "", ()
        item = message_item(self._message_id, "", "in_progress") | {"content": []}
        return (
            self._event("response.output_item.added", output_index=len(self._output), item=item),
            self._in_part("response.content_part.added", part=text_part("")),
        )

    def _closed(self, status: Status) -> tuple[Json, ...]:
        if self._message_id is None:
            return ()
        index = len(self._output)
        item = message_item(self._message_id, self._text, status, self._logprobs)
        part = item["content"][0]
        events = (
            self._in_part("response.output_text.done", text=self._text, logprobs=part["logprobs"]),
            self._in_part("response.content_part.done", part=part),
            self._event("response.output_item.done", output_index=index, item=item),
        )
        self._output.append(item)
        self._message_id = None
        return events

    def _in_part(self, kind: str, **fields: Any) -> Json:
        where = {
            "item_id": self._message_id,
            "output_index": len(self._output),
            "content_index": 0,
        }
        return self._event(kind, **where, **fields)

    def _event(self, kind: str, **fields: Any) -> Json:
        event = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        return event
