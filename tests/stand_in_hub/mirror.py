"""The stand-in's mirror: it redirects to the Hub, or serves what it has cached."""

from typing import TYPE_CHECKING

from tests.stand_in_hub import hub_routes
from tests.stand_in_hub.body import send_file
from tests.stand_in_hub.origin import Exchange
from tests.stand_in_hub.repository import in_lfs

if TYPE_CHECKING:
    from tests.stand_in_hub.hub import StandInHub


class Mirror:
    """`caching`: with the quirks of olah 0.5.4. Otherwise HTTP 308, as hf-mirror.com does."""

    def __init__(self, hub: "StandInHub") -> None:
        self.hub = hub
        self.caching = False

    def answer(self, exchange: Exchange) -> None:
        if not self.caching:
            exchange.reply(308, b"", {"Location": self.hub.endpoint + exchange.path})
        elif exchange.route == "/api/models":
            exchange.reply_json({"error": "Unauthorized"}, 401)
        elif "/tree/" in exchange.route and not exchange.route.endswith("/"):
            path, _, query = exchange.path.partition("?")
            location = f"{self.hub.mirror_endpoint}{path}/?{query}"
            exchange.reply(307, b"", {"Location": location})
        elif "/resolve/" in exchange.route:
            self._serve(exchange)
        else:
            exchange.query = [(key, it) for key, it in exchange.query if key != "blobs"]
            hub_routes.answer(exchange, self.hub)

    def _serve(self, exchange: Exchange) -> None:
        """HTTP 200 at once, with the sha256 for an ETag and without X-Linked-*."""
        found = hub_routes.find_file(exchange, self.hub)
        if found is None:
            return
        _, commit, path, content = found
        if not in_lfs(path):
            hub_routes.answer(exchange, self.hub)
            return
        headers = {"ETag": f'"{content.sha256}"', "X-Repo-Commit": commit}
        send_file(exchange, content, headers)
