"""The list of conversations: what it shows, and what it says is wished."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from textual import on
from textual.app import ComposeResult
from textual.message import Message

from tests.tui.host import Host, type_text
from tests.tui.snapshot import screen_text
from tests.tui.waiting import until
from yi_local.store.records import Conversation, Hit
from yi_local.text import width_of
from yi_local.tui.widgets.conversation_entry import (
    around,
    conversation_entry,
    day_name,
    hit_entry,
    limited,
)
from yi_local.tui.widgets.conversation_list import ConversationList
from yi_local.tui.widgets.entries import Entries

NOW_S = time.time()
CHINESE = "请用三句话介绍北京大学的历史，以及它在中国高等教育中的地位和影响，不要太长"


def conversation(number: int, title: str = "", *, days_ago: int = 0) -> Conversation:
    moment_s = NOW_S - days_ago * 86_400
    return Conversation(
        number, title or f"Title {number}", False, None, "/models/yi.gguf", None, {}, 0, moment_s, 2
    )


def hit(before: str, found: str, after: str, title: str = "A title") -> Hit:
    return Hit(conversation(7, title), 70, "user", before, found, after, 1.0)


class ListHost(Host):
    def compose(self) -> ComposeResult:
        yield ConversationList()

    @property
    def list(self) -> ConversationList:
        return self.query_one(ConversationList)

    @on(ConversationList.Chosen)
    @on(ConversationList.Searched)
    @on(ConversationList.Deleted)
    @on(ConversationList.Renamed)
    @on(ConversationList.MoreWanted)
    @on(ConversationList.Left)
    def _hear(self, message: Message) -> None:
        self.hear(message)


def many(count: int) -> Sequence[Conversation]:
    return [conversation(number) for number in range(1, count + 1)]


# -- what stands in an entry


def test_a_title_takes_two_lines_and_says_that_more_follows() -> None:
    shown = conversation_entry(conversation(1, CHINESE), 29, is_current=False).plain.split("\n")
    assert len(shown) == 3
    assert shown[1].endswith("..")
    assert shown[2] == "  yi"
    assert all(width_of(line) <= 29 for line in shown)


def test_the_current_one_is_marked_without_colour() -> None:
    assert conversation_entry(conversation(1), 29, is_current=True).plain.startswith("> Title 1")


def test_a_title_is_never_markup_and_never_moves_the_cursor() -> None:
    odd = replace(conversation(1), title="[b]x[/y] \x1b[2J\n[@click=app.quit]go[/]")
    plain = conversation_entry(odd, 60, is_current=False).plain
    assert "[b]x[/y] [2J [@click=app.quit]go[/]" in plain
    assert "\x1b" not in plain


def test_what_was_found_is_underlined() -> None:
    entry = hit_entry(hit("the light of the ", "sky", " is scattered"), 29)
    marked = [
        entry.plain[span.start : span.end] for span in entry.spans if "underline" in str(span.style)
    ]
    assert marked == ["sky"]


def test_what_was_found_stays_in_the_middle_of_long_text() -> None:
    before, found, after = around(hit("前面的话" * 30, "瑞利", "后面的话" * 30), 40)
    assert found == "瑞利"
    assert before.startswith("..")
    assert after.endswith("..")
    assert 36 <= width_of(before + found + after) <= 40


def test_blanks_beside_what_was_found_stay() -> None:
    assert around(hit("of the ", "sky", " is"), 40) == ("of the ", "sky", " is")


def test_days_have_names() -> None:
    today = date(2026, 3, 1)
    assert day_name(today, today) == "Today"
    assert day_name(today - timedelta(1), today) == "Yesterday"
    assert day_name(today - timedelta(2), today) == "2026-02-27"


def test_lines_never_grow_beyond_their_width() -> None:
    for width in range(4, 40):
        for text in (CHINESE, "a" * 100, "word " * 30, "混合 mixed 文字 text " * 5):
            assert all(width_of(line) <= width for line in limited(text, width, 2))


# -- the list


async def test_conversations_stand_under_their_days() -> None:
    async with ListHost().run_test(size=(32, 20)) as pilot:
        pilot.app.list.show([conversation(1), conversation(2, days_ago=1)], current=2)
        await pilot.pause()
        shown = screen_text(pilot.app)
        assert shown.index("Today") < shown.index("Title 1") < shown.index("Yesterday")
        assert "> Title 2" in shown


async def test_enter_chooses_the_highlighted_one() -> None:
    async with ListHost().run_test(size=(32, 20)) as pilot:
        pilot.app.list.show(many(3), current=None)
        await pilot.pause()
        pilot.app.list.focus_list()
        await pilot.press("down", "enter")
        assert pilot.app.heard(ConversationList.Chosen) == [ConversationList.Chosen(2, None)]


async def test_what_was_found_leads_to_its_message() -> None:
    async with ListHost().run_test(size=(32, 20)) as pilot:
        pilot.app.list.show_hits([hit("", "瑞利", "散射")])
        await pilot.pause()
        pilot.app.list.focus_list()
        await pilot.press("enter")
        assert pilot.app.heard(ConversationList.Chosen) == [ConversationList.Chosen(7, 70)]


async def test_a_search_is_told_once_when_one_stops_typing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long_s = 1.0  # longer than the machine ever takes from one key to the next
    monkeypatch.setattr("yi_local.tui.widgets.conversation_list._DEBOUNCE_S", long_s)
    async with ListHost().run_test(size=(32, 20)) as pilot:
        pilot.app.list.focus_search()
        await type_text(pilot, "sky")
        await until(pilot, lambda: pilot.app.heard(ConversationList.Searched))
        assert pilot.app.heard(ConversationList.Searched) == [ConversationList.Searched("sky")]


async def test_escape_leaves_the_search_first_and_then_the_list() -> None:
    async with ListHost().run_test(size=(32, 20)) as pilot:
        pilot.app.list.focus_search()
        await type_text(pilot, "sky")
        await pilot.press("escape")
        await until(pilot, lambda: ConversationList.Searched("") in pilot.app.said)
        assert pilot.app.heard(ConversationList.Left) == []
        await pilot.press("escape")
        assert len(pilot.app.heard(ConversationList.Left)) == 1


async def test_the_highlighted_one_can_be_renamed_and_deleted() -> None:
    async with ListHost().run_test(size=(32, 20)) as pilot:
        pilot.app.list.show(many(3), current=None)
        await pilot.pause()
        pilot.app.list.focus_list()
        await pilot.press("r", "down", "delete")
        assert pilot.app.heard(ConversationList.Renamed) == [ConversationList.Renamed(1)]
        assert pilot.app.heard(ConversationList.Deleted) == [ConversationList.Deleted(2)]


async def test_more_is_wanted_once_at_the_end_and_is_added_there() -> None:
    async with ListHost().run_test(size=(32, 20)) as pilot:
        wide = pilot.app.list
        wide.show(many(100), current=None)
        await pilot.pause()
        wide.focus_list()
        await pilot.press("end")
        await pilot.press("up", "down")
        assert len(pilot.app.heard(ConversationList.MoreWanted)) == 1
        wide.show(many(200), current=None)
        await pilot.pause()
        entries = wide.query_one(Entries)
        assert entries.option_count == 201
        assert entries.highlighted == 100
        await pilot.press("end")
        assert len(pilot.app.heard(ConversationList.MoreWanted)) == 2


async def test_the_highlight_stays_on_its_conversation_when_the_order_changes() -> None:
    async with ListHost().run_test(size=(32, 20)) as pilot:
        wide = pilot.app.list
        wide.show(many(5), current=None)
        await pilot.pause()
        wide.focus_list()
        await pilot.press("down", "down")
        wide.show(list(reversed(many(5))), current=None)
        await pilot.pause()
        option = wide.query_one(Entries).highlighted_option
        assert option is not None
        assert option.id == "conversation-3"


async def test_an_empty_list_says_so_in_words() -> None:
    async with ListHost().run_test(size=(32, 20)) as pilot:
        pilot.app.list.show([], current=None)
        await pilot.pause()
        assert "No conversations yet." in screen_text(pilot.app)
        pilot.app.list.show_hits([])
        await pilot.pause()
        assert "Nothing was found." in screen_text(pilot.app)


async def test_a_list_that_becomes_narrower_breaks_its_titles_anew() -> None:
    async with ListHost().run_test(size=(60, 20)) as pilot:
        pilot.app.list.styles.width = 20
        pilot.app.list.show([conversation(1, CHINESE)], current=None)
        await pilot.pause()
        assert all(width_of(line) <= 20 for line in screen_text(pilot.app).splitlines())


async def test_a_list_that_is_filled_before_it_is_shown_is_broken_for_its_width() -> None:
    async with ListHost().run_test(size=(60, 20)) as pilot:
        wide = pilot.app.list
        wide.display = False
        await pilot.pause()
        wide.show(many(300), current=None)
        wide.show(many(301), current=300)
        await pilot.pause()
        wide.display = True
        await until(pilot, lambda: "> Title 300" in screen_text(pilot.app))
        assert wide.query_one(Entries).option_count == 302


async def test_thousands_are_shown_in_a_moment() -> None:
    async with ListHost().run_test(size=(32, 20)) as pilot:
        wide = pilot.app.list
        begun = time.perf_counter()
        wide.show(many(3000), current=1500)
        await pilot.pause()
        assert "> Title 1500" in screen_text(pilot.app)
        assert time.perf_counter() - begun < 5
