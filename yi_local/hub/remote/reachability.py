"""Whether the Hub answers from here."""

import errno
import os
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from urllib import request
from urllib.error import HTTPError, URLError

from yi_local import __version__
from yi_local.language import tr

_PUBLIC = "https://huggingface.co"
_PATH = "/api/models?limit=1"  # public, in JSON, under 2 kB
_TIMEOUT_S = 3.0  # for each step of one request: connecting, TLS, the answer; not for names
_TRUE = frozenset(("1", "ON", "YES", "TRUE"))  # huggingface_hub, constants.py
_REFUSALS = (401, 403, 429)  # of a private Hub, which wants a token; of a busy one
_NO_NETWORK = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)


@dataclass(frozen=True, slots=True)
class Reachability:
    """No address in it: neither the endpoint's nor a proxy's is anybody else's business."""

    reachable: bool | None  # None: not asked, or not askable by us
    why: str
    public: bool  # the public Hub, not the one that HF_ENDPOINT names
    by_proxy: bool
    took_s: float | None = None


def is_offline(environ: Mapping[str, str]) -> bool:
    """As huggingface_hub reads it, so that one variable keeps both silent."""
    value = environ.get("HF_HUB_OFFLINE") or environ.get("TRANSFORMERS_OFFLINE") or ""
    return value.upper() in _TRUE


def ask_hub(
    environ: Mapping[str, str], *, offline: bool = False, timeout_s: float = _TIMEOUT_S
) -> Reachability:
    """One request without a token; none at all where `offline` or the environment says so.

    Proxies are the system's; so are the trusted certificates.
    """
    endpoint = _without_credentials(environ.get("HF_ENDPOINT") or _PUBLIC)
    public = endpoint == _PUBLIC
    if offline or is_offline(environ):
        return Reachability(None, tr("Offline."), public, by_proxy=False)
    if endpoint.partition("://")[0].lower() not in ("http", "https"):
        why = tr("HF_ENDPOINT is not an address that begins with http:// or https://.")
        return Reachability(False, why, public, by_proxy=False)
    proxy = _proxy_for(endpoint)
    if proxy.startswith("socks"):
        why = tr("There is a SOCKS proxy, to which this check cannot speak.")
        return Reachability(None, why, public, by_proxy=True)
    began = time.perf_counter()
    reachable, why = _ask(endpoint + _PATH, tr("The proxy") if proxy else tr("The Hub"), timeout_s)
    return Reachability(reachable, why, public, bool(proxy), time.perf_counter() - began)


def _ask(url: str, first: str, timeout_s: float) -> tuple[bool, str]:
    """`first`: who is connected to, and so who fails when that does."""
    headers = {"Accept": "application/json", "User-Agent": f"yi_local/{__version__}"}
    try:
        with _opener().open(request.Request(url, headers=headers), timeout=timeout_s) as answer:
            status, content_type = answer.status, answer.headers.get_content_type()
    except HTTPError as error:
        error.close()
        return _by_status(error.code)
    except URLError as error:
        return False, _failure(error.reason, first, timeout_s)
    except OSError as error:
        return False, _failure(error, first, timeout_s)
    except (HTTPException, ValueError):
        return False, tr(
            "{first} does not answer in HTTP, or HF_ENDPOINT is no address.", first=first
        )
    if content_type != "application/json":
        return False, tr("Something else answers: perhaps this network wants a login first.")
    return _by_status(status)


def _opener() -> request.OpenerDirector:
    """urllib's default one also opens files and FTP, to which no redirect shall lead."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPDefaultErrorHandler(),
        request.HTTPRedirectHandler(),
        request.HTTPErrorProcessor(),
        request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _by_status(status: int) -> tuple[bool, str]:
    if status == 200 or status in _REFUSALS:
        return True, tr("It answers with HTTP {status}.", status=status)
    if status == 407:
        return False, tr("The proxy wants a user name and a password.")
    if status >= 500:
        return False, tr("The Hub has trouble of its own: HTTP {status}.", status=status)
    if status < 400:
        return False, tr("It redirects without end, or out of HTTP.")
    return False, tr("What answers is no Hub: HTTP {status}.", status=status)


def _failure(reason: object, first: str, timeout_s: float) -> str:
    """In words of our own: the system's may hold addresses."""
    match reason:
        case TimeoutError():
            return tr(
                "{first} does not answer within {seconds} s.", first=first, seconds=f"{timeout_s:g}"
            )
        case socket.gaierror():
            return tr("{first}'s name cannot be resolved: there may be no network.", first=first)
        case ConnectionRefusedError():
            return tr("{first} refuses the connection.", first=first)
        case ConnectionError():
            return tr("{first} breaks the connection off.", first=first)
        case ssl.SSLCertVerificationError():
            return tr(
                "The Hub's certificate is not trusted here. Behind a company's proxy, set "
                "SSL_CERT_FILE to the file with its certificates."
            )
        case ssl.SSLError():
            return tr("{first} and this Python do not agree on TLS.", first=first)
        case OSError(errno=number) if number in _NO_NETWORK:
            return tr("There is no network that leads there.")
        case OSError(errno=None) if "Tunnel connection failed" in str(reason):  # http.client
            if "407" in str(reason):
                return tr("The proxy wants a user name and a password.")
            return tr("The proxy refuses.")
        case OSError(errno=int(number)):
            return tr(
                "{first} cannot be reached: {reason}.", first=first, reason=os.strerror(number)
            )
    return tr("{first} cannot be reached.", first=first)


def _without_credentials(endpoint: str) -> str:
    """Also without the path's last slash, as huggingface_hub has it."""
    scheme, mark, rest = endpoint.strip().rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def _proxy_for(url: str) -> str:
    """ "" where there is none for this address."""
    scheme, _, rest = url.partition("://")
    if request.proxy_bypass(rest.partition("/")[0]):
        return ""
    return request.getproxies().get(scheme.lower(), "").lower()
