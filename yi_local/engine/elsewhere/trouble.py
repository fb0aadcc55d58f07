"""What went wrong between here and another server, in words."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx2

from yi_local.engine.elsewhere.address import Address
from yi_local.errors import PromptTooLong, YiLocalError
from yi_local.language import mark, tr
from yi_local.text import human_duration, one_line
from yi_local.types import Json

# What httpx2 raises; a socket that is cut under it may be an OSError or, within TLS, a ValueError;
# a SOCKS proxy without socksio is an ImportError.
RAISED = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError, ImportError)

_LONGEST = 300  # characters of a server's own words
_AGAIN = mark("Try again in a while.")
_PROXIES = mark("Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY.")
_TOO_LONG = (  # in the words and codes of OpenAI, llama-server, vLLM, LM Studio, Ollama
    "context_length_exceeded", "exceed_context_size", "exceeds the available context",
    "maximum context length", "context the overflows", "greater than the context length",
    "exceeds the context", "input length exceeds", "prompt is too long",
)  # fmt: skip


class ServerTrouble(YiLocalError):
    """A server of somebody else, or the way to it."""


class Unreachable(ServerTrouble):
    """It gave no answer: it may be back in a moment, with other models."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is none; `words` are the server's own."""

    status: int
    headers: Mapping[str, str]
    words: str
    code: str = ""  # its word for the kind of error


def refusal_of(status: int, headers: Mapping[str, str], error: Json, key: str | None) -> Refusal:
    """`error`: the content of its envelope. The key is nobody's business, whoever repeats it."""
    words = error.get("message")
    told = one_line(words) if isinstance(words, str) else ""
    if key:
        told = told.replace(key, "***")
    kinds = (error.get("code"), error.get("type"))
    return Refusal(status, headers, told[:_LONGEST].rstrip("."), " ".join(map(str, kinds)))


def of_refusal(refusal: Refusal, address: Address, has_key: bool) -> YiLocalError:
    status, host = refusal.status, address.host
    if is_too_long(refusal):
        return PromptTooLong(
            tr("The conversation is too long for {host}: {reason}.", host=host,
               reason=refusal.words or tr("its context is full")),
            tr("Start a new chat, shorten the question, or let the server load a larger context."),
        )  # fmt: skip
    if status in (401, 403):
        return _forbidden(refusal, host, has_key)
    if 300 <= status < 400:
        return ServerTrouble(
            tr("{host} sends us to another address: {place}.", host=host,
               place=_place(refusal.headers)),
            tr("Where you trust that one, give it instead; your key is not sent on by itself."),
        )  # fmt: skip
    if status == 429:
        return ServerTrouble(_with(tr("{host} is too busy, or has had enough of us for now",
                                      host=host), refusal), _when(refusal.headers))  # fmt: skip
    if status == 407:
        return ServerTrouble(tr("The proxy wants a user name and a password."), tr(_PROXIES))
    if status == 404:
        return ServerTrouble(
            _with(tr("{host} does not know this model or this address", host=host), refusal),
            tr("Ask for the names it has: yi chat --server {base}", base=address.base),
        )
    if status >= 500:
        told = tr("{host} has trouble of its own (HTTP {status})", host=host, status=status)
        return ServerTrouble(_with(told, refusal), tr(_AGAIN) if status == 503 else None)
    told = tr("{host} does not take the request (HTTP {status})", host=host, status=status)
    return ServerTrouble(_with(told, refusal))


def is_too_long(refusal: Refusal) -> bool:
    said = f"{refusal.words} {refusal.code}".casefold()
    return any(each in said for each in _TOO_LONG)


def of_stream(error: Json, address: Address, key: str | None) -> YiLocalError:
    """For what a server says in the middle of its answer."""
    code = error.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    refusal = refusal_of(status, {}, error, key)
    if is_too_long(refusal):
        return of_refusal(refusal, address, bool(key))
    told = tr("{host} could not finish the answer", host=address.host)
    return ServerTrouble(_with(told, refusal), tr("What came is kept. Ask again."))


