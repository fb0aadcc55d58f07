"""What the page's routes do with their requests."""

from starlette.requests import Request

from yi_local.errors import UsageError
from yi_local.server.openai.read.fields import Fields
from yi_local.server.page.reading import read_id
from yi_local.server.page.talks import Talks
from yi_local.server.page.trouble import no_chat, no_message
from yi_local.server.routes.asking import body_of
from yi_local.store.conversations import Store
from yi_local.store.records import Conversation, Node


def talks_of(request: Request) -> Talks:
    talks = request.app.state.talks
    assert isinstance(talks, Talks)
    return talks


def chat_id_of(request: Request) -> int:
    """Raises PageProblem for a number that no conversation can have."""
    number = read_id(request.path_params["id"])
    if number is None:
        raise no_chat()
    return number


async def fields_of(request: Request) -> Fields:
    return Fields(await body_of(request))


def chat_of(store: Store, chat_id: int) -> Conversation:
    """Raises PageProblem where it is gone."""
    try:
        return store.conversation(chat_id)
    except UsageError:
        raise no_chat() from None


def node_of(store: Store, chat_id: int, node_id: int) -> Node:
    """Raises PageProblem where the conversation has none of this number."""
    try:
        node = store.node(node_id)
    except UsageError:
        raise no_message() from None
    if node.conversation_id != chat_id:
        raise no_message()
    return node
