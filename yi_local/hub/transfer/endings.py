"""How a transfer ends when it does not end well: the words for it."""

import httpx2

from yi_local.errors import Cancelled, YiLocalError
from yi_local.hub.remote import trouble
from yi_local.hub.remote.answer import Again
from yi_local.hub.transfer.download import Download
from yi_local.hub.transfer.inbox import Outcome
from yi_local.language import mark, tr
from yi_local.text import human_bytes

_KEPT = mark("What was fetched is kept; the next time it goes on from there.")


def stopped(download: Download, done_bytes: int) -> Cancelled:
    have, total = human_bytes(done_bytes), human_bytes(download.size_bytes)
    return Cancelled(
        tr(
            "Stopped: {have} of {total} of {name} are here.",
            have=have,
            total=total,
            name=download.name,
        ),
        tr("The next time it goes on from there."),
    )


def wrong_bytes(download: Download) -> YiLocalError:
    return YiLocalError(
        tr("{name} arrived twice with another sha256 than was announced.", name=download.name),
        tr(
            "Nothing of it is kept. Try again later or from another source; a proxy or a "
            "mirror may change the bytes."
        ),
    )


def given_up(download: Download, outcome: Outcome) -> YiLocalError:
    if isinstance(outcome, Again):
        return trouble.Unreachable(
            tr("{name} did not arrive: {why}.", name=download.name, why=outcome.why), tr(_KEPT)
        )
    error = _told(download, outcome)
    return type(error)(error.message, error.hint or tr(_KEPT))


def why(download: Download, outcome: Outcome) -> str:
    """Without a full stop."""
    if isinstance(outcome, Again):
        return outcome.why
    return _told(download, outcome).message.rstrip(".。")


def _told(download: Download, error: BaseException) -> YiLocalError:
    return trouble.of_transport(error, httpx2.URL(download.address().url).host)
