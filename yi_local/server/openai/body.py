"""The body of a request: bytes that may be anything, to a JSON object that is well formed."""

import json
import math
from typing import Any

from yi_local.language import tr
from yi_local.server.openai.wrong import WrongRequest
from yi_local.types import Json

MAX_DEPTH = 64  # of lists and objects; deeper ones would exhaust the stack of whoever walks them


def parse_body(raw: bytes) -> Json:
    """Raises WrongRequest for all that is not a JSON object in UTF-8."""
    try:
        value = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise WrongRequest(tr("The body is not UTF-8.")) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise WrongRequest(tr("The body is not JSON: {error}.", error=error)) from None
    if not isinstance(value, dict):
        raise WrongRequest(tr("The body must be a JSON object."))
    demand_well_formed(value)
    return value


def demand_well_formed(value: Any) -> None:
    """Raises WrongRequest for what Python's JSON lets pass and others choke on.

    Half a surrogate pair, which no encoding can carry; NaN and infinity; bottomless nesting.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                below += item
            else:
                _demand_good(item)
        if not below:
            return
        level = below
    raise _too_deep()


def _demand_good(value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise WrongRequest(tr("The body has a number that JSON does not know: {value}.",
                              value=value))  # fmt: skip
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise WrongRequest(tr("The body has text that is not valid Unicode.")) from None


def _too_deep() -> WrongRequest:
    return WrongRequest(tr("The body is nested too deeply."))
