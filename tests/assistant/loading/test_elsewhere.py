"""Conversations with models of other servers, through the same sessions as those with ours."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.elsewhere.stand_in import (
    delta,
    finish,
    held,
    llama_server,
    ollama,
    reply,
    running,
    server,
    streamed,
)
from tests.server.live import Live
from tests.talking import kept_of, said, text_of
from tests.tiny_gguf import write_smallest
from yi_local.assistant.loading.open_model import Models
from yi_local.assistant.talk.replay import Replay
from yi_local.assistant.talk.session import Session
from yi_local.engine.elsewhere.access import Access, access_with
from yi_local.engine.elsewhere.address import parse_address
from yi_local.errors import ModelNotFound, PromptTooLong, UsageError, YiLocalError
from yi_local.store.conversations import Store
from yi_local.types import Done, TextDelta

Talk = Callable[..., Session]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YI_LOCAL_HOME", str(tmp_path / "home"))


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as opened:
        yield opened


@pytest.fixture
def talk(store: Store) -> Iterator[Talk]:
    """A session with "MODEL@URL"."""
    opened: list[Models] = []

    def begin(name: str, access: Access | None = None, **fields: object) -> Session:
        models = Models(access=access)
        opened.append(models)
        model = models.open(name)
        return Session(store, store.create(model=name, **fields), model)

    yield begin
    for models in opened:
        models.close()


def test_what_is_said_is_sent_kept_and_has_a_receipt(talk: Talk, store: Store) -> None:
    with running(server()) as made:
        session = talk(f"tiny@{made.url}", system="Be brief.")
        node = kept_of(session.send("Hi"))
        kept_of(session.send("And?"))
    assert said(session)[:2] == [("user", "Hi"), ("assistant", "Hello there.")]
    assert [message["role"] for message in made.chats()[1]["messages"]] == [
        "system", "user", "assistant", "user",
    ]  # fmt: skip
    receipt = store.node(node.id).receipt
    assert receipt is not None
    assert receipt.server == f"{made.url}/v1"
    assert (receipt.filename, receipt.sha256, receipt.llama_cpp) == (None, None, None)
    assert receipt.sampling.chosen == ()


def test_only_what_the_conversation_chose_is_sent(talk: Talk) -> None:
    with running(server()) as made:
        session = talk(f"tiny@{made.url}", sampling={"temperature": 0.7, "stop": ["x"]})
        text_of(session.send("Hi"))
        session.set_sampling({})
        text_of(session.send("Hi"))
    first, second = made.chats()
    assert (first["temperature"], first["stop"]) == (0.7, ["x"])
    assert second.keys() == {"model", "messages", "stream", "stream_options"}


def test_neither_key_nor_password_is_kept(talk: Talk, store: Store) -> None:
    with running(server()) as made:
        access = access_with(parse_address(made.url), "sk-secret")
        node = kept_of(talk(f"tiny@{made.url}", access).send("Hi"))
    assert made.asked[-1].headers["authorization"] == "Bearer sk-secret"
    assert "secret" not in repr(store.node(node.id))
    with pytest.raises(UsageError):
        talk("tiny@http://me:secret@localhost:1")


def test_a_model_says_where_it_is_and_what_it_remembers(talk: Talk) -> None:
    with running(ollama()) as made:
        session = talk(f"yi@{made.url}/v1")
        model = session.model
        assert (model.title, model.where, model.is_private) == ("yi", made.host, True)
        assert (model.loaded, model.n_ctx, session.meter()) == (False, None, None)
        assert list(session.load()) == []
        assert (model.loaded, model.n_ctx, model.info) == (True, 8192, None)
        meter = session.meter()
        assert meter is not None
        assert (meter.n_ctx, meter.estimated) == (8192, False)
    assert not talk("a@https://api.example.com/v1").model.is_private


def test_a_context_that_is_told_only_after_the_first_answer_is_learnt_then(talk: Talk) -> None:
    with running(ollama()) as made:
        session = talk(f"qwen2.5:7b@{made.url}")
        text_of(session.send("Hi"))
        assert session.model.n_ctx is None
        loaded = {"name": "qwen2.5:7b", "context_length": 4096}
        made.routes["GET", "/api/ps"] = reply({"models": [loaded]})
        text_of(session.send("Hi"))
        assert session.model.n_ctx == 4096


def test_the_window_is_held_by_estimates_where_the_server_tells_its_size(talk: Talk) -> None:
    with running(llama_server(n_ctx=256)) as made:
        session = talk(f"/models/yi-1.5-6b-chat-q4_k_m.gguf@{made.url}")
        text_of(session.send("one " * 120))
        text_of(session.send("two " * 120))
        assert len(made.chats()[1]["messages"]) == 1
        with pytest.raises(PromptTooLong):
            text_of(session.send("word " * 1000))


def test_an_unknown_model_and_an_absent_server_are_told(talk: Talk) -> None:
    with running(server()) as made:
        with pytest.raises(ModelNotFound, match='has no model "other"'):
            text_of(talk(f"other@{made.url}").send("Hi"))
        gone = made.url
    with pytest.raises(YiLocalError, match="Nothing listens"):
        text_of(talk(f"tiny@{gone}").send("Hi"))


def test_what_came_is_kept_when_the_server_breaks_off(talk: Talk) -> None:
    with running(server(streamed(delta("One"), done=False))) as made:
        session = talk(f"tiny@{made.url}")
        with pytest.raises(YiLocalError, match="broke off"):
            text_of(session.send("Hi"))
    assert said(session) == [("user", "Hi"), ("assistant", "One")]
    assert session.path()[-1].finish_reason == "error"


def test_stopping_keeps_what_came(talk: Talk) -> None:
    with running(server(held(delta("One")))) as made:
        session = talk(f"tiny@{made.url}")
        reasons = []
        for event in session.send("Hi"):
            if isinstance(event, TextDelta):
                session.cancel()
            if isinstance(event, Done):
                reasons.append(event.finish_reason)
        assert made.gone.wait(5)
    assert reasons == ["cancelled"]
    assert said(session)[-1] == ("assistant", "One")


def test_an_answer_goes_on_only_where_that_is_known_to_work(talk: Talk) -> None:
    cut = streamed(delta("One"), finish("length"))
    with running(llama_server(cut)) as made:
        session = talk(f"/models/yi-1.5-6b-chat-q4_k_m.gguf@{made.url}")
        text_of(session.send("Count"))
        made.routes["POST", "/v1/chat/completions"] = streamed(delta(", two."), finish())
        text_of(session.go_on())
        assert said(session)[-1] == ("assistant", "One, two.")
    with running(server(cut)) as made:
        session = talk(f"tiny@{made.url}")
        text_of(session.send("Count"))
        with pytest.raises(UsageError, match="might begin anew"):
            text_of(session.go_on())
        assert said(session)[-1] == ("assistant", "One")


def test_offline_is_heeded_when_it_is_switched_on_in_between(talk: Talk) -> None:
    offline = [False]
    access = Access(offline=lambda: offline[0])
    session = talk("a@http://192.0.2.1/v1", access)
    offline[0] = True
    with pytest.raises(UsageError, match="Offline"):
        text_of(session.send("Hi"))
    with pytest.raises(UsageError, match="Offline"):
        talk("b@http://192.0.2.1/v1", access)


def test_an_answer_of_another_server_is_not_replayed(talk: Talk, store: Store) -> None:
    with running(server()) as made, Models() as models:
        node = kept_of(talk(f"tiny@{made.url}").send("Hi"))
        with pytest.raises(UsageError, match="came from another server"):
            Replay(store, node.id, models)


def test_a_model_that_nobody_names_is_opened_once() -> None:
    with Models() as models:
        first = models.open("a@http://localhost:1/v1")
        assert models.open("a@http://localhost:1/v1") is first
        assert models.opened() == ()


# -- our own server, over real HTTP


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    write_smallest(tmp_path / "tiny.gguf")
    started = Live(tmp_path)
    yield started
    started.close()


def test_yi_serve_answers_as_the_engine_behind_it(live: Live, talk: Talk) -> None:
    session = talk(f"tiny@{live.url}", sampling={"top_k": 7, "seed": 3})
    node = kept_of(session.send("say 你好, world"))
    assert node.message.content == "你好, world"
    usage = node.receipt.usage if node.receipt is not None else None
    assert usage is not None
    assert usage.completion_tokens > 0
    assert usage.prompt_tokens
    sent = json.loads(text_of(session.send("sampling")))
    assert (sent["top_k"], sent["seed"]) == (7, 3)


def test_yi_serve_goes_on_with_an_answer(live: Live, talk: Talk) -> None:
    session = talk(f"tiny@{live.url}", sampling={"max_tokens": 2})
    node = kept_of(session.send("cut"))
    assert (node.message.content, node.finish_reason) == ("word word ", "length")
    assert kept_of(session.go_on()).id == node.id
    assert session.path()[-1].message.content == "word " * 4


def test_yi_serve_is_stopped(live: Live, talk: Talk) -> None:
    session = talk(f"tiny@{live.url}")
    for event in session.send("tick"):
        if isinstance(event, TextDelta):
            session.cancel()
    assert session.path()[-1].finish_reason == "cancelled"


def test_an_error_of_yi_serve_comes_in_its_own_words(live: Live, talk: Talk) -> None:
    session = talk(f"nobody@{live.url}")
    with pytest.raises(ModelNotFound, match='has no model "nobody"') as caught:
        text_of(session.send("Hi"))
    assert caught.value.hint is not None
    assert "tiny" in caught.value.hint


def test_a_reply_without_a_stream_is_an_answer_too(talk: Talk) -> None:
    whole = reply({"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]})
    with running(server(whole)) as made:
        assert text_of(talk(f"tiny@{made.url}").send("Hi")) == "Yes."
