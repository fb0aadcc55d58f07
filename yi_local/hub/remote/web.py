"""The one way over HTTP: who asks, with which certificates, and whether anybody may.

Proxies are those of the environment or the system, as httpx2 finds them.
"""

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from yi_local import __version__
from yi_local.hub.remote import trouble
from yi_local.hub.remote.client import USER_AGENT, AskingClient, Client
from yi_local.hub.remote.reachability import is_offline
from yi_local.language import tr

if TYPE_CHECKING:
    from huggingface_hub import HfApi

TIMEOUT_S = 10.0  # for each step of a request: connecting, sending, the next bytes
_CA_FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the first one that is set

_Kind = TypeVar("_Kind", bound=Client)
_speaking: "ContextVar[Web | None]" = ContextVar("speaking", default=None)


class _Switch(httpx2.Client):
    """The library's one client for the whole process: whoever asks in this thread answers.

    It has no connections of its own, so that nobody is disturbed where the library closes it.
    """

    def __init__(self) -> None:
        super().__init__(headers={"User-Agent": USER_AGENT}, timeout=None)

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        web = _speaking.get()
        if web is None:
            return super().send(request, **options)
        return web.asking().send(request, **options)


class Web:
    """Makes the clients when they are first needed; close it at the end.

    `offline` is what the person wished; HF_HUB_OFFLINE in the environment wishes it too.
    """

    def __init__(
        self,
        *,
        offline: bool = False,
        timeout_s: float = TIMEOUT_S,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.offline = offline or is_offline(environ)
        self._timeout_s = timeout_s
        self._environ = environ
        self._clients: list[Client] = []
        self._asking: AskingClient | None = None
        self._lock = Lock()

    def asking(self) -> AskingClient:
        """For questions, from any thread. Raises YiLocalErrors only, and so does what it gives."""
        with self._lock:
            if self._asking is None:
                self._asking = self._new_asking_client()
            return self._asking

    def new_client(self) -> Client:
        """For transfers: it raises what httpx2 raises, at once. The caller may close it."""
        return self._made(Client)

    def hugging_face(self, endpoint: str, token: str | None) -> "HfApi":
        """The library's client on top of ours; only here is it made.

        By itself it waits without end for listings, and retries for 23 s where nothing listens
        (huggingface_hub 2.4.0): our client overrules the one and forestalls the other.
        """
        # Read when it is imported; without it, each process first asks for a list of agents.
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        import huggingface_hub

        huggingface_hub.set_client_factory(_Switch)
        _speaking.set(self)
        return huggingface_hub.HfApi(
            endpoint=endpoint,
            token=token or False,  # False: it would look for one by itself
            library_name="yi_local",
            library_version=__version__,
        )

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Within it, what the library asks in this thread goes through here."""
        before = _speaking.set(self)
        try:
            yield
        finally:
            _speaking.reset(before)

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def __enter__(self) -> "Web":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _new_asking_client(self) -> AskingClient:
        return self._made(AskingClient)

    def _made(self, kind: type[_Kind]) -> _Kind:
        trusted = self._trusted()
        try:
            client = kind(self.offline, self._timeout_s, trusted)
        except trouble.RAISED as error:  # a proxy of a kind or with a name that cannot be used
            raise trouble.of_transport(error, tr("The Hub")) from error
        self._clients.append(client)
        return client

    def _trusted(self) -> ssl.SSLContext | None:
        """Companies set one of several variables; None: the system's certificates."""
        for name in _CA_FILES:
            path = self._environ.get(name)
            if not path:
                continue
            try:
                if os.path.isdir(path):
                    return ssl.create_default_context(capath=path)
                return ssl.create_default_context(cafile=path)
            except OSError:  # also what is no certificate, as ssl.SSLError
                raise trouble.Unreachable(
                    tr(
                        "The certificates that {name} names cannot be read: {path}",
                        name=name,
                        path=path,
                    ),
                    tr("Correct the path, or unset {name}.", name=name),
                ) from None
        return None
