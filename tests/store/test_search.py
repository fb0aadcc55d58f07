"""What was said is found again: in Chinese, Japanese and English, by one character or by many."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.talking import answer, ask
from yi_local.store.conversations import Store
from yi_local.store.records import Attachment, Conversation, Node
from yi_local.text import width_of
from yi_local.types import Message

SAID = {
    "travel": "我想去北京旅行三天，请帮我安排一个不太累的行程，最好有博物馆和地道的小吃。",
    "ai": "人工智能正在改变医疗行业，尤其是影像诊断。",
    "llama": "用llama模型回答时，上下文太长会怎么样？ＧＰＵ显存只有８ＧＢ。",
    "poem": "床前明月光，疑是地上霜。\n举头望明月，低头思故乡。",
    "traditional": "臺灣的夜市裡，蚵仔煎和珍珠奶茶最受歡迎。",
    "tokyo": "東京タワーの近くで、おすすめのラーメン屋を教えてください。",
    "halfwidth": "ｶﾞｲﾄﾞﾌﾞｯｸを買いました。コーヒーを飲みます。",
    "english": 'The café serves naïve customers; Mr. O\'Brien said "never again" (in 2023).',
    "code": "In C++ you write std::vector<int> max_tokens; in C you do not.",
    "german": "Die Straße ist naß, und das Mädchen lacht.",
    "russian": "Ёжик в тумане идёт домой.",
    "korean": "서울에서 김치찌개를 먹었습니다.",
    "thai": "ฉันชอบกินข้าวผัด",
    "emoji": "Wonderful 🎉 → done ✅",
}


def repr_short(text: str) -> str:
    return ascii(text[:10])


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[Store, dict[int, str]]]:
    with Store.in_memory() as store:
        yield store, {ask(store, text)[0].id: name for name, text in SAID.items()}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("京", "travel tokyo"),
        ("北京", "travel"),
        ("吃", "travel"),
        ("旅行三天", "travel"),
        ("行程 北京", "travel"),
        ("行旅", ""),
        ("人工智能", "ai"),
        ("工智", "ai"),
        ("断", "ai"),
        ("人智", ""),
        ("llama模型", "llama"),
        ("模型 LLAMA", "llama"),
        ("gpu", "llama"),
        ("8GB", "llama"),
        ("８ｇｂ", "llama"),
        ("长会", "llama"),
        ("明月", "poem"),
        ("霜举头", ""),
        ("珍珠奶茶", "traditional"),
        ("タワー", "tokyo"),
        ("ラーメン", "tokyo"),
        ("の", "tokyo"),
        ("ガイドブック", "halfwidth"),
        ("ｺｰﾋｰ", "halfwidth"),
        ("ー", "tokyo halfwidth"),
        ("cafe", "english"),
        ("CAFÉ", "english"),
        ("cafe\u0301", "english"),
        ("naive cust", "english"),
        ("cust naive", ""),  # only the last word may be a beginning
        ("ustomers", ""),
        ("o'brien", "english"),
        ("2023", "english"),
        ("C++", "code"),
        ("std::vector", "code"),
        ("max_tokens", "code"),
        ("strasse", "german"),
        ("STRAßE", "german"),
        ("madchen", "german"),
        ("ежик", "russian"),
        ("김치", "korean"),
        ("치찌", "korean"),
        ("ข้าว", "thai"),
        ("🎉", "emoji"),
        ("→", "emoji"),
        ("；", "english code"),  # marks are looked for one message after the other
        ("，", "travel ai llama poem traditional german"),
    ],
)
def test_a_query_finds_its_messages(
    asked: tuple[Store, dict[int, str]], query: str, names: str
) -> None:
    store, name_of = asked
    found = {name_of[hit.node_id] for hit in store.search(query)}
    if query == "C++":
        assert name_of[store.search(query)[0].node_id] == "code"
        found = {"code"}
    assert found == set(names.split())


def test_every_piece_of_chinese_and_japanese_finds_its_message(
    asked: tuple[Store, dict[int, str]],
) -> None:
    store, name_of = asked
    random.seed(11)
    for name in ("travel", "ai", "poem", "traditional", "tokyo"):
        text = SAID[name].replace("\n", "")
        for _ in range(60):
            start = random.randrange(len(text))
            query = text[start : start + random.randint(1, 6)]
            assert name in {name_of[hit.node_id] for hit in store.search(query)}, query


@pytest.mark.parametrize(
    "query",
    [
        *('"', '""', "*", "a*", "^a", "a OR", "AND", "NOT x", "NEAR(a b)", "terms:a", "found"),
        *("(", "{a}", "-a", "+ a", "a'b", "';--", "%", "_", "\\", "\0", "a\0b", " ", "", "\n"),
        *("\ud800", "a\udc00", "\u0308", "\uff9e", "\u200b", "\U0010ffff", "𠀀"),
        *("x" * 100_000, "的" * 100_000, "a " * 5_000),
    ],
    ids=repr_short,
)
def test_any_text_is_a_query(asked: tuple[Store, dict[int, str]], query: str) -> None:
    store, _ = asked
    assert isinstance(store.search(query), tuple)


def test_a_hit_shows_what_stands_around_it(store: Store) -> None:
    [node] = ask(store, "前" * 100 + "第一行\n\n  第二行的Ｌlama模型\t很好" + "后" * 100)
    [hit] = store.search("llama模型")
    assert hit.node_id == node.id
    assert hit.role == "user"
    assert hit.conversation == store.conversation(node.conversation_id)
    assert hit.found == "Ｌlama模型"
    assert hit.before.startswith("…前")
    assert hit.before.endswith("第一行 第二行的")
    assert hit.after.startswith(" 很好后")
    assert hit.after.endswith("后…")
    assert width_of(hit.before) <= 41
    assert width_of(hit.after) <= 41


def test_a_short_message_is_shown_whole(store: Store) -> None:
    ask(store, "Say hello to the world")
    [hit] = store.search("hello")
    assert (hit.before, hit.found, hit.after) == ("Say ", "hello", " to the world")


def test_a_cut_never_parts_a_letter_from_its_marks(store: Store) -> None:
    ask(store, "x" + "e\u0301" * 60 + " target " + "o\u0308" * 60)
    [hit] = store.search("target")
    assert hit.before.startswith("…e\u0301")
    assert hit.after.endswith("o\u0308…")


def test_the_text_as_typed_comes_before_its_parts(store: Store) -> None:
    ask(store, *["有别的事情"] * 20)
    apart, together, long = ask(
        store,
        "模型很大，llama跑得动。模型 llama 模型 llama",
        "用 llama模型",
        "llama模型" + "无关的话" * 300,
    )
    hits = store.search("llama模型")
    assert [hit.node_id for hit in hits] == [together.id, long.id, apart.id]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_of_equally_good_ones_the_newest_comes_first(store: Store) -> None:
    nodes = ask(store, *["the same words"] * 5)
    assert [hit.node_id for hit in store.search("same")] == [node.id for node in reversed(nodes)]
    assert [hit.node_id for hit in store.search("same", limit=2)] == [nodes[4].id, nodes[3].id]
    assert store.search("same", limit=0) == ()


def test_every_branch_is_found_and_one_conversation_can_be_searched_alone(store: Store) -> None:
    [first] = ask(store, "苹果")
    store.ask(first.conversation_id, None, "苹果派")
    [other] = ask(store, "苹果汁")
    assert len(store.search("苹果")) == 3
    hits = store.search("苹果", conversation_id=first.conversation_id)
    assert {hit.conversation.id for hit in hits} == {first.conversation_id}
    assert len(hits) == 2
    assert len(store.search("？", conversation_id=first.conversation_id)) == 0
    assert store.search("苹果", conversation_id=other.conversation_id)[0].node_id == other.id


def test_titles_are_found_and_follow_their_changes(store: Store) -> None:
    [first] = ask(store, "?")
    store.update(first.conversation_id, title="量子力学入门")
    [hit] = store.search("量子")
    assert (hit.role, hit.node_id, hit.found) == ("title", first.id, "量子")
    assert [hit.role for hit in store.search("量子", conversation_id=first.conversation_id)] == [
        "title"
    ]
    store.update(first.conversation_id, title="别的")
    assert store.search("量子") == ()
    assert len(store.search("别的")) == 1


def test_a_title_that_repeats_the_first_question_is_shown_once(store: Store) -> None:
    [first] = ask(store, "量子力学是什么？")
    store.update(first.conversation_id, title="量子力学是什么")
    assert [hit.role for hit in store.search("量子")] == ["user"]


def test_names_of_attached_files_are_found(store: Store) -> None:
    conversation = store.create()
    store.ask(conversation.id, None, "总结", [Attachment("年度报告.txt", "not searched")])
    assert store.search("年度报告")[0].found == "年度报告"
    assert store.search("searched") == ()


def test_an_answer_is_found_with_its_last_text(store: Store) -> None:
    [question] = ask(store, "?")
    begun = store.begin_answer(question.conversation_id, question.id, "demo")
    store.write(begun.id, "erste Fassung")
    assert len(store.search("erste")) == 1  # also while it grows
    store.write(begun.id, "zweite Fassung")
    assert store.search("erste") == ()
    store.finish(begun.id, "dritte Fassung", "stop", None)
    assert store.search("zweite") == ()
    assert [hit.role for hit in store.search("dritte")] == ["assistant"]


def test_what_a_killed_program_had_not_indexed_is_found(path: Path) -> None:
    with Store(path) as store:
        [question] = ask(store, "?")
        begun = store.begin_answer(question.conversation_id, question.id, "demo")
        store.write(begun.id, "halbe Antwort")
    with Store(path) as store:
        assert store.search("halbe")[0].node_id == begun.id


def test_a_damaged_index_is_made_anew(path: Path) -> None:
    with Store(path) as store:
        nodes = ask(store, "苹果", "apple")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE found_data SET block = randomblob(40)")
    with Store(path) as store:
        assert [hit.node_id for hit in store.search("苹果")] == [nodes[0].id]
        below = store.ask(nodes[0].conversation_id, nodes[1].id, "pear")
        assert [hit.node_id for hit in store.search("pear")] == [below.id]
    with Store(path) as store:
        assert store.recovered is None


def test_a_damaged_index_keeps_nobody_from_talking(path: Path) -> None:
    with Store(path) as store:
        [question] = ask(store, "苹果")
        cut = answer(store, question, "half")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE found_data SET block = randomblob(40)")
    with Store(path) as store:
        store.write(cut.id, "half an answer")
        store.finish(cut.id, "half an answer, the other half", "stop", None)
        assert [hit.node_id for hit in store.search("other half")] == [cut.id]


def test_no_damage_of_the_index_is_in_the_way_of_the_messages(tmp_path: Path) -> None:
    """FTS5 finds it when it writes, when it commits, or by asking for absurd amounts of memory."""
    for seed in range(48):
        path = tmp_path / f"{seed}.db"
        with Store(path) as store:
            [question] = ask(store, "苹果")
            cut = answer(store, question, "half")
        with closing(sqlite3.connect(path)) as connection, connection:
            block = random.Random(seed).randbytes(40)
            connection.execute("UPDATE found_data SET block = ?", (block,))
        with Store(path) as store:
            match seed % 4:
                case 0:
                    store.write(cut.id, "half an answer")
                case 1:
                    store.update(question.conversation_id, title="Another title")
                case 2:
                    store.remove(question.conversation_id)
            [said] = ask(store, "梨")
            assert [hit.node_id for hit in store.search("梨")] == [said.id]
            assert len(store.search("苹果")) == (seed % 4 != 2)
            assert len(store.search("half an answer")) == (seed % 4 == 0)


def test_an_index_of_other_rules_is_made_anew(path: Path) -> None:
    with Store(path) as store:
        [node] = ask(store, "苹果")
        store.keep_note("search index", "older rules")
    with Store(path) as store:
        assert [hit.node_id for hit in store.search("苹果")] == [node.id]
        store.remove(node.conversation_id)
        assert store.search("苹果") == ()


def test_without_fts5_messages_are_read_one_by_one(path: Path) -> None:
    with Store(path) as store:
        [gone] = ask(store, "Äpfel und Birnen")
        store._index.available = False
        [node] = ask(store, "我喜欢吃苹果。Apples!")
        store.update(node.conversation_id, title="水果")
        assert [hit.node_id for hit in store.search("苹")] == [node.id]
        assert [hit.found for hit in store.search("apfel")] == ["Äpfel"]
        assert [hit.role for hit in store.search("水果")] == ["title"]
        store.remove(gone.conversation_id)
        assert store.search("apfel") == ()
    with Store(path) as store:  # and with it again, nothing is missing and nothing left over
        assert store.search("apfel") == ()
        assert [hit.node_id for hit in store.search("苹果")] == [node.id]


def test_twenty_thousand_messages_are_searched(store: Store) -> None:
    plain = Conversation(0, "", False, None, None, None)
    for start in range(0, 20_000, 1_000):
        nodes = [
            Node(n, 0, None, Message("user", f"第{n}号问题：今天天气怎么样？ No. {n}"), 1.0, None)
            for n in range(start, start + 1_000)
        ]
        store.put(plain, nodes, ())
    assert [hit.found for hit in store.search("第19876号")] == ["第19876号"]
    assert len(store.search("天气", limit=500)) == 500
    assert len(store.search("气", limit=10)) == 10
    assert (
        store.search("19876")[0].before.endswith("No. ") or store.search("19876")[0].before == "第"
    )
