"""What is done with one message: copied, edited, asked again, exchanged for another version."""

from collections.abc import Callable, Mapping, Sequence

from textual import on, work
from textual.widgets import Markdown

from yi_local.errors import YiLocalError
from yi_local.language import tr, trn
from yi_local.text import clean
from yi_local.tui.chat.copying import copy
from yi_local.tui.chat.editor import edited
from yi_local.tui.chat.links import can_be_opened
from yi_local.tui.chat.markdown_text import CodeBlock, code_blocks
from yi_local.tui.chat.pane_base import PaneBase
from yi_local.tui.dialogs.code import CodeDialog
from yi_local.tui.dialogs.confirm import ConfirmDialog
from yi_local.tui.widgets.transcript.answer import Answer
from yi_local.tui.widgets.transcript.turn import Turn

_STEP_ROWS = 6  # by which a long message is scrolled before the next one gets the focus


class MessageActions(PaneBase):
    """The messages of the transcript say what is wanted; here it is done."""

    @on(Turn.Wanted)
    def _do(self, event: Turn.Wanted) -> None:
        event.stop()
        doings: Mapping[str, Callable[[Turn], object]] = {
            "copy": lambda turn: self.copy(turn.entry.node.message.content),
            "copy_code": self._copy_code,
            "edit": self._edit,
            "retry": lambda turn: self.retry(turn.node_id),
            "go_on": lambda turn: self.go_on(turn.node_id),
            "earlier_sibling": lambda turn: self._switch(turn, -1),
            "later_sibling": lambda turn: self._switch(turn, 1),
            "pin": self._pin,
            "open": self._open,
            "above": lambda turn: self.transcript.step_from(turn, -_STEP_ROWS),
            "below": self._below,
            "first": lambda turn: self._to_first(),
            "last": lambda turn: self._to_last(),
        }
        doings[event.what](event.turn)

    @work(exclusive=True, exit_on_error=False, group="place")
    async def _to_first(self) -> None:
        await self.transcript.to_first()

    @work(exclusive=True, exit_on_error=False, group="place")
    async def _to_last(self) -> None:
        await self.transcript.to_last()
        self.transcript.focus_last()

    def copy(self, text: str) -> None:
        try:
            self.say(copy(self.app, text))
        except YiLocalError as error:
            self.tell(error)

    def copy_last_answer(self) -> None:
        """Of the shown conversation; running, as far as it got."""
        answers = [turn for turn in self.transcript.turns if isinstance(turn, Answer)]
        if answers:
            self.copy(answers[-1].entry.text)
        else:
            self.say(tr("There is no answer to copy yet."))

    def retry(self, node_id: int | None = None) -> None:
        """Another answer beside that one, or to that question; None: the last."""
        self.begin(lambda session: session.regenerate(node_id))

    def go_on(self, node_id: int | None = None) -> None:
        self.begin(lambda session: session.go_on(node_id))

    def edit_text(self, node_id: int, text: str) -> None:
        """Into the prompt, from where it becomes a version of that question."""
        draft = self.talk.draft
        if draft.editing is None:
            draft.before_editing = self.prompt.text
        draft.editing = node_id
        self.note_editing()
        self.prompt.put(text)
        self.prompt.focus()

    def note_editing(self) -> None:
        """A line above the prompt says it for as long as it lasts."""
        note = tr("Editing a message · Enter asks again beside it · Esc gives up")
        self.prompt_box.note(note if self.talk.draft.editing is not None else "")

    def give_up_editing(self) -> None:
        draft = self.talk.draft
        if draft.editing is not None:
            draft.editing = None
            self.prompt.put(draft.before_editing)
            self.note_editing()

    def external_edit(self, text: str) -> str | None:
        """In the editor; None, after a notice, where that did not work or changed nothing."""
        try:
            new = edited(self.app, text)
        except YiLocalError as error:
            self.tell(error)
            return None
        return new if new != text else None

    # -- inside

    @on(Turn.Code)
    def _copy_block(self, event: Turn.Code) -> None:
        event.stop()
        blocks = code_blocks(event.turn.entry.text)
        if event.number <= len(blocks):
            self.copy(blocks[event.number - 1].code)
        elif blocks:
            self.say(
                trn(
                    "There is {n} code block in this answer.",
                    "There are {n} code blocks in this answer.",
                    len(blocks),
                )
            )

    def _copy_code(self, turn: Turn) -> None:
        blocks = code_blocks(turn.entry.text)
        if not blocks:
            self.say(tr("There is no code block in this answer."))
        elif len(blocks) == 1:
            self.copy(blocks[0].code)
        else:
            self.run_worker(self._choose_code(blocks), exit_on_error=False, group="dialog")

    async def _choose_code(self, blocks: Sequence[CodeBlock]) -> None:
        if (code := await self.app.push_screen_wait(CodeDialog(blocks))) is not None:
            self.copy(code)

    def _edit(self, turn: Turn) -> None:
        self.edit_text(turn.node_id, turn.entry.node.message.content)

    def _below(self, turn: Turn) -> None:
        if self.transcript.step_from(turn, _STEP_ROWS) is None:
            self.prompt.focus()

    def _pin(self, turn: Turn) -> None:
        node, talk = turn.entry.node, self.talk
        self.in_thread(
            lambda: self.services.store.pin(node.id, not node.pinned),
            lambda: (self.renew(talk, node.id), self.measure()),
        )

    def _switch(self, turn: Turn, step: int) -> None:
        """To the version before or after; the path below goes on as it did there."""
        talk, siblings = self.talk, turn.entry.siblings
        at = siblings.index(turn.node_id) + step if turn.node_id in siblings else -1
        if not 0 <= at < len(siblings):
            self.say(tr("There is no other version that way."))
        elif talk.running is not None:
            self.say(tr("An answer is on its way: stop it first (Esc)."))
        else:
            other = siblings[at]
            self.in_thread(
                lambda: self.services.store.choose(other),
                lambda: (self.renew(talk, follow=False, focus=other), self.measure()),
            )

    def _open(self, turn: Turn) -> None:
        """An answer is only looked at; a question that was changed becomes an edit."""
        node = turn.entry.node
        new = self.external_edit(turn.entry.text)
        if new is not None and node.message.role == "user":
            self.edit_text(node.id, new)
        elif new is not None:
            self.say(tr("Answers are not changed: what you wrote was not kept."))

    @on(Markdown.LinkClicked)
    def _ask_before_opening(self, event: Markdown.LinkClicked) -> None:
        event.stop()
        self.run_worker(self._open_link(event.href), exit_on_error=False, group="dialog")

    async def _open_link(self, address: str) -> None:
        shown = clean(address)
        if not can_be_opened(address):
            self.say(tr("Only web addresses are opened, not this one: {address}", address=shown))
        elif await self.app.push_screen_wait(
            ConfirmDialog(
                tr("Open this address in the browser?\n{address}", address=shown), tr("Open")
            )
        ):
            self.app.open_url(address)
