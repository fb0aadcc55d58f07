"""The files of the page, as they are sent: read once, each under a name that is in a table."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
INDEX = "index.html"
POLICY = (  # nothing but the page's own files, no code in its text, no frame around it
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    kind: str
    etag: str

    def reply(self, request: Request) -> Response:
        """It is asked for each time, and sent where it is not the one that the browser has."""
        headers = {
            "etag": self.etag,
            "cache-control": "no-cache",
            "content-security-policy": POLICY,
        }
        known = request.headers.get("if-none-match", "")
        if self.etag in (each.strip().removeprefix("W/") for each in known.split(",")):
            return Response(status_code=304, headers=headers)
        return Response(self.body, headers={**headers, "content-type": self.kind})


Assets = Mapping[str, Asset]  # by the file's name


def read_assets(folder: Path = FOLDER) -> Assets:
    return {
        path.name: _asset(path.read_bytes(), _KINDS[path.suffix])
        for path in sorted(folder.iterdir())
        if path.suffix in _KINDS
    }


def _asset(body: bytes, kind: str) -> Asset:
    return Asset(body, kind, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
