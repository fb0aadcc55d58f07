"""Which text files go with the question, and what they cost."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from yi_local.assistant.talk.documents import common_beginning, completions, read_document
from yi_local.errors import UsageError
from yi_local.language import mark, tr, trn
from yi_local.store.records import Attachment
from yi_local.text import clean, human_bytes, one_line
from yi_local.tui.dialogs.dialog import Dialog

Cost = Callable[[str], tuple[int, bool]]  # tokens, and whether they are estimated


@dataclass(frozen=True, slots=True)
class _Chosen:
    attachment: Attachment
    tokens: int
    estimated: bool


class AttachDialog(Dialog[tuple[Attachment, ...]]):
    """Enter on a path adds the file, Enter on an empty line is done; Tab completes.

    `attached` are there already; what is returned takes their place.
    """

    HIGH = True
    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    AttachDialog {
        OptionList { height: 1fr; margin: 1 0 0 0; scrollbar-size-vertical: 1; }
        .chosen { height: auto; margin: 1 0; max-height: 8; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "confirm", mark("Add, done"), priority=True),
        Binding("tab", "complete", mark("Complete"), priority=True),
        Binding("ctrl+z", "drop", mark("Drop the last"), priority=True),
    ]

    @dataclass
    class Read(Message):
        chosen: _Chosen
        typed: str

    @dataclass
    class Refused(Message):
        error: UsageError

    @dataclass
    class Offered(Message):
        typed: str
        found: list[str]

    def __init__(self, cost: Cost, attached: Sequence[Attachment] = ()) -> None:
        super().__init__(tr("Attach text files"))
        self._cost = cost
        self._attached = attached
        self._chosen: list[_Chosen] = []
        self._offered: list[str] = []

    def body(self) -> Iterable[Widget]:
        yield Input(placeholder=tr("Path of a text file"), select_on_focus=False, compact=True)
        yield Static(classes="problem", markup=False)
        yield _Paths()
        yield Static(classes="chosen", markup=False)

    def on_mount(self) -> None:
        self._weigh(self._attached)
        self._look("")
        self._show_chosen()

    # -- keys

    def confirm(self) -> None:
        typed = self._input.value.strip()
        if not typed:
            self.dismiss(tuple(each.attachment for each in self._chosen))
        else:
            self._read(typed)

    def action_complete(self) -> None:
        """As far as all go on in the same way; where they do not, the highlighted one."""
        typed = self._input.value
        longer = common_beginning(typed, self._offered)
        if longer == typed and (option := self.query_one(OptionList).highlighted_option):
            longer = self._offered[int(option.id or 0)]
        self._type(longer)

    def action_drop(self) -> None:
        if self._chosen:
            self._chosen.pop()
            self._show_chosen()

    def key_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def key_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    # -- what happens

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._tell("")
        self._look(event.value)

    @on(OptionList.OptionSelected)
    def _pressed(self, event: OptionList.OptionSelected) -> None:
        self._type(self._offered[event.option_index])

    @on(Offered)
    def _offer(self, event: Offered) -> None:
        if event.typed != self._input.value:
            return
        self._offered = event.found
        options = self.query_one(OptionList)
        options.set_options(
            Option(Content(one_line(path)), id=str(n)) for n, path in enumerate(event.found)
        )
        options.highlighted = 0 if event.found else None

    @on(Read)
    def _add(self, event: Read) -> None:
        self._chosen.append(event.chosen)
        self._show_chosen()
        if event.typed == self._input.value.strip():
            self._type("")

    @on(Refused)
    def _refuse(self, event: Refused) -> None:
        self._tell(" ".join(filter(None, (event.error.message, event.error.hint))))

    @work(thread=True, exclusive=True, exit_on_error=False, group="look")
    def _look(self, typed: str) -> None:
        self.post_message(self.Offered(typed, completions(typed)))

    @work(thread=True, exit_on_error=False, group="read")
    def _read(self, typed: str) -> None:
        try:
            attachment = read_document(typed)
        except UsageError as error:
            self.post_message(self.Refused(error))
            return
        self.post_message(self.Read(_Chosen(attachment, *self._cost(attachment.text)), typed))

    @work(thread=True, exit_on_error=False, group="read")
    def _weigh(self, attachments: Sequence[Attachment]) -> None:
        for attachment in attachments:
            chosen = _Chosen(attachment, *self._cost(attachment.text))
            self.post_message(self.Read(chosen, ""))

    # -- what is shown

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    def _type(self, text: str) -> None:
        self._input.value = text
        self._input.cursor_position = len(text)

    def _tell(self, problem: str) -> None:
        self.query_one(".problem", Static).update(Content(clean(problem)))

    def _show_chosen(self) -> None:
        lines = [_in_words(each) for each in self._chosen]
        if len(lines) > 1:
            n = sum(each.tokens for each in self._chosen)
            lines.append(trn("{n} token together", "{n} tokens together", n))
        text = "\n".join(lines) or tr("Nothing is attached yet.")
        self.query_one(".chosen", Static).update(Content(text))


class _Paths(OptionList, can_focus=False):
    pass


def _in_words(chosen: _Chosen) -> str:
    size = human_bytes(len(chosen.attachment.text.encode("utf-8", "replace")))
    name = one_line(chosen.attachment.name)
    if chosen.estimated:
        return trn(
            "{name}: {size}, about {n} token",
            "{name}: {size}, about {n} tokens",
            chosen.tokens,
            name=name,
            size=size,
        )
    return trn(
        "{name}: {size}, {n} token",
        "{name}: {size}, {n} tokens",
        chosen.tokens,
        name=name,
        size=size,
    )
