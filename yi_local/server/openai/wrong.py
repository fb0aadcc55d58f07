"""A request that cannot be answered as it is."""

from yi_local.errors import UsageError


class WrongRequest(UsageError):
    """`param` is the field's place in the body: "messages[2].content"; `code` is OpenAI's word."""

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.param = param
        self.code = code
