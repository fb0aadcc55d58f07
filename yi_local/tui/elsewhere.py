"""The models of other servers, as something to choose from; looked for in threads."""

from collections.abc import Sequence
from dataclasses import dataclass

from yi_local.engine.elsewhere.access import Access
from yi_local.engine.elsewhere.address import Address, name_of, parse_address
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.tui.chat.words import leaves
from yi_local.tui.choices import GROUPS, ModelChoice
from yi_local.tui.trouble import in_words
from yi_local.tui.widgets.pick_list import Pick

_LOOK_S = 3.0  # what does not answer by then is told to be away


@dataclass(frozen=True, slots=True)
class Looked:
    """What one server has; `problem` says why it has nothing, `choices` is None meanwhile."""

    url: str
    choices: tuple[ModelChoice, ...] | None = None
    problem: str = ""


def look(url: str, access: Access) -> Looked:
    """Blocks until the server has answered, or not; what goes wrong is what is found."""
    from yi_local.engine.elsewhere.finding import find  # brings HTTP

    try:
        found = find(parse_address(url), access, _LOOK_S)
    except YiLocalError as error:
        return Looked(url, (), in_words(error))
    note = _where(found.address)
    return Looked(
        url,
        tuple(
            ModelChoice(name_of(each.name, found.address), each.name, "elsewhere", note=note)
            for each in found.models
        ),
        "" if found.models else tr("It has no model."),
    )


def lines(looked: Sequence[Looked]) -> list[Pick]:
    """To be read only: servers that are being asked, and those that have nothing."""
    picks = []
    for each in looked:
        if each.choices is None:
            title, detail = tr("{url}: asking", url=each.url), ""
        elif each.problem:
            title, detail = each.url, each.problem
        else:
            continue
        group = tr(GROUPS["elsewhere"])
        picks.append(
            Pick(id=f"line:{each.url}", title=title, detail=detail, group=group, inert=True)
        )
    return picks


def _where(address: Address) -> str:
    return address.host if address.is_here else leaves(address.host)
