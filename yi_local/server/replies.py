"""Answers in one piece, and errors in the form that clients know."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from yi_local import paths
from yi_local.assistant.crash_report import write_report
from yi_local.errors import Cancelled, EngineDied, YiLocalError
from yi_local.language import tr
from yi_local.server.openai.write.errors import (
    QueueFull,
    error_body,
    problem,
    unexpected_body,
)
from yi_local.server.openai.write.sse import sse
from yi_local.server.queue import Stopping
from yi_local.types import Json

_log = logging.getLogger(__name__)


class JsonReply(JSONResponse):
    def __init__(
        self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(content, status_code, headers)

    def render(self, content: Any) -> bytes:
        """Half a surrogate, which JSON may hold and UTF-8 may not, is a question mark."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def discreet(error: YiLocalError) -> YiLocalError:
    """The same, without its engine's log."""
    if isinstance(error, EngineDied):  # the rest is its log's end, and where that is
        return EngineDied(error.message.partition("\n")[0])
    return Stopping() if isinstance(error, Cancelled) else error


def told(error: YiLocalError) -> tuple[int, Json]:
    """Status and body for what went wrong: nothing in it names a place on this machine."""
    error = discreet(error)
    if isinstance(error, Stopping):
        return 503, problem(503, error.message, "stopping")
    return error_body(error, private_roots())


def private_roots() -> list[str]:
    """Folders of ours that no answer names."""
    return sorted(
        {str(folder) for folder in (paths.log_dir(), paths.data_dir(), paths.cache_dir())}
    )


def failed_frame(error: YiLocalError) -> bytes:
    """The end of a stream that cannot go on."""
    return sse(told(error)[1])


async def on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, YiLocalError)
    status, body = told(error)
    headers = {"retry-after": str(error.retry_after_s)} if isinstance(error, QueueFull) else None
    return JsonReply(body, status, headers)


async def on_refusal(request: Request, error: Exception) -> Response:
    """An unknown path, a wrong method, a body that is too large."""
    assert isinstance(error, HTTPException)
    sentences = {
        404: tr("There is nothing at this path."),
        405: tr("This path does not take this method."),
    }
    message = sentences.get(error.status_code, error.detail)
    return JsonReply(problem(error.status_code, message), error.status_code, error.headers)


async def on_gone(request: Request, error: Exception) -> Response:
    """The client went away before its request was complete; nobody gets this."""
    return Response(status_code=400)


async def on_bug(request: Request, error: Exception) -> Response:
    """The traceback goes to a file of this machine, the client learns that there was one."""
    try:
        report = write_report(error, paths.log_dir())
    except OSError as reason:
        _log.error("%s, and no report could be written: %s", type(error).__name__, reason)
    else:
        _log.error("%s: details are in %s", type(error).__name__, report)
    status, body = unexpected_body()
    return JsonReply(body, status)
