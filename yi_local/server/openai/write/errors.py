"""Errors in OpenAI's envelope, with the statuses its clients know."""

from collections.abc import Sequence

from yi_local.errors import (
    CannotLoad,
    EngineDied,
    ModelNotFound,
    PromptTooLong,
    UsageError,
    YiLocalError,
)
from yi_local.language import tr
from yi_local.server.openai.paths_out import without_paths
from yi_local.server.openai.wrong import WrongRequest
from yi_local.types import Json

_KINDS: tuple[tuple[type[YiLocalError], int, str | None], ...] = (  # the first that fits
    (PromptTooLong, 400, "context_length_exceeded"),
    (ModelNotFound, 404, "model_not_found"),
    (UsageError, 400, None),
    (CannotLoad, 503, "model_not_loadable"),
    (EngineDied, 500, "engine_died"),
    (YiLocalError, 500, None),
)


class QueueFull(YiLocalError):
    """The caller sets the header Retry-After from `retry_after_s`."""

    def __init__(self, message: str, hint: str | None = None, *, retry_after_s: int) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


def error_body(error: YiLocalError, roots: Sequence[str] = ()) -> tuple[int, Json]:
    """Status and body. `roots` are folders that must not be named, beside all that look so."""
    status, code = status_of(error)
    param = error.param if isinstance(error, WrongRequest) else None
    return status, problem(status, said_by(error, roots), code, param)


def said_by(error: YiLocalError, roots: Sequence[str] = ()) -> str:
    """The message and the hint as one text."""
    return without_paths(" ".join(filter(None, (error.message, error.hint))), roots)


def status_of(error: YiLocalError) -> tuple[int, str | None]:
    """The status, and OpenAI's word for the kind of error."""
    if isinstance(error, QueueFull):
        return 429, "rate_limit_exceeded"
    if isinstance(error, WrongRequest) and error.code:
        return 400, error.code
    return next((status, code) for kind, status, code in _KINDS if isinstance(error, kind))


def problem(status: int, message: str, code: str | None = None, param: str | None = None) -> Json:
    """The envelope; its type follows from the status."""
    kind = "invalid_request_error" if 400 <= status < 500 else "server_error"
    if status == 429:
        kind = "rate_limit_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def unexpected_body() -> tuple[int, Json]:
    """For a fault of our own, of which nothing is told outside."""
    message = tr("Something went wrong in the server; its log has the details.")
    return 500, problem(500, message, "internal_error")
