"""Which Host and Origin headers are ours: what keeps a web site in a browser out."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def host_name(header: str) -> str | None:
    """ "[::1]:8000" is "::1"; None for what is no host."""
    if header != header.strip() or set(header) & set("/@?#\\, "):
        return None
    try:
        parts = urlsplit(f"//{header}")
        parts.port  # noqa: B018  raises for what is no port
    except ValueError:
        return None
    return parts.hostname


def is_loopback(name: str) -> bool:
    """A name under which only this machine is reached, whatever a DNS server says."""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_our_host(header: str, bound: str | None, allowed: frozenset[str]) -> bool:
    """`bound`: the address at which the connection came in; `allowed`: names, in lower case.

    A site that lets its own name lead to this machine (DNS rebinding) sends that name.
    """
    name = host_name(header)
    if name is None:
        return False
    return is_loopback(name) or name in allowed or (bound is not None and name == bound)


def is_our_origin(origin: str, scheme: str, host_header: str, allowed: frozenset[str]) -> bool:
    """The page came from here, or from one that is allowed by its whole name."""
    return origin == f"{scheme}://{host_header}" or origin in allowed
