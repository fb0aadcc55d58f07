"""Asks another server which models it has, and what else it tells of them."""

from dataclasses import dataclass
from difflib import get_close_matches

from yi_local.engine.elsewhere import trouble
from yi_local.engine.elsewhere.access import Access
from yi_local.engine.elsewhere.address import Address
from yi_local.engine.elsewhere.connection import Answer, Connection
from yi_local.engine.elsewhere.kinds import (
    Listed,
    Offered,
    named,
    only_one,
    read_list,
    with_running,
    with_slots,
    with_states,
)
from yi_local.errors import ModelNotFound, UsageError, YiLocalError
from yi_local.language import tr

LIST_S = 10.0  # for the list itself: a server may be busy
_EXTRA_S = 2.0  # for what it may tell beside, which nobody waits for
_MOST_NAMED = 12  # in a message
_NO_LIST = (400, 404, 405)  # there is nothing at this address, or nothing of the kind


@dataclass(frozen=True, slots=True)
class Found:
    """`address` is the spelling under which the server has answered."""

    address: Address
    listed: Listed

    @property
    def models(self) -> tuple[Offered, ...]:
        return self.listed.models


def find(address: Address, access: Access, timeout_s: float = LIST_S) -> Found:
    """Raises YiLocalError, in words, where there is no such server, or it does not let us in."""
    connection = Connection(address, access)
    try:
        return find_over(connection, timeout_s)
    finally:
        connection.close()


def find_over(connection: Connection, timeout_s: float = LIST_S) -> Found:
    for spelling in connection.address.spellings:
        answer = connection.get(f"{spelling.base}/models", timeout_s)
        listed = read_list(answer.value)
        if answer.status == 200 and listed is not None:
            return Found(spelling, _told_more(connection, spelling, listed))
        if answer.status not in (*_NO_LIST, 200):
            raise _refused(connection, answer)
    raise trouble.no_api(connection.address)


def model_of(found: Found, name: str | None) -> Offered:
    """The one of that name, or the one that is meant without a name.

    Raises ModelNotFound, with the names there are; UsageError where one has to be named.
    """
    if not found.models:
        raise ModelNotFound(
            tr("{host} has no model.", host=found.address.host), tr("Load or fetch one there.")
        )
    chosen = only_one(found.models) if name is None else named(found.models, name)
    if chosen is not None:
        return chosen
    names = [each.name for each in found.models]
    rest = ", ..." if len(names) > _MOST_NAMED else ""
    if name is None:
        told = tr("{host} has several models: name one.", host=found.address.host)
        loaded = [each.name for each in found.models if each.loaded]
        first = loaded + [each for each in names if each not in loaded]
        listed = ", ".join(first[:_MOST_NAMED]) + rest
        raise UsageError(told, tr("There are: {names}", names=listed))
    close = get_close_matches(name, names, n=3)
    told = tr('{host} has no model "{name}".', host=found.address.host, name=name)
    if close:
        raise ModelNotFound(told, tr("Did you mean {names}?", names=", ".join(close)))
    raise ModelNotFound(told, tr("There are: {names}", names=", ".join(names[:_MOST_NAMED]) + rest))


def _told_more(connection: Connection, address: Address, listed: Listed) -> Listed:
    """Whatever else can be had soon; who does not tell keeps nobody from talking."""
    match listed.kind:
        case "llama-server":
            props = _extra(connection, f"{address.root}/props")
            return listed if props is None else with_slots(listed, props.value)
        case "lm-studio":
            states = _extra(connection, f"{address.root}/api/v0/models")
            return listed if states is None else with_states(listed, states.value)
        case "vllm" | "yi":
            return listed
    if address.is_encrypted:  # a big provider's: nothing more to ask there
        return listed
    running = _extra(connection, f"{address.root}/api/ps")
    if running is None or not isinstance(running.value, dict) or "models" not in running.value:
        return listed
    return with_running(listed, running.value)


def _extra(connection: Connection, url: str) -> Answer | None:
    try:
        answer = connection.get(url, _EXTRA_S)
    except YiLocalError:
        return None
    return answer if answer.status == 200 else None


def _refused(connection: Connection, answer: Answer) -> YiLocalError:
    if answer.value is None and answer.headers.get("Content-Type", "").startswith("text/html"):
        if answer.status in (401, 403):
            return connection.refused(connection.refusal(answer.status, answer.headers, None))
        return trouble.no_api(connection.address)
    return connection.refused(connection.refusal(answer.status, answer.headers, answer.value))
