"""The transcript: a window over a conversation of any length, and the reader's place in it."""

import time

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.tui.waiting import until
from yi_local.store.records import Attachment, Node
from yi_local.tui.chat.markdown_text import code_blocks, differs_when_streamed, pieces
from yi_local.tui.chat.pace import FIRST_S, SLOWEST_S, USUAL_S, pause_s
from yi_local.tui.chat.reading import spans
from yi_local.tui.themes import OWN_THEMES
from yi_local.tui.widgets.transcript.entry import Entry
from yi_local.tui.widgets.transcript.transcript import Transcript
from yi_local.tui.widgets.transcript.window import MOST, View, Window, lacking, superfluous
from yi_local.types import Message

ANSWER = "Here is **how**:\n\n1. one\n2. two\n\n```python\nprint({n})\n```\n\nAnd so on.\n"


def node(n: int) -> Node:
    role = "user" if n % 2 else "assistant"
    text = f"Question {n}?" if n % 2 else ANSWER.format(n=n)
    return Node(n, 1, n - 1 or None, Message(role, text), 0.0, None if n % 2 else "stop")


class Made:
    """A source of numbered messages; counts how many were read."""

    def __init__(self, *ids: int) -> None:
        self.ids = tuple(ids)
        self.read = 0

    async def entries(self, first: int, last: int) -> list[Entry]:
        self.read += last - first
        return [Entry(node(n), (n,)) for n in self.ids[first:last]]


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()

    def on_mount(self) -> None:
        self.register_theme(OWN_THEMES[0])
        self.theme = OWN_THEMES[0].name


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def transcript_of(pilot: Pilot[None]) -> Transcript:
    return pilot.app.query_one(Transcript)


async def test_a_conversation_of_5000_messages_opens_at_once_at_its_end() -> None:
    async with Host().run_test(size=(80, 24)) as pilot:
        transcript, source = transcript_of(pilot), Made(*range(1, 5001))
        began = time.thread_time()
        await transcript.show(source)
        await until(pilot, lambda: transcript.turns)
        assert time.thread_time() - began < 0.5
        await settled(pilot)
        assert transcript.turns[-1].node_id == 5000
        assert transcript.scroll_y == transcript.max_scroll_y
        assert source.read <= 20


async def test_scrolling_reaches_any_place_with_few_messages_mounted() -> None:
    async with Host().run_test(size=(80, 24)) as pilot:
        transcript, source = transcript_of(pilot), Made(*range(1, 121))
        await transcript.show(source)
        await settled(pilot)
        most = 0
        while transcript.window.first > 0 or transcript.scroll_y > 0:
            transcript.scroll_page_up(animate=False)
            await settled(pilot)
            most = max(most, transcript.window.size)
        assert transcript.turns[0].node_id == 1
        while not transcript.window.is_at_end or transcript.scroll_y < transcript.max_scroll_y:
            transcript.scroll_page_down(animate=False)
            await settled(pilot)
            most = max(most, transcript.window.size)
        assert transcript.turns[-1].node_id == 120
        assert most <= MOST + 10


async def test_at_the_top_row_a_little_more_is_loaded_not_everything() -> None:
    async with Host().run_test(size=(80, 24)) as pilot:
        transcript = transcript_of(pilot)
        await transcript.show(Made(*range(1, 1001)))
        await settled(pilot)
        transcript.scroll_home(animate=False)
        await settled(pilot)
        assert transcript.window.size <= MOST
        assert transcript.scroll_y > 0


async def test_loading_earlier_messages_leaves_what_is_read_where_it_is() -> None:
    async with Host().run_test(size=(80, 24)) as pilot:
        transcript = transcript_of(pilot)
        await transcript.show(Made(*range(1, 101)))
        await settled(pilot)
        transcript.scroll_to(y=5, animate=False)
        seen = next(turn for turn in transcript.turns if turn.region.y >= 0 and turn.region.height)
        row, first = seen.region.y, transcript.window.first
        await pilot.pause()
        row = seen.region.y
        await settled(pilot)
        assert transcript.window.first < first
        assert seen.region.y == row


async def test_a_place_in_the_middle_can_be_opened_and_read_on_from_both_ways() -> None:
    async with Host().run_test(size=(80, 24)) as pilot:
        transcript = transcript_of(pilot)
        await transcript.show(Made(*range(1, 1001)), 501)
        await settled(pilot)
        turn = transcript.turn(501)
        assert turn is not None
        assert turn.region.y == transcript.region.y + 2
        assert transcript.window.first < 500 < transcript.window.last < 1000
        await transcript.to_last()
        await settled(pilot)
        assert transcript.turns[-1].node_id == 1000
        await transcript.to_first()
        await settled(pilot)
        assert transcript.turns[0].node_id == 1
        assert transcript.scroll_y == 0


