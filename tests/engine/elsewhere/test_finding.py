"""Which models other servers have, told by servers of several makes."""

from collections.abc import Iterator

import pytest

from tests.engine.elsewhere import stand_in
from tests.engine.elsewhere.stand_in import (
    StandIn,
    llama_server,
    lm_studio,
    models,
    ollama,
    page,
    reply,
    running,
    server,
)
from yi_local.engine.elsewhere.access import Access, access_with
from yi_local.engine.elsewhere.address import Address, parse_address
from yi_local.engine.elsewhere.finding import Found, find, model_of
from yi_local.engine.elsewhere.kinds import Listed, Offered
from yi_local.errors import ModelNotFound, UsageError, YiLocalError


@pytest.fixture
def plain() -> Iterator[StandIn]:
    with running(server()) as started:
        yield started


def found_at(url: str, key: str | None = None) -> Found:
    address = parse_address(url)
    return find(address, access_with(address, key))


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_a_server_is_found_with_and_without_its_v1(plain: StandIn, ending: str) -> None:
    found = found_at(plain.url + ending)
    assert found.address.base == f"{plain.url}/v1"
    assert found.models == (Offered("tiny"),)


def test_a_server_without_any_v1_is_found_too() -> None:
    made = StandIn({("GET", "/openai/models"): models("tiny")})
    with running(made):
        assert found_at(f"{made.url}/openai").address.base == f"{made.url}/openai"
        assert found_at(f"{made.url}/openai/v1").address.base == f"{made.url}/openai"


def test_llama_server_tells_its_context() -> None:
    with running(llama_server(n_ctx=2048)) as made:
        found = found_at(made.url)
    [model] = found.models
    assert (model.n_ctx, model.loaded, found.listed.kind) == (2048, True, "llama-server")
    assert found.listed.goes_on


def test_ollama_tells_what_is_running() -> None:
    with running(ollama()) as made:
        found = found_at(made.url)
    assert found.listed.kind == "ollama"
    assert found.models == (
        Offered("qwen2.5:7b", None, False),
        Offered("yi:latest", 8192, True),
    )
    assert model_of(found, "yi").name == "yi:latest"
    assert model_of(found, None).name == "yi:latest"
    assert not found.listed.goes_on


def test_lm_studio_tells_what_is_loaded_and_what_can_chat() -> None:
    with running(lm_studio()) as made:
        found = found_at(made.url)
        assert found_at(f"{made.url}/v1").models == found.models
    assert found.models == (Offered("qwen3-8b", None, False), Offered("yi-coder-9b", 16384, True))
    assert model_of(found, None).name == "yi-coder-9b"


def test_vllm_and_providers_tell_lengths_in_their_lists() -> None:
    made = server()
    made.routes["GET", "/v1/models"] = models("m", owner="vllm", max_model_len=32768)
    with running(made):
        found = found_at(made.url)
    assert (found.models[0].n_ctx, found.listed.goes_on) == (32768, True)


def test_a_router_of_llama_server_tells_which_is_loaded() -> None:
    made = llama_server()
    entries = [
        {"id": name, "owned_by": "llamacpp", "status": {"value": value}}
        for name, value in (("a", "unloaded"), ("b", "loaded"))
    ]
    made.routes["GET", "/v1/models"] = reply({"data": entries})
    with running(made):
        found = found_at(made.url)
    assert model_of(found, None) == Offered("b", None, True)


def test_what_a_server_may_tell_beside_keeps_nobody_waiting_for_it() -> None:
    made = llama_server()
    made.routes["GET", "/props"] = page(500)
    with running(made):
        assert found_at(made.url).models[0].n_ctx is None


def test_a_model_that_is_not_there_is_missed_with_the_names_there_are() -> None:
    found = Found(Address("http://h:1"), found_list("qwen2.5:7b", "yi:latest"))
    with pytest.raises(ModelNotFound, match='h:1 has no model "llama3"') as caught:
        model_of(found, "llama3")
    assert caught.value.hint == "There are: qwen2.5:7b, yi:latest"
    with pytest.raises(ModelNotFound) as caught:
        model_of(found, "qwen2.5:14b")
    assert caught.value.hint == "Did you mean qwen2.5:7b?"
    assert model_of(found, "Yi").name == "yi:latest"


