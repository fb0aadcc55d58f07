"""Addresses of servers as people write them."""

import pytest

from yi_local.engine.elsewhere.access import Access, access_with
from yi_local.engine.elsewhere.address import Address, is_elsewhere, parse_address, split_name
from yi_local.errors import UsageError


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("http://localhost:11434", "http://localhost:11434"),
        ("http://localhost:11434/", "http://localhost:11434"),
        ("http://LocalHost:8080/v1/", "http://localhost:8080/v1"),
        ("localhost:1234", "http://localhost:1234"),
        ("127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("https://api.example.com/v1/chat/completions", "https://api.example.com/v1"),
        ("https://api.example.com/openai/v1/models?x=1", "https://api.example.com/openai/v1"),
        (" http://10.0.0.5:8000 ", "http://10.0.0.5:8000"),
        ("https://api.example.com:443/v1", "https://api.example.com/v1"),
    ],
)
def test_an_address_is_understood_as_it_is_written(text: str, base: str) -> None:
    assert parse_address(text).base == base


@pytest.mark.parametrize(
    "text",
    ["", "http://", "ftp://localhost", "http://local host", "http://a:99999", "http://[::1", "x y"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_address(text)


def test_another_computer_is_not_guessed_to_be_reached_without_encryption() -> None:
    with pytest.raises(UsageError) as caught:
        parse_address("api.example.com/v1")
    assert caught.value.hint == "Write http:// or https:// before it."


def test_a_password_in_an_address_is_not_taken_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        parse_address("https://me:secret@api.example.com/v1")
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"
    with pytest.raises(UsageError) as caught:
        parse_address("ftp://me:secret@api.example.com/v1")
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("base", "is_here"),
    [
        ("http://localhost:1", True),
        ("http://models.localhost", False),
        ("http://127.9.9.9", True),
        ("http://[::1]:1", True),
        ("http://[::ffff:127.0.0.1]", True),
        ("http://0.0.0.0:8000", True),
        ("http://localhost.example.com", False),
        ("http://192.168.1.5", False),
        ("https://127.0.0.1.example.com", False),
    ],
)
def test_only_loopback_is_this_computer(base: str, is_here: bool) -> None:
    assert Address(base).is_here is is_here


def test_both_spellings_are_tried_the_likelier_one_first() -> None:
    plain, versioned = Address("http://h:1"), Address("http://h:1/v1")
    assert plain.spellings == (versioned, plain)
    assert versioned.spellings == (versioned, plain)
    assert versioned.root == "http://h:1"


def test_a_name_says_model_and_server() -> None:
    assert is_elsewhere("a@http://h/v1")
    assert not is_elsewhere("me@home/model")
    assert split_name("qwen2.5:7b@http://h:1/v1") == ("qwen2.5:7b", Address("http://h:1/v1"))
    assert split_name("a@http://b@https://h")[0] == "a@http://b"
    with pytest.raises(UsageError):
        split_name("@http://h")


def test_a_key_is_for_its_own_server_only_and_never_printed() -> None:
    here = parse_address("https://api.example.com/v1")
    access = access_with(here, "sk-secret")
    assert access.key_for(here) == "sk-secret"
    for other in (
        "http://api.example.com/v1",
        "https://api.example.com:444",
        "https://example.com",
    ):
        assert access.key_for(parse_address(other)) is None
    assert "secret" not in repr(access)
    with pytest.raises(UsageError) as caught:
        access_with(here, "sk-sec\nret")
    assert "sec" not in caught.value.message


def test_offline_only_this_computer_is_asked() -> None:
    access = Access(offline=lambda: True)
    access.demand(Address("http://localhost:1"))
    with pytest.raises(UsageError, match=r"Offline, so 10\.0\.0\.5 is not asked"):
        access.demand(Address("http://10.0.0.5"))
