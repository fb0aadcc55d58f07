"""Which servers may be asked, and with which keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from yi_local.engine.elsewhere.address import Address
from yi_local.errors import UsageError
from yi_local.language import tr


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Access:
    """Keys are in memory only, each for one origin; `offline` may change while the app runs."""

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    offline: Callable[[], bool] = _never

    def key_for(self, address: Address) -> str | None:
        return self.keys.get(address.origin)

    def demand(self, address: Address) -> None:
        """Raises UsageError for a server that is not on this computer, while offline."""
        if not address.is_here and self.offline():
            raise UsageError(
                tr("Offline, so {host} is not asked.", host=address.host),
                tr("A server on this computer may be asked, or switch offline off in Settings."),
            )


def access_with(address: Address, key: str | None, offline: Callable[[], bool] = _never) -> Access:
    """A key that was given together with a server's address. Raises UsageError for a bad one."""
    if not key:
        return Access(offline=offline)
    if not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(
            tr("The key for {host} cannot be sent as it is.", host=address.host),
            tr("Look whether it was copied whole, without line breaks."),
        )
    return Access({address.origin: key}, offline)
