"""What the page cannot have, with a status of its own."""

from starlette.requests import Request
from starlette.responses import Response

from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.server.openai.write.errors import problem, said_by
from yi_local.server.replies import JsonReply


class PageProblem(YiLocalError):
    """`code` is a word for the page's scripts."""

    def __init__(self, message: str, hint: str | None = None, *, status: int, code: str) -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code


def answer_running() -> PageProblem:
    return PageProblem(
        tr("An answer is being written in this conversation."),
        tr("Wait for its end, or stop it."),
        status=409,
        code="answer_running",
    )


def no_chat() -> PageProblem:
    message = tr("This conversation is not here any more.")
    return PageProblem(message, status=404, code="chat_not_found")


def no_message() -> PageProblem:
    message = tr("This message is not here any more.")
    return PageProblem(message, status=404, code="message_not_found")


async def on_page_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, PageProblem)
    return JsonReply(problem(error.status, said_by(error), error.code), error.status)
