"""A model on another server, asked as the engine here is asked."""

from collections.abc import Sequence
from contextlib import suppress

from yi_local.engine.elsewhere.access import Access
from yi_local.engine.elsewhere.address import Address
from yi_local.engine.elsewhere.connection import Connection
from yi_local.engine.elsewhere.finding import Found, find_over, model_of
from yi_local.engine.elsewhere.generation import RemoteGeneration
from yi_local.engine.elsewhere.kinds import Kind, Offered
from yi_local.engine.elsewhere.request import chat_body
from yi_local.errors import CannotLoad, UsageError, YiLocalError
from yi_local.language import tr
from yi_local.types import Json, Message, SamplingOptions

_LOADING_LATE: tuple[Kind, ...] = ("ollama", "lm-studio", "yi")
_AGAIN_S = 1.0  # for what nobody waits for


class Server:
    """Several answers at once, from any thread. Asked before it was found, it raises CannotLoad."""

    def __init__(self, model: str, address: Address, access: Access) -> None:
        self._model = model
        self._connection = Connection(address, access)
        self._found: tuple[Found, Offered] | None = None

    @property
    def ready(self) -> bool:
        return self._found is not None

    @property
    def address(self) -> Address:
        """As it answers, once it was found."""
        return self._found[0].address if self._found is not None else self._connection.address

    @property
    def n_ctx(self) -> int | None:
        return self._found[1].n_ctx if self._found is not None else None

    def find(self) -> None:
        """Looks whether it is there and has the model. Raises YiLocalError, in words."""
        found = find_over(self._connection)
        self._found = found, model_of(found, self._model)

    def find_context(self) -> None:
        """Some load a model for its first question, and only then tell how much it remembers."""
        if self._found is None or self.n_ctx is not None:
            return
        if self._found[0].listed.kind in _LOADING_LATE:
            with suppress(YiLocalError):
                found = find_over(self._connection, _AGAIN_S)
                self._found = found, model_of(found, self._model)

    def chat(
        self,
        messages: Sequence[Message],
        sampling: SamplingOptions | None = None,
        tools: Sequence[Json] | None = None,
        continues: str = "",
    ) -> RemoteGeneration:
        """Raises UsageError for an answer that would begin anew where it is to go on."""
        if self._found is None:
            raise CannotLoad(tr("No model is loaded."), tr("Load one first."))
        found, offered = self._found
        if continues and not found.listed.goes_on:
            raise UsageError(
                tr(
                    "{host} cannot be relied on to go on with an answer: it might begin anew.",
                    host=found.address.host,
                ),
                tr('Ask it for the rest in a message of its own, as "Go on."'),
            )
        body = chat_body(offered.name, messages, sampling or SamplingOptions(), tools, continues)
        if continues and found.listed.kind == "vllm":
            body |= {"add_generation_prompt": False, "continue_final_message": True}
        url = f"{found.address.base}/chat/completions"
        return RemoteGeneration(self._connection, url, body, continues)

    def prompt_tokens(self, messages: Sequence[Message], continues: str = "") -> int | None:
        """Of somebody else's template: unknown."""
        return None

    def text_tokens(self, text: str) -> int | None:
        return None

    def close(self) -> None:
        """Answers on their way come to their end."""
        self._connection.close()