def no_api(address: Address) -> ServerTrouble:
    return ServerTrouble(
        tr("What answers at {host} is not an OpenAI-compatible server.", host=address.host),
        tr("Check the address: that of the API mostly ends with /v1, as in {example}",
           example="http://localhost:11434/v1"),
    )  # fmt: skip


def broken_off(address: Address) -> Unreachable:
    return Unreachable(
        tr("{host} broke off in the middle of the answer.", host=address.host),
        tr("What came is kept. Look whether the server still runs, then ask again."),
    )


def of_transport(error: BaseException, address: Address) -> YiLocalError:
    """For what is raised where no answer came, or none that can be read."""
    if isinstance(error, YiLocalError):
        return error
    for cause in _causes(error):
        told = _by_cause(cause, address)
        if told is not None:
            return told
    phrase = " ".join(word for word in one_line(error).split() if "://" not in word)
    return Unreachable(
        tr("{host} cannot be reached: {reason}.", host=address.host,
           reason=phrase[:_LONGEST].rstrip(".:") or type(error).__name__),
        tr(_AGAIN),
    )  # fmt: skip


# -- inside


def _by_cause(cause: BaseException, address: Address) -> YiLocalError | None:
    host = address.host
    match cause:
        case ConnectionRefusedError():
            start = tr("Is the server running? Start it, or check the port.")
            away = tr("Check the address, and whether the server is running there.")
            hint = start if address.is_here else away
            return Unreachable(tr("Nothing listens at {host}.", host=host), hint)
        case socket.gaierror():
            return Unreachable(
                tr("The name {host} cannot be resolved.", host=host),
                tr("Check its spelling, and the network connection."),
            )
        case ssl.SSLCertVerificationError():
            return Unreachable(
                tr("The certificate of {host} is not trusted here.", host=host),
                tr("Set SSL_CERT_FILE to the file with the certificate of whoever signed it."),
            )
        case ssl.SSLError():
            return Unreachable(
                tr("{host} and this Python do not agree on TLS.", host=host),
                tr("Perhaps it speaks http:// only."),
            )
        case httpx2.TimeoutException() | TimeoutError():
            return Unreachable(
                tr("{host} does not answer in time.", host=host),
                tr("It may be loading a model, or be switched off. Try again in a while."),
            )
        case httpx2.ProxyError():
            return Unreachable(
                tr("The proxy on the way to {host} refuses.", host=host), tr(_PROXIES)
            )
        case ImportError() if "socksio" in str(cause):
            return Unreachable(
                tr("There is a SOCKS proxy, to which we cannot speak yet."),
                tr("Unset ALL_PROXY, or install the package socksio."),
            )
        case ConnectionError() | httpx2.RemoteProtocolError():
            return Unreachable(
                tr("{host} breaks the connection off.", host=host),
                tr("Look whether the server still runs, then try again."),
            )
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol():
            return Unreachable(
                tr("The address of {host}, or that of a proxy, cannot be used.", host=host),
                tr(_PROXIES),
            )
        case httpx2.DecodingError() | UnicodeError():
            return no_api(address)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The innermost first: it knows best."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or at.__context__
    return reversed(chain)


def _forbidden(refusal: Refusal, host: str, has_key: bool) -> ServerTrouble:
    if has_key:
        told = tr("{host} does not accept the key", host=host)
        hint = tr("Check it, and whether it may use this model.")
    else:
        told = tr("{host} wants a key", host=host)
        hint = tr("Give it with --api-key, or in the variable YI_SERVER_KEY.")
    return ServerTrouble(_with(told, refusal), hint)


def _with(told: str, refusal: Refusal) -> str:
    if not refusal.words:
        return tr("{sentence}.", sentence=told)
    return tr("{sentence}: {reason}.", sentence=told, reason=refusal.words)


def _when(headers: Mapping[str, str]) -> str:
    told = headers.get("Retry-After", "")
    if not told.isdecimal() or len(told) > 6:
        return tr(_AGAIN)
    return tr("Try again in {time}.", time=human_duration(int(told)))


def _place(headers: Mapping[str, str]) -> str:
    """Without what follows the path: it may be a secret of somebody."""
    location = headers.get("Location", "")
    return one_line(location.partition("?")[0])[:_LONGEST] or "?"
