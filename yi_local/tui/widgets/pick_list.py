"""A list that narrows as one types: a line for the search, and below what matches it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.fuzzy import Matcher
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from yi_local.language import tr
from yi_local.text import clean, cut, one_line, width_of

_GAP = 2  # columns
_MOVES = {"down": "cursor_down", "up": "cursor_up", "pagedown": "page_down", "pageup": "page_up"}
_SCATTERED = 3  # characters, from which on they need not stand together
_MARGINS = 3  # columns of the list that are no text: padding, scrollbar


@dataclass(frozen=True, slots=True)
class Pick:
    """Something to choose; `note` stands at the right, `detail` below."""

    id: str
    title: str
    note: str = ""
    detail: str = ""
    group: str = ""  # those of one group stand together, under its name
    also: str = ""  # found by it too, though it is not shown
    inert: bool = False  # only to be read; then the detail may have several lines


def matching(picks: Sequence[Pick], query: str) -> list[Pick]:
    """All in their order for an empty query; else every word must match, the best first."""
    words = query.split()
    if not words:
        return list(picks)
    matchers = [Matcher(word) for word in words]
    scored = [(_score(pick, matchers), pick) for pick in picks]
    found = sorted((each for each in scored if each[0] > 0), key=lambda each: -each[0])
    return [pick for _, pick in found]


def _score(pick: Pick, matchers: Sequence[Matcher]) -> float:
    """0 where a word is missing; the title counts more than the rest."""
    total = 0.0
    for matcher in matchers:
        beside = max(_match(matcher, text) for text in (pick.also, pick.note, pick.group))
        best = max(_match(matcher, pick.title), beside / 2)
        if best <= 0:
            return 0
        total += best
    return total


def _match(matcher: Matcher, text: str) -> float:
    """As a piece of the text; scattered over it, where more than chance would find it."""
    if matcher.query.casefold() in text.casefold():
        return 1 + matcher.match(text)
    return matcher.match(text) if len(matcher.query) >= _SCATTERED else 0


class PickList(Vertical):
    """The search has the focus; the arrows move in the list all the same."""

    DEFAULT_CSS = """
    PickList {
        height: 1fr;
        Input { margin: 0 0 1 0; padding: 0 1; background: $panel; }
        OptionList {
            height: 1fr;
            scrollbar-size-vertical: 1; scrollbar-gutter: stable; scrollbar-background: $surface;
        }
        OptionList > .option-list--option { padding: 0 1; }
        .nothing { color: $foreground-muted; display: none; padding: 0 1; }
        &.-empty .nothing { display: block; height: 1fr; }
        &.-empty OptionList { display: none; }
    }
    """

    @dataclass
    class Picked(Message):
        id: str

    @dataclass
    class Searched(Message):
        """What is typed now; others may have more to offer for it."""

        query: str

    def __init__(self, picks: Sequence[Pick], *, placeholder: str = "", empty: str = "") -> None:
        super().__init__()
        self._picks: Sequence[Pick] = picks
        self._more: Sequence[Pick] = ()
        self._placeholder, self._empty = placeholder, empty

    def compose(self) -> ComposeResult:
        yield Input(placeholder=self._placeholder, select_on_focus=False, compact=True)
        yield _Picks()
        yield Static(Content(self._empty or tr("Nothing matches.")), classes="nothing")

    @property
    def query_text(self) -> str:
        return self.query_one(Input).value

    def offer(self, picks: Sequence[Pick], *, keep: bool = False) -> None:
        """All there is to choose from, which is filtered; `keep`: the cursor stays on its own."""
        self._picks = picks
        self._fill(keep)

    def offer_more(self, picks: Sequence[Pick]) -> None:
        """What somebody else has found for the query; it follows the others, unfiltered."""
        self._more = picks
        self._fill(keep=True)

    def choose(self) -> None:
        """The highlighted one, if there is one."""
        self.query_one(OptionList).action_select()

    def _fill(self, keep: bool = False) -> None:
        options = self.query_one(OptionList)
        highlighted = options.highlighted_option
        made = list(self._made(self.content_size.width - _MARGINS))
        options.set_options(made)
        self.set_class(not made, "-empty")
        ids = [option.id for option in made]
        if keep and highlighted is not None and highlighted.id in ids:
            options.highlighted = ids.index(highlighted.id)
        else:
            options.highlighted = next((n for n, each in enumerate(ids) if each is not None), None)

    def _made(self, width: int) -> Iterator[Option]:
        """Under the names of their groups, but those that match what is typed: the best first."""
        typed = bool(self.query_text.split())
        group = ""
        for pick in matching(self._picks, self.query_text):
            if pick.group != group and not typed:
                group = pick.group
                yield _heading(group)
            yield _option(pick, width, bool(group))
        for pick in self._more:
            if pick.group != group:
                group = pick.group
                yield _heading(group)
            yield _option(pick, width, bool(group))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._more = ()
        self._fill()
        self.post_message(self.Searched(event.value))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option.id is not None:
            self.post_message(self.Picked(event.option.id))

    async def on_key(self, event: Key) -> None:
        """The search leaves these keys alone: they are for the list."""
        if (action := _MOVES.get(event.key)) is not None:
            event.stop()
            await self.app.run_action(action, self.query_one(OptionList))

    def on_resize(self) -> None:
        self._fill(keep=True)


class _Picks(OptionList, can_focus=False):
    pass


def _heading(text: str) -> Option:
    return Option(Content.styled(clean(text), "bold"), disabled=True)


def _option(pick: Pick, width: int, indented: bool) -> Option:
    """What cannot be chosen has no id: the cursor passes over it."""
    shown = _shown(pick, width, indented)
    return Option(shown, disabled=True) if pick.inert else Option(shown, id=pick.id)


def _shown(pick: Pick, width: int, indented: bool) -> Content:
    """In two columns where the note fits, and the detail below."""
    indent = "  " if indented else ""
    title, note = indent + one_line(pick.title), one_line(pick.note)
    room = max(width - width_of(note) - _GAP, width // 2)
    if width_of(title) > room:
        title = cut(title, room - 2) + ".."
    note = cut(note, max(width - width_of(title) - _GAP, 0))
    space = " " * max(width - width_of(title) - width_of(note), 0)
    line = Content.assemble(title, space, (note, "dim")) if note else Content(title)
    if not pick.detail:
        return line
    texts = pick.detail.splitlines() if pick.inert else [pick.detail]
    details = [Content.styled(cut(indent + one_line(text), width), "dim") for text in texts]
    return Content("\n").join([line, *details])