def test_one_of_several_has_to_be_named_and_a_long_list_is_cut() -> None:
    found = Found(Address("http://h:1"), found_list(*(f"m{n}" for n in range(40))))
    with pytest.raises(UsageError, match="several models") as caught:
        model_of(found, None)
    assert caught.value.hint is not None
    assert caught.value.hint.endswith("m11, ...")
    with pytest.raises(ModelNotFound, match="has no model"):
        model_of(Found(Address("http://h:1"), found_list()), None)


def found_list(*names: str) -> Listed:
    return Listed("unknown", tuple(map(Offered, names)))


@pytest.mark.parametrize(
    ("route", "words", "hint"),
    [
        (page(), "not an OpenAI-compatible server", "ends with /v1"),
        (page(404), "not an OpenAI-compatible server", "ends with /v1"),
        (page(502), "not an OpenAI-compatible server", "ends with /v1"),
        (reply([1, 2]), "not an OpenAI-compatible server", "ends with /v1"),
        (reply({}, 401), "wants a key", "--api-key"),
        (reply({"error": {"message": "No access."}}, 403), "wants a key: No access", "--api-key"),
        (reply({"error": "x"}, 429, ("Retry-After", "90")), "too busy", "1 min 30 s"),
        (reply({"error": {"message": "on \x1b[1mfire"}}, 500), r"HTTP 500\): on \[1mfire", ""),
        (reply({"error": {"message": "Loading model"}}, 503), "Loading model", "in a while"),
        (
            reply({}, 302, ("Location", "https://evil.example/v1?k=s")),
            "https://evil.example/v1",
            "",
        ),
    ],
)
def test_what_a_server_refuses_is_told_in_words(
    plain: StandIn, route: stand_in.Route, words: str, hint: str
) -> None:
    plain.routes.clear()
    plain.otherwise = route
    with pytest.raises(YiLocalError, match=words) as caught:
        found_at(plain.url)
    assert hint in (caught.value.hint or "")
    assert "k=s" not in caught.value.message


def test_a_key_that_is_refused_is_not_repeated(plain: StandIn) -> None:
    plain.routes["GET", "/v1/models"] = reply({"error": {"message": "Bad key sk-123."}}, 401)
    with pytest.raises(YiLocalError, match=r"does not accept the key: Bad key \*\*\*") as caught:
        found_at(plain.url, "sk-123")
    assert "sk-123" not in caught.value.message
    assert plain.asked[0].headers["authorization"] == "Bearer sk-123"


def test_a_redirect_is_not_followed_and_takes_no_key_along(plain: StandIn) -> None:
    with running(server()) as other:
        target = ("Location", f"{other.url}/v1/models")
        plain.routes["GET", "/v1/models"] = reply({}, 307, target)
        with pytest.raises(YiLocalError, match="sends us to another address"):
            found_at(plain.url, "sk-123")
        assert not other.asked


def test_nobody_there_is_told_with_what_to_do(plain: StandIn) -> None:
    with running(server()) as gone:
        url = gone.url
    with pytest.raises(YiLocalError, match="Nothing listens at 127") as caught:
        found_at(url)
    assert caught.value.hint == "Is the server running? Start it, or check the port."


def test_a_name_that_is_none_is_told() -> None:
    with pytest.raises(YiLocalError, match=r"nobody\.invalid cannot be resolved"):
        found_at("http://nobody.invalid/v1")


def test_tls_where_there_is_none_is_told(plain: StandIn) -> None:
    with pytest.raises(YiLocalError, match=r"do not agree on TLS|breaks the connection"):
        found_at(plain.url.replace("http:", "https:"))


def test_a_server_that_does_not_answer_is_not_waited_for(plain: StandIn) -> None:
    plain.routes["GET", "/v1/models"] = stand_in.silent
    with pytest.raises(YiLocalError, match="does not answer in time"):
        find(parse_address(plain.url), Access(), timeout_s=0.2)


def test_no_proxy_leads_to_this_computer(plain: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert found_at(plain.url).models


def test_the_environments_proxy_leads_to_other_computers(
    plain: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", plain.url)
    monkeypatch.setenv("http_proxy", plain.url)
    monkeypatch.setenv("NO_PROXY", "localhost")
    monkeypatch.setenv("no_proxy", "localhost")
    plain.routes["GET", "http://api.example.test/v1/models"] = models("tiny")
    assert found_at("http://api.example.test").models[0].name == "tiny"


def test_offline_another_computer_is_not_asked() -> None:
    with pytest.raises(UsageError, match=r"Offline, so 192\.0\.2\.1 is not asked"):
        find(Address("http://192.0.2.1"), Access(offline=lambda: True))
