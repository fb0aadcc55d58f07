"""Options that take another server's model, and what they mean."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yi_local.cli.output import Output
from yi_local.engine.elsewhere.access import Access, access_with
from yi_local.engine.elsewhere.address import (
    Address,
    is_elsewhere,
    name_of,
    parse_address,
    split_name,
)
from yi_local.errors import UsageError
from yi_local.language import tr

if TYPE_CHECKING:
    from yi_local.engine.elsewhere.finding import Found

KEY_VARIABLE = "YI_SERVER_KEY"
_LOCAL = {  # what means nothing to somebody else's engine: in the namespace, as it is typed
    "ctx": "--ctx",
    "gpu_layers": "--gpu-layers",
    "kv_type": "--kv-type",
    "threads": "--threads",
    "pull": "--pull",
    "force": "--force",
}


@dataclass(frozen=True, slots=True)
class OtherServer:
    """`model`: as it was asked for; None where the server's only one is meant."""

    address: Address
    access: Access
    model: str | None

    def find(self) -> str:
        """The model's whole name, "MODEL@URL". Asks the server; raises YiLocalError, in words."""
        return self.name_in(self.look())

    def look(self) -> "Found":
        """The models it has, asked for."""
        from yi_local.engine.elsewhere.finding import find  # brings HTTP

        return find(self.address, self.access)

    def name_in(self, found: "Found") -> str:
        from yi_local.engine.elsewhere.finding import model_of

        return name_of(model_of(found, self.model).name, found.address)


def other_server(
    args: argparse.Namespace, offline: bool, environ: Mapping[str, str] = os.environ
) -> OtherServer | None:
    """The server that is meant, by --server or by a model's name; None: the model is here.

    Raises UsageError for options that exclude each other.
    """
    model: str | None = args.model
    if args.server is not None:
        address = parse_address(args.server)
    elif model is not None and is_elsewhere(model):
        model, address = split_name(model)
    else:
        if args.api_key is not None:
            raise UsageError(
                tr("--api-key needs a server."), tr("Name it: {option} URL", option="--server")
            )
        return None
    _refuse_local_options(args)
    key = args.api_key if args.api_key is not None else environ.get(KEY_VARIABLE)
    access = access_with(address, key, lambda: offline or is_offline_here(environ))
    access.demand(address)
    return OtherServer(address, access, model)


def keys_of_environment(
    servers: Sequence[str], environ: Mapping[str, str] = os.environ
) -> Mapping[str, str]:
    """The variable names no server: it is for the one of the settings, where there is only one."""
    key = environ.get(KEY_VARIABLE)
    return access_with(parse_address(servers[0]), key).keys if key and len(servers) == 1 else {}


def is_offline_here(environ: Mapping[str, str] = os.environ) -> bool:
    """By HF_HUB_OFFLINE, which keeps all of the program silent."""
    from yi_local.hub.remote.reachability import is_offline  # not for a first paint

    return is_offline(environ)


def tell_where(server: OtherServer, output: Output) -> None:
    """What leaves this computer is said, before it does."""
    address = server.address
    if address.is_here:
        return
    output.say(
        tr("note: what you write leaves this computer: it goes to {host}", host=address.host)
    )
    if not address.is_encrypted and server.access.key_for(address):
        output.say(tr("note: the key goes to {host} unencrypted", host=address.host))


def _refuse_local_options(args: argparse.Namespace) -> None:
    for name, option in _LOCAL.items():
        if getattr(args, name, None) not in (None, False):
            raise UsageError(
                tr("{option} is for models that are loaded here.", option=option),
                tr("How another server loads its models is decided there."),
            )
