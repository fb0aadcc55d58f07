"""What went wrong between here and a Hub, in words."""

import json
import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping
from urllib import request

import httpx2

from yi_local.errors import ModelNotFound, YiLocalError
from yi_local.language import mark, tr
from yi_local.text import clean, human_duration

# What huggingface_hub and httpx2 raise. HfHubHTTPError is an httpx2.HTTPError; JSON that is none
# is a ValueError; a SOCKS proxy without socksio is an ImportError.
RAISED = (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, ImportError)

_LONGEST_PHRASE = 200  # characters of a server's own words


class HubTrouble(YiLocalError):
    """It concerns a whole repository or Hub: the next file would meet it too."""


class Unreachable(HubTrouble):
    """The Hub did not answer, or somebody else did, or it was too busy."""


class Offline(Unreachable):
    """Nothing was asked, as was wished."""


class Refused(HubTrouble):
    """The Hub answers, and wants other rights for this: a gate, a token."""


def offline(what: str) -> Offline:
    """`what`: a sentence that tells what is missing."""
    return Offline(what, tr("Do it once without --offline and without HF_HUB_OFFLINE."))


def of_transport(error: BaseException, host: str) -> YiLocalError:
    """For what is raised where no answer came, or none that can be read."""
    if isinstance(error, YiLocalError):
        return error
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return no_hub(host)
    for cause in _causes(error):
        told = _by_cause(cause, host)
        if told is not None:
            return told
    return Unreachable(
        tr("{host} cannot be reached: {reason}.", host=host, reason=_phrase(error)),
        _proxy_hint() or tr(_AGAIN),
    )


def no_hub(host: str) -> Unreachable:
    return Unreachable(
        tr("What answers as {host} is not a Hub.", host=host),
        tr(
            "Perhaps this network wants a login first: open any page in a browser. With a "
            "mirror, check its address."
        ),
    )


def of_status(
    status: int, headers: Mapping[str, str], *, repo_id: str, page: str, what: str, token: bool
) -> YiLocalError:
    """`page`: the repository's web page; `what`: the file or revision that was asked for."""
    host = httpx2.URL(page).netloc.decode("ascii", "replace")
    code = headers.get("X-Error-Code", "")
    if code == "GatedRepo":
        return _gated(repo_id, page, token)
    if code == "RevisionNotFound":
        return ModelNotFound(
            tr("{repo_id} has no revision {what!r}.", repo_id=repo_id, what=what),
            tr("See {page}", page=page),
        )
    if code == "EntryNotFound":
        return ModelNotFound(
            tr("{repo_id} has no file {what!r}.", repo_id=repo_id, what=what),
            tr("See {page}", page=page),
        )
    if code == "DisabledRepo" or status == 451:
        return Refused(
            tr("{host} has switched {repo_id} off.", host=host, repo_id=repo_id),
            tr("See {page}", page=page),
        )
    if status == 404 or (status == 401 and not token):
        return missing(repo_id, host, token)
    if status in (401, 403):
        return Refused(
            tr("{host} does not let us have {repo_id}.", host=host, repo_id=repo_id),
            tr("See {page}, and whether the token may read this repository.", page=page),
        )
    return of_server(status, headers, host)


def of_server(status: int, headers: Mapping[str, str], host: str) -> HubTrouble:
    """For the statuses that say something about the server, whatever was asked."""
    if status == 429:
        wait_s = seconds_to_wait(headers)
        how_long = tr("a few minutes") if wait_s is None else human_duration(wait_s)
        return Unreachable(
            tr("{host} has had too many requests from here.", host=host),
            tr("Try again in {how_long}. With a token it allows more.", how_long=how_long),
        )
    if status == 407:
        return Unreachable(tr("The proxy wants a user name and a password."), _proxy_hint())
    if status >= 500:
        return Unreachable(
            tr("{host} has trouble of its own: HTTP {status}.", host=host, status=status),
            tr(_AGAIN),
        )
    return HubTrouble(
        tr("{host} answers with HTTP {status}.", host=host, status=status), tr(_AGAIN)
    )