async def test_another_path_keeps_what_both_have_in_common() -> None:
    async with Host().run_test(size=(80, 24)) as pilot:
        transcript = transcript_of(pilot)
        await transcript.show(Made(1, 2, 3, 4))
        await settled(pilot)
        kept = transcript.turns[:2]
        await transcript.renew(Made(1, 2, 11, 12))
        await settled(pilot)
        assert [turn.node_id for turn in transcript.turns] == [1, 2, 11, 12]
        assert transcript.turns[:2] == kept


async def test_a_reader_who_scrolled_up_is_not_moved_by_what_comes() -> None:
    async with Host().run_test(size=(80, 24)) as pilot:
        transcript = transcript_of(pilot)
        await transcript.show(Made(*range(1, 9)))
        await settled(pilot)
        transcript.scroll_to(y=10, animate=False)
        await settled(pilot)
        seen = transcript.turns[2]
        row = seen.region.y
        await transcript.renew(Made(*range(1, 11)))
        await settled(pilot)
        assert seen.region.y == row
        await transcript.renew(Made(*range(1, 13)), follow=True)
        await settled(pilot)
        assert transcript.scroll_y == transcript.max_scroll_y


async def test_the_place_is_kept_when_the_terminal_gets_another_width() -> None:
    async with Host().run_test(size=(100, 24)) as pilot:
        transcript = transcript_of(pilot)
        await transcript.show(Made(*range(1, 31)), 15)
        await settled(pilot)
        turn = transcript.turn(15)
        assert turn is not None
        row = turn.region.y
        await pilot.resize_terminal(50, 24)
        await settled(pilot)
        assert turn.region.y == row


async def test_a_question_shows_what_is_attached_to_it() -> None:
    class Attached(Made):
        async def entries(self, first: int, last: int) -> list[Entry]:
            file = Attachment("notes [x].txt", "a\nb")
            return [Entry(Node(1, 1, None, Message("user", "?"), 0.0, None, (file,)), (1,))]

    async with Host().run_test(size=(80, 24)) as pilot:
        await transcript_of(pilot).show(Attached(1))
        await settled(pilot)
        from tests.tui.snapshot import screen_text

        assert "[notes [x].txt · 2 lines]" in screen_text(pilot.app)


def test_what_is_seen_comes_first_then_what_is_above() -> None:
    view = View(rows=100, top=30, height=20)
    assert lacking(Window(10, 20, 30), view) is None
    assert lacking(Window(10, 20, 30), View(100, 5, 20)) == "earlier"
    assert lacking(Window(10, 20, 30), View(100, 75, 20)) == "later"
    assert lacking(Window(0, 30, 30), View(10, 0, 20)) is None


def test_only_what_is_far_from_the_view_goes() -> None:
    above, below = superfluous([10] * 60, View(rows=600, top=300, height=20))
    assert (above + below, above > 0, below > 0) == (20, True, True)
    assert superfluous([10] * 60, View(rows=600, top=0, height=20))[0] == 0
    assert superfluous([2000, 10], View(rows=2010, top=1990, height=20)) == (0, 0)


@pytest.mark.parametrize(
    ("age_s", "spent_s", "expected"),
    [(0.2, 0.001, FIRST_S), (5, 0.001, USUAL_S), (5, 0.018, 0.2), (5, 9.0, SLOWEST_S)],
)
def test_what_costs_more_is_painted_less_often(
    age_s: float, spent_s: float, expected: float
) -> None:
    assert pause_s(age_s, spent_s) == pytest.approx(expected)


def test_code_blocks_are_found_with_their_languages() -> None:
    text = "```python title=x\na = 1\n```\n\n- in a list\n\n  ```\n  b\n  ```\n\n```sh\nopen"
    found = [(block.language, block.code) for block in code_blocks(text)]
    assert found == [("python", "a = 1"), ("", "b"), ("sh", "open")]


def test_only_tables_and_reference_links_need_a_last_look() -> None:
    assert differs_when_streamed("| a | b |\n|---|---|\n| 1 | 2 |")
    assert differs_when_streamed("see [x][1]\n\n[1]: https://example.org")
    assert not differs_when_streamed("a | b\n\n---\n\n- c\n\n```\nd\n```")


def test_a_long_text_is_cut_between_its_blocks_only() -> None:
    text = "\n\n".join(["para"] * 40 + ["```\n" + "line\n" * 50 + "```"] + ["end"] * 3)
    parts = pieces(text, 20)
    assert "".join(parts) == text
    assert len(parts) > 3
    assert all(part.count("```") in (0, 2) for part in parts)


def test_numbers_that_follow_each_other_are_told_as_spans() -> None:
    assert spans([1, 2, 3, 4, 7, 9, 10]) == "1-4, 7, 9-10"
