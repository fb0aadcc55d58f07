"""A damaged file is put aside as it is, told of, and what can be read of it comes over."""

import errno
import os
import random
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.store.talking import answer, ask, texts
from yi_local.errors import YiLocalError
from yi_local.store.conversations import Store
from yi_local.store.database import opening
from yi_local.store.database.connections import suspicion_of
from yi_local.store.database.mending import mended

PAGE = 4096
MANY = 60  # messages in each conversation


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three conversations over some hundred pages, closed well."""
    path = tmp_path_factory.mktemp("sound") / "conversations.db"
    with Store(path) as store:
        for name in ("甲", "乙", "丙"):
            conversation = store.create(title=f"对话{name}", system="系统" * 50)
            words = (f"{name}{n} 人工智能 {'长' * (n * 37 % 3000)}" for n in range(MANY))
            ask(store, *words, conversation_id=conversation.id)
        store.keep_note("last model", "demo")
    return path


def damaged(sound: Path, path: Path, harm: Callable[[bytearray], None]) -> bytes:
    data = bytearray(sound.read_bytes())
    harm(data)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return bytes(data)


def noise(data: bytearray, start: int, size: int) -> None:
    data[start : start + size] = random.Random(3).randbytes(size)


def works(path: Path) -> None:
    with Store(path) as store:
        assert store.recovered is None
        [question] = ask(store, "新的开始")
        answer(store, question, "好")
        assert store.search("新的")[0].node_id == question.id


def asides(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.corrupt-*"))


@pytest.mark.parametrize("size", [16, 100, PAGE])
def test_a_file_whose_beginning_is_lost_comes_back_whole(
    sound: Path, path: Path, size: int
) -> None:
    before = damaged(sound, path, lambda data: noise(data, 0, size))
    with Store(path) as store, Store(sound) as original:
        assert store.recovered is not None
        assert f"{3 * MANY} messages" in store.recovered
        [aside] = asides(path)
        assert str(aside) in store.recovered
        assert aside.read_bytes() == before
        assert store.conversations() == original.conversations()
        for conversation in original.conversations():
            assert store.path(conversation.id) == original.path(conversation.id)
        assert len(store.search("人工智能", limit=1_000)) == 3 * MANY
        assert store.note("last model") == "demo"
    works(path)


def test_half_a_file_gives_back_its_half(sound: Path, path: Path) -> None:
    damaged(sound, path, lambda data: data.__delitem__(slice(len(data) // 2, None)))
    with Store(path) as store:
        assert store.recovered is not None
        kept = [len(store.path_ids(each.id)) for each in store.conversations()]
        assert MANY <= sum(kept) < 3 * MANY
        assert kept == [each.n_messages for each in store.conversations()]
    works(path)


def test_a_file_that_ends_within_a_page_is_not_trusted(sound: Path, path: Path) -> None:
    damaged(sound, path, lambda data: data.__delitem__(slice(-100, None)))
    with Store(path) as store:
        assert store.recovered is not None
    works(path)


def test_any_broken_page_costs_little(sound: Path, path: Path) -> None:
    pages = len(sound.read_bytes()) // PAGE
    for page in random.Random(8).sample(range(1, pages), 12):
        damaged(sound, path, lambda data, page=page: noise(data, page * PAGE, PAGE))
        with Store(path) as store:
            told, listed = store.recovered, store.conversations()
            kept = sum(len(store.path_ids(each.id)) for each in listed)
            assert kept == sum(each.n_messages for each in listed)
            assert len(store.search("人工智能", limit=1_000)) <= kept
            if told is None:  # a page that nobody uses, or only the text of a message
                assert kept == 3 * MANY
            else:
                assert kept >= 3 * MANY - 40, page
        works(path)
        shutil.rmtree(path.parent)


@pytest.mark.parametrize("content", [b"hello", b"no database\n" * 1_000, bytes(PAGE)])
def test_what_is_no_database_is_put_aside(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with Store(path) as store:
        assert store.recovered is not None
        assert "nothing in it could be read" in store.recovered
        assert store.conversations() == ()
    assert [aside.read_bytes() for aside in asides(path)] == [content]
    works(path)


def test_an_empty_file_is_a_new_database(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    works(path)


def test_two_damaged_files_are_both_kept(sound: Path, path: Path) -> None:
    for _ in range(2):
        damaged(sound, path, lambda data: noise(data, 0, 64))
        Store(path).close()
    assert len(asides(path)) == 2


def test_of_many_that_meet_the_damage_at_once_one_puts_it_right(sound: Path, path: Path) -> None:
    damaged(sound, path, lambda data: noise(data, 0, 64))

    def opened(_: int) -> tuple[str | None, int]:
        with Store(path) as store:
            return store.recovered, sum(each.n_messages for each in store.conversations())

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(opened, range(4)))
    assert len([told for told, _ in found if told]) == 1
    assert len(asides(path)) == 1
    assert {count for told, count in found if told} == {3 * MANY}
    works(path)


def test_a_recovery_that_finds_no_room_leaves_everything_as_it_was(
    sound: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = damaged(sound, path, lambda data: noise(data, 0, 64))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(YiLocalError, match=r"cannot be put aside: .*No space left"):
            Store(path)
    assert path.read_bytes() == before
    assert asides(path) == []
    with Store(path) as store:
        assert store.recovered is not None


def test_what_the_log_holds_comes_over_too(path: Path) -> None:
    with Store(path) as store:
        nodes = ask(store, "in the log only", "也在")
        log = path.with_name(f"{path.name}-wal")
        kept_log, kept = log.read_bytes(), bytearray(path.read_bytes())
    kept[:16] = b"0" * 16
    path.write_bytes(kept)
    log.write_bytes(kept_log)
    with Store(path) as store:
        assert texts(store.path(nodes[0].conversation_id)) == ["in the log only", "也在"]


def test_damage_that_is_met_later_is_looked_for_at_the_next_start(
    sound: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_LOOK_S", -1.0)  # a file too large for a look at every page
    monkeypatch.setattr(opening, "_STEPS", 1)
    damaged(sound, path, lambda data: noise(data, 10 * PAGE, len(data) // 2 // PAGE * PAGE))
    with Store(path) as store:
        assert store.recovered is None
        with pytest.raises(YiLocalError, match="is damaged") as caught:
            [store.tree(number) for number in range(1, 4)]
        assert "Start again" in str(caught.value.hint)
    assert suspicion_of(path).exists()
    with Store(path) as store:
        assert store.recovered is not None
    assert not suspicion_of(path).exists()
    works(path)


def test_a_suspicion_without_damage_is_dropped(store: Store, path: Path) -> None:
    [node] = ask(store, "x")
    suspicion_of(path).touch()
    with Store(path) as again:
        assert again.recovered is None
        assert again.path_ids(node.conversation_id) == (node.id,)
    assert not suspicion_of(path).exists()


def test_messages_without_parent_or_conversation_find_their_place() -> None:
    plain = {"role": "user", "content": "x", "created_s": 1.0, "chosen_child_id": None}
    rows = mended(
        {
            "conversations": [{"id": 1, "chosen_root_id": 77, "title": "t"}, {"id": "no"}],
            "messages": [
                {**plain, "id": 3, "conversation_id": 1, "parent_id": 2},
                {**plain, "id": 4, "conversation_id": 1, "parent_id": 3},
                {**plain, "id": 6, "conversation_id": 1, "parent_id": 5},
                {**plain, "id": 8, "conversation_id": 9, "parent_id": 7},
                {**plain, "id": 10, "conversation_id": 1, "parent_id": None, "role": b"\x00"},
            ],
            "notes": [{"name": "a", "value": "b"}, {"name": None, "value": "c"}],
        }
    )
    assert [(row["id"], row["parent_id"]) for row in rows["messages"]] == [
        (3, None),
        (4, 3),
        (6, 4),
        (8, None),
    ]
    first, lost = rows["conversations"]
    assert (first["chosen_root_id"], first["leaf_id"], first["n_messages"]) == (3, 6, 3)
    assert (lost["id"], lost["title"], lost["leaf_id"]) == (9, "", 8)
    assert rows["notes"] == [{"name": "a", "value": "b"}]
