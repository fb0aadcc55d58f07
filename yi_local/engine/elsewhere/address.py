"""Addresses of OpenAI-compatible servers, which may be given with or without their /v1."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from yi_local.errors import UsageError
from yi_local.language import tr

_VERSION = "/v1"
_PORTS = {"http": 80, "https": 443}  # that go without saying
_MARKS = ("@http://", "@https://")  # between a model's name and its server


@dataclass(frozen=True, slots=True)
class Address:
    """`base` is what comes before /models or /chat/completions; it holds no password."""

    base: str

    @property
    def host(self) -> str:
        """ "localhost:11434", for people."""
        return urlsplit(self.base).netloc

    @property
    def origin(self) -> str:
        """Who it is: what is meant for one is never sent to another."""
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_encrypted(self) -> bool:
        return self.base.startswith("https://")

    @property
    def is_here(self) -> bool:
        """Whether only this computer is reached, whatever a DNS server says."""
        name = urlsplit(self.base).hostname or ""
        if name == "localhost":
            return True
        from ipaddress import ip_address  # nothing for a first paint

        try:
            address = ip_address(name)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return bool(mapped.is_loopback or mapped.is_unspecified)

    @property
    def root(self) -> str:
        """Without its /v1: where a server's own routes are."""
        return self.base.removesuffix(_VERSION)

    @property
    def spellings(self) -> tuple["Address", ...]:
        """It, with and without its /v1; what nearly all servers have comes first."""
        if self.base.endswith(_VERSION):
            return self, Address(self.root)
        return Address(self.base + _VERSION), self


def parse_address(text: str) -> Address:
    """Raises UsageError for what is no address, and for one with a password in it."""
    given = text.strip()
    if "://" not in given:
        bare = _base(f"http://{given}")
        if bare is None or not bare.is_here:
            raise UsageError(
                tr("{given} does not say how its server is reached.", given=_shown(given)),
                tr("Write http:// or https:// before it."),
            )
        return bare
    address = _base(given)
    if address is None:
        raise UsageError(
            tr("{given} is not a server's address.", given=_shown(given)),
            tr("For example: {example}", example="http://localhost:11434/v1"),
        )
    return address


def is_elsewhere(name: str) -> bool:
    """Whether a model's name says on which server it is."""
    return any(each in name for each in _MARKS)


def split_name(name: str) -> tuple[str, Address]:
    """ "MODEL@URL" in two, at the last such mark. Raises UsageError where either is missing."""
    at = max(name.rfind(each) for each in _MARKS)
    model = name[: max(at, 0)].strip()
    if not model:
        raise UsageError(
            tr("{name} names no model before its server.", name=_shown(name)),
            tr("For example: {example}", example="qwen2.5:7b@http://localhost:11434/v1"),
        )
    return model, parse_address(name[at + 1 :])


def name_of(model: str, address: Address) -> str:
    return f"{model}@{address.base}"


def _base(text: str) -> Address | None:
    try:
        parts = urlsplit(text)
        port = parts.port
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or set(text) & set(" \\\"'<>"):
        return None
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            tr("A server's address with a name or a password in it is not taken."),
            tr("Give a key with --api-key, or in the variable YI_SERVER_KEY."),
        )
    shown = f"[{host}]" if ":" in host else host
    netloc = shown if port in (None, _PORTS[parts.scheme]) else f"{shown}:{port}"
    return Address(f"{parts.scheme}://{netloc}{_path(parts)}")


def _path(parts: SplitResult) -> str:
    """As far as the base goes: people copy the whole route."""
    path = parts.path.rstrip("/")
    for route in ("/chat/completions", "/completions", "/models"):
        path = path.removesuffix(route)
    return path.rstrip("/")


def _shown(text: str) -> str:
    """Without what may be a password."""
    return text.rpartition("@")[2] if "://" in text else text
