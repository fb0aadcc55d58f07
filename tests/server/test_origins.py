"""yi_local.server.origins: which names are ours."""

import pytest

from yi_local.server.origins import host_name, is_our_host, is_our_origin

ALLOWED = frozenset({"laptop.lan"})


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost", "localhost"),
        ("LOCALHOST:8080", "localhost"),
        ("127.0.0.1:8080", "127.0.0.1"),
        ("[::1]:8080", "::1"),
        ("a.example:80", "a.example"),
        ("", None),
        ("localhost:port", None),
        ("localhost:99999", None),
        ("evil.example@localhost", None),
        ("localhost/evil.example", None),
        ("localhost,evil.example", None),
        ("localhost evil.example", None),
        (" localhost", None),
        ("[::1", None),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str | None) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("header", "is_ours"),
    [
        ("localhost:1", True),
        ("127.0.0.1", True),
        ("127.9.8.7:80", True),
        ("[::1]:80", True),
        ("192.168.1.5:80", True),
        ("laptop.lan", True),
        ("LAPTOP.LAN:80", True),
        ("192.168.1.6", False),
        ("evil.example:80", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil-laptop.lan", False),
        ("2130706433", False),
        ("127.1", False),
        ("0.0.0.0", False),
        ("", False),
    ],
)
def test_only_loopback_the_bound_address_and_allowed_names_are_ours(
    header: str, is_ours: bool
) -> None:
    assert is_our_host(header, "192.168.1.5", ALLOWED) is is_ours


@pytest.mark.parametrize(
    ("origin", "is_ours"),
    [
        ("http://localhost:8080", True),
        ("https://page.example", True),
        ("http://localhost:3000", False),
        ("https://localhost:8080", False),
        ("http://localhost:8080.evil.example", False),
        ("http://page.example", False),
        ("https://page.example.evil.example", False),
        ("https://page.example/", False),
        ("null", False),
        ("*", False),
        ("", False),
    ],
)
def test_only_the_same_and_allowed_origins_are_ours(origin: str, is_ours: bool) -> None:
    allowed = frozenset({"https://page.example"})
    assert is_our_origin(origin, "http", "localhost:8080", allowed) is is_ours
