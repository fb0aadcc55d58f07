"""What an answer to a request for a part of a file is worth: pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from yi_local.hub.remote.trouble import seconds_to_wait
from yi_local.language import mark, tr

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_BUSY = (408, 425, 429)
_NO_HUB = mark("What answers is a web page; perhaps this network wants a login first")


@dataclass(frozen=True, slots=True)
class Accepted:
    skip_bytes: int  # sent although they are here: the server ignores ranges


@dataclass(frozen=True, slots=True)
class Again:
    """Another attempt may help."""

    why: str  # without a full stop
    after_s: float | None = None  # as the server asks
    busy: bool = False  # the server wants fewer of us


@dataclass(frozen=True, slots=True)
class Refused:
    """Another attempt would get the same."""

    status: int


Verdict = Accepted | Again | Refused


def judged(
    status: int, headers: Mapping[str, str], *, start: int, size_bytes: int, at_home: bool
) -> Verdict:
    """`headers`: case-insensitive. `at_home`: no redirect led to another host.

    Where one did, a refusal is that host's, as when a signed address expired: the way from the
    beginning gives a fresh one.
    """
    if status in (200, 206):
        return _content(status, headers, start, size_bytes)
    if status == 416:
        total = headers.get("Content-Range", "").rpartition("/")[2] or "?"
        return Again(
            tr("The server has no bytes beyond {start} of {total}", start=start, total=total)
        )
    if status in _BUSY or status >= 500:
        if status in _BUSY:
            why = tr("The server is busy (HTTP {status})", status=status)
        else:
            why = tr("The server has trouble of its own (HTTP {status})", status=status)
        return Again(why, _wanted_pause(status, headers), status == 429)
    if at_home and 400 <= status < 500:
        return Refused(status)
    return Again(tr("The server answers with HTTP {status}", status=status))


def _wanted_pause(status: int, headers: Mapping[str, str]) -> float | None:
    """The Hub counts down in RateLimit in every answer: it means us when nothing remains."""
    means_us = status == 429 and ";r=0;" in headers.get("RateLimit", "")
    told = headers if means_us else {"Retry-After": headers.get("Retry-After", "")}
    seconds = seconds_to_wait(told)
    return None if seconds is None else float(seconds)


def _content(status: int, headers: Mapping[str, str], start: int, size_bytes: int) -> Verdict:
    if headers.get("Content-Type", "").startswith("text/html"):
        return Again(tr(_NO_HUB))
    if headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        return Again(
            tr("The server, or something in between, changes the bytes by compressing them")
        )
    if status == 200:
        length = headers.get("Content-Length", "")
        if length.isdecimal() and int(length) != size_bytes:
            return Again(
                tr(
                    "The server has {length} bytes where {size_bytes} were announced",
                    length=length,
                    size_bytes=size_bytes,
                )
            )
        return Accepted(skip_bytes=start)
    match = _RANGE.fullmatch(headers.get("Content-Range", ""))
    if match is None:
        return Again(tr("The server sends parts in a way that we do not understand"))
    first, _, total = match.groups()
    if total != "*" and int(total) != size_bytes:
        return Again(
            tr(
                "The server has {total} bytes where {size_bytes} were announced",
                total=total,
                size_bytes=size_bytes,
            )
        )
    if int(first) > start:
        return Again(
            tr("The server sends from byte {first}, not from {start}", first=first, start=start)
        )
    return Accepted(skip_bytes=start - int(first))
