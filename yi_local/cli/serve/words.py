"""What `yi serve` tells while it begins: a person, or the `yi serve --detach` that waits for it."""

import json
from collections.abc import Iterator
from typing import Any, Protocol, TypeVar

from yi_local.cli.output import Output
from yi_local.language import tr
from yi_local.types import LoadProgress

T = TypeVar("T")


class Words(Protocol):
    def loading(self, events: Iterator[T]) -> Iterator[T]:
        """The same events, told as they pass."""

    def key(self, key: str) -> None:
        """One that was made."""

    def ready(self, url: str, page: str) -> None:
        """`page`: its address, with the key that it has of its own."""


class ToPerson:
    def __init__(self, output: Output, as_json: bool) -> None:
        self._output = output
        self._as_json = as_json

    def loading(self, events: Iterator[T]) -> Iterator[T]:
        return events  # who loads shows them

    def key(self, key: str) -> None:
        self._output.say(tr("The key, which is shown this once: {key}", key=key))

    def ready(self, url: str, page: str) -> None:
        if self._as_json:
            self._output.write(ready_json(url, page) + "\n")
            return
        self._output.say(
            tr(
                "Ready: open {page} in a browser, or give clients {url} as base URL. "
                "Ctrl-C ends it.",
                page=page,
                url=f"{url}/v1",
            )
        )
        tell_of_page(page, self._output)


class ToParent:
    """JSON lines on stdout, which nobody reads once it is ready: a log is no place for a key."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def loading(self, events: Iterator[T]) -> Iterator[T]:
        for event in events:
            if isinstance(event, LoadProgress):
                self._tell(loading=event.fraction)
            yield event

    def key(self, key: str) -> None:
        self._tell(key=key)

    def ready(self, url: str, page: str) -> None:
        self._tell(url=url, page=page)

    def _tell(self, **fields: Any) -> None:
        self._output.write(json.dumps(fields) + "\n")


def ready_json(url: str, page: str, **more: int) -> str:
    return json.dumps({"url": f"{url}/v1", "page": page, **more})


def tell_of_page(page: str, output: Output) -> None:
    if "#" in page:
        output.say(tr("Whoever has the page's whole address reads your conversations."))