def missing(repo_id: str, host: str, token: bool) -> ModelNotFound:
    if token:
        hint = tr("Check the spelling; a private one is seen only with a token that may read it.")
    else:
        hint = tr(
            "Check the spelling; a private one needs a token: set HF_TOKEN, or run: hf auth login"
        )
    return ModelNotFound(
        tr(
            "There is no repository {repo_id} on {host}, or it is private.",
            repo_id=repo_id,
            host=host,
        ),
        hint,
    )


def bad_token(host: str, origin: str) -> Refused:
    """`origin`: where the token was found."""
    return Refused(
        tr(
            "{host} does not accept the token from {origin}: it is mistyped, expired or withdrawn.",
            host=host,
            origin=origin,
        ),
        tr(
            "Make a new one at https://huggingface.co/settings/tokens, or remove it: what "
            "is public needs none."
        ),
    )


def seconds_to_wait(headers: Mapping[str, str]) -> int | None:
    """By RateLimit (`"api";r=0;t=55`) or Retry-After; None where neither tells."""
    told = headers.get("RateLimit", "").rpartition(";t=")[2] or headers.get("Retry-After", "")
    return int(told) if told.isdecimal() and len(told) < 7 else None


# -- inside

_AGAIN = mark("Try again in a while.")


def _gated(repo_id: str, page: str, token: bool) -> Refused:
    told = tr("{repo_id} is gated: its owner wants you to ask first.", repo_id=repo_id)
    if token:
        hint = tr(
            "Ask at {page} . Was it granted? Then the token may lack the right to read gates.",
            page=page,
        )
    else:
        hint = tr("Ask at {page} , then set HF_TOKEN, or run: hf auth login", page=page)
    return Refused(told, hint)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The innermost first: it knows best."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    return reversed(chain)


def _by_cause(cause: BaseException, host: str) -> YiLocalError | None:
    match cause:
        case ImportError() if "socksio" in str(cause):
            return Unreachable(
                tr("There is a SOCKS proxy, to which we cannot speak yet."),
                "pip install socksio",
            )
        case socket.gaierror():
            return Unreachable(
                tr("The name {host} cannot be resolved: there may be no network.", host=host),
                _proxy_hint()
                or tr("Check the connection. What is already here works with --offline."),
            )
        case ssl.SSLCertVerificationError():
            return Unreachable(
                tr("The certificate of {host} is not trusted here.", host=host),
                tr(
                    "Behind a company's proxy, set SSL_CERT_FILE to the file with its certificates."
                ),
            )
        case ssl.SSLError():
            return Unreachable(
                tr("{host} and this Python do not agree on TLS.", host=host),
                _proxy_hint() or tr("Perhaps something in between breaks it open."),
            )
        case ConnectionRefusedError():
            return Unreachable(
                tr("{host} refuses the connection.", host=host), _proxy_hint() or tr(_AGAIN)
            )
        case httpx2.TimeoutException() | TimeoutError():
            return Unreachable(
                tr("{host} does not answer in time.", host=host), _proxy_hint() or tr(_AGAIN)
            )
        case httpx2.ProxyError():
            return Unreachable(
                tr("The proxy refuses: {reason}.", reason=_phrase(cause)), _proxy_hint()
            )
        case ConnectionError() | httpx2.RemoteProtocolError():
            return Unreachable(
                tr("{host} breaks the connection off.", host=host), _proxy_hint() or tr(_AGAIN)
            )
        case httpx2.TooManyRedirects() | httpx2.DecodingError() | zlib.error():
            return no_hub(host)
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol():
            return Unreachable(
                tr("An address or a proxy is set that cannot be read as one."),
                tr("Check HF_ENDPOINT, HTTPS_PROXY and ALL_PROXY."),
            )
    return None


def _proxy_hint() -> str | None:
    """Without the proxy's address, which may hold a password."""
    if not {"http", "https", "all"} & request.getproxies().keys():
        return None
    return tr("A proxy is set: check that it runs, or unset HTTPS_PROXY, HTTP_PROXY and ALL_PROXY.")


def _phrase(error: BaseException) -> str:
    """The words of others in one line, without addresses: they may hold signatures."""
    words = clean(str(error)).split()
    told = " ".join(word for word in words if "://" not in word)[:_LONGEST_PHRASE]
    return told.rstrip(".:") or type(error).__name__
