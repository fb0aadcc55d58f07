"""The stand-in's CDN: signed addresses on another origin, as S3 and CloudFront serve them."""

import secrets
import time
from dataclasses import dataclass

from tests.stand_in_hub.body import send_file
from tests.stand_in_hub.content import Content
from tests.stand_in_hub.origin import Exchange


@dataclass(frozen=True)
class _Signed:
    content: Content
    filename: str
    expires: float


class Cdn:
    def __init__(self) -> None:
        self.endpoint = ""
        self.lifetime_s = 3600.0
        self._signed: dict[str, _Signed] = {}

    def sign(self, content: Content, filename: str) -> str:
        """A fresh address for a file."""
        signature = secrets.token_urlsafe(24)
        expires = time.time() + self.lifetime_s
        self._signed[signature] = _Signed(content, filename, expires)
        path = f"/xet-bridge-us/{content.sha256[:24]}/{content.sha256}"
        query = f"Expires={expires:.0f}&Policy=x&Signature={signature}&Key-Pair-Id=K"
        return f"{self.endpoint}{path}?{query}"

    def expire_all(self) -> None:
        self._signed.clear()

    def answer(self, exchange: Exchange) -> None:
        if "Authorization" in exchange.headers:
            body = b"<Error><Code>InvalidArgument</Code></Error>"
            exchange.reply(400, body, {"Content-Type": "application/xml"})
            return
        signed = self._signed.get(exchange.option("Signature"))
        if signed is None or time.time() > signed.expires:
            exchange.expired()
            return
        name = signed.filename.encode("ascii", "replace").decode().replace('"', "_")
        headers = {
            "ETag": f'"{signed.content.sha256}"',
            "Content-Disposition": f'inline; filename="{"".join(filter(str.isprintable, name))}";',
            "X-Cache": "Hit from cloudfront",
        }
        send_file(exchange, signed.content, headers)
