"""Which addresses of a model's text may be opened, once a person has agreed."""

from urllib.parse import urlsplit

from yi_local.text import clean


def can_be_opened(address: str) -> bool:
    """Web pages and mail only: no files, and nothing that reads otherwise than it is."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    named = bool(parts.netloc) if parts.scheme in ("http", "https") else parts.scheme == "mailto"
    return named and clean(address) == address and not any(mark.isspace() for mark in address)
