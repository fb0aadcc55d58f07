"""Servers over TLS: trusted where they should be, and given up as promptly as others."""

import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.engine.elsewhere.stand_in import StandIn, delta, held, running, server, silent
from yi_local.engine.elsewhere.access import Access
from yi_local.engine.elsewhere.address import Address
from yi_local.engine.elsewhere.finding import find
from yi_local.engine.elsewhere.server import Server
from yi_local.errors import YiLocalError
from yi_local.types import Done, Message, TextDelta

SOON_S = 2.0


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def made(authority: trustme.CA) -> Iterator[StandIn]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    started = server()
    started.socket = context.wrap_socket(started.socket, server_side=True)
    with running(started):
        yield started


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


def address_of(made: StandIn) -> Address:
    return Address(f"https://{made.host}/v1")


@pytest.mark.usefixtures("trusted")
def test_a_certificate_that_a_person_trusts_is_trusted(made: StandIn) -> None:
    assert find(address_of(made), Access()).models[0].name == "tiny"


def test_another_certificate_is_not_trusted_and_what_to_do_is_told(made: StandIn) -> None:
    with pytest.raises(YiLocalError, match="is not trusted here") as caught:
        find(address_of(made), Access())
    assert caught.value.hint is not None
    assert "SSL_CERT_FILE" in caught.value.hint


def test_a_file_of_certificates_that_is_none_is_told(
    made: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(YiLocalError, match="that SSL_CERT_FILE names cannot be read"):
        find(address_of(made), Access())


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("is_silent", [True, False])
def test_an_answer_over_tls_is_given_up_at_once(made: StandIn, is_silent: bool) -> None:
    made.routes["POST", "/v1/chat/completions"] = silent if is_silent else held(delta("One"))
    asked = Server("tiny", address_of(made), Access())
    asked.find()
    generation = asked.chat((Message("user", "Hi"),))
    if not is_silent:
        assert next(generation) == TextDelta("One")
    began = time.monotonic()
    threading.Timer(0.1, generation.cancel).start()
    *_, done = generation
    assert isinstance(done, Done)
    assert done.finish_reason == "cancelled"
    assert time.monotonic() - began < SOON_S
    assert is_silent or made.gone.wait(SOON_S)
    asked.close()
