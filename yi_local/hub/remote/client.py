"""HTTP clients that wait for nothing without end, and that keep silent when offline."""

import time
from collections.abc import Iterator
from ssl import SSLContext
from typing import Any

import httpx2

from yi_local import __version__
from yi_local.hub.remote import trouble
from yi_local.hub.remote.retry import may_pass
from yi_local.language import tr

USER_AGENT = f"yi_local/{__version__}"

_ANSWER_TIMEOUT_S = 60.0  # for a whole answer that is read at once
_MAX_ANSWER_BYTES = 1 << 26  # the listing of 20,000 files has about 6 MB
_PAUSES_S = (0.5, 1.0)  # before the second and the third attempt
_LONGEST_PAUSE_S = 5.0  # a busy Hub that wants more is told to the person
_BUSY = frozenset((408, 429, 500, 502, 503, 504))


class Client(httpx2.Client):
    """For transfers: it raises what httpx2 raises, at once, and Offline."""

    def __init__(self, offline: bool, timeout_s: float, trusted: SSLContext | None) -> None:
        """`timeout_s`: for each step of a request: connecting, sending, the next bytes."""
        super().__init__(
            verify=trusted or True,
            timeout=timeout_s,
            follow_redirects=True,
            headers={"User-Agent": USER_AGENT},
        )
        self._offline = offline

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        if self._offline:
            raise trouble.offline(tr("Offline, so {host} is not asked.", host=_host(request)))
        # huggingface_hub passes timeout=None for listings: it would wait for ever.
        waits = request.extensions.get("timeout") or {}
        request.extensions["timeout"] = {
            step: limit_s if waits.get(step) is None else waits[step]
            for step, limit_s in self.timeout.as_dict().items()
        }
        return super().send(request, **options)


class AskingClient(Client):
    """For questions: it tries again for a moment, and raises YiLocalErrors.

    Statuses below 500 are the caller's to read, but for "too many requests".
    """

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        began = time.monotonic()
        for pause_s in (*_PAUSES_S, None):
            try:
                response = self._send_once(request, **options)
            except trouble.RAISED as error:
                # What took as long as a time-out will not be better at once.
                if pause_s is None or not self._is_worth_it(request, error, began):
                    raise trouble.of_transport(error, _host(request)) from error
            else:
                if response.status_code not in _BUSY:
                    return response
                pause_s = self._pause_for(response, pause_s)
                if pause_s is None:
                    raise self._given_up(response)
                response.close()
            time.sleep(pause_s)
        raise AssertionError("the last attempt returns or raises")

    def _send_once(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        stream = options.pop("stream", False)
        response = super().send(request, stream=True, **options)
        if not stream:
            assert isinstance(response.stream, httpx2.SyncByteStream)
            response.stream = _Bounded(response.stream)
            try:
                response.read()
            finally:
                response.close()
        return response

    def _is_worth_it(self, request: httpx2.Request, error: BaseException, began: float) -> bool:
        timeout_s = self.timeout.read or 0.0
        quick = time.monotonic() - began < timeout_s
        transient = isinstance(error, httpx2.NetworkError | httpx2.RemoteProtocolError)
        return quick and transient and may_pass(error) and request.method in ("GET", "HEAD")

    def _pause_for(self, response: httpx2.Response, pause_s: float | None) -> float | None:
        """None: it would be too long, or it was the last attempt."""
        # The Hub counts down in RateLimit in every answer: it means us only with 429.
        told = response.headers if response.status_code == 429 else {}
        wanted_s = trouble.seconds_to_wait(told)
        if pause_s is None or wanted_s is None:
            return pause_s
        return float(wanted_s) if wanted_s <= _LONGEST_PAUSE_S else None

    def _given_up(self, response: httpx2.Response) -> trouble.HubTrouble:
        response.close()
        return trouble.of_server(response.status_code, response.headers, _host(response.request))


def _host(request: httpx2.Request) -> str:
    return request.url.netloc.decode("ascii", "replace")


class _Bounded(httpx2.SyncByteStream):
    """An answer that ends in time, and before the memory does."""

    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        began, n_bytes = time.monotonic(), 0
        for block in self._stream:
            n_bytes += len(block)
            if n_bytes > _MAX_ANSWER_BYTES:
                raise httpx2.DecodingError("the answer is absurdly long")
            if time.monotonic() - began > _ANSWER_TIMEOUT_S:
                raise httpx2.ReadTimeout("the answer does not end")
            yield block

    def close(self) -> None:
        self._stream.close()
