"""The turns of a chat: a line is read, an answer or a command follows."""

from collections.abc import Iterator
from pathlib import Path

from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.session import Session, SessionEvent
from yi_local.assistant.talk.transcript import to_markdown
from yi_local.cli.answer import AnswerView
from yi_local.cli.context import Context
from yi_local.cli.report import greeting, length_note
from yi_local.errors import Cancelled, EngineDied, UsageError, YiLocalError
from yi_local.language import mark, tr
from yi_local.types import Message

_HELP = mark(
    """\
/system TEXT  set the system prompt; without TEXT, remove it
/retry        ask the last question again
/save FILE    write the conversation to a new Markdown file
/quit         leave, as Ctrl-D does
/help         this list
A line that ends in \\ goes on in the next one. // starts a line with a slash.
Ctrl-C stops an answer."""
)


class ChatLoop:
    """Errors of a turn are told, and the chat goes on."""

    def __init__(self, session: Session, model: TalkModel, context: Context) -> None:
        """The model is loaded."""
        self._session = session
        self._model = model
        self._name = model.info.name if model.info is not None else model.title
        self._input = context.input
        self._output = context.output
        self._by_hand = context.input.is_terminal
        self._exit_code = 0

    def run(self) -> int:
        """Until the input ends. For a script the exit code is that of the last failed turn."""
        if self._by_hand:
            self._output.say(greeting(self._name, self._model.n_ctx))
        while (line := self._read()) is not None:
            if line.strip() == "/quit":
                break
            try:
                self._take(line)
            except YiLocalError as error:
                self._tell(error)
                if isinstance(error, Cancelled) and not self._by_hand:
                    return error.exit_code
            except KeyboardInterrupt:  # a second one, or one that came as the answer ended
                if not self._by_hand:
                    raise
        return 0 if self._by_hand else self._exit_code

    def _read(self) -> str | None:
        """One turn's text, its continued lines joined. Ctrl-C here leaves, as Ctrl-D does."""
        lines: list[str] = []
        try:
            while (line := self._read_line("> " if not lines else ". ")) is not None:
                if not line.endswith("\\"):
                    return "\n".join([*lines, line])
                lines.append(line[:-1])
        except KeyboardInterrupt:
            if not self._by_hand:
                raise
            lines = []
        if self._by_hand:
            self._output.say("")  # the shell's prompt begins on a line of its own
        return "\n".join(lines) if lines else None

    def _read_line(self, prompt: str) -> str | None:
        if self._by_hand:
            self._output.ask(prompt)
        return self._input.read_line()

    def _take(self, line: str) -> None:
        word, _, rest = line.strip().partition(" ")
        match word:
            case "":
                return
            case "/system":
                self._set_system(rest.strip())
            case "/retry":
                self._answer(self._session.regenerate())
            case "/save":
                self._save(rest.strip())
            case _ if word.startswith("/") and not word.startswith("//"):
                self._help(word)
            case _:
                self._answer(self._session.send(line[1:] if line.startswith("//") else line))

    def _help(self, word: str) -> None:
        if word != "/help":
            self._output.say(tr("{word} is no command.", word=word))
        self._output.say(tr(_HELP))

    def _answer(self, events: Iterator[SessionEvent]) -> None:
        view = AnswerView(self._output)
        view.show(events, self._session.cancel)
        if view.done is None:
            return
        if view.done.finish_reason == "cancelled":
            raise Cancelled(tr("Stopped."))
        note = length_note(view.done, self._session.sampling, self._model.info or self._name)
        if note:
            self._output.say(note)

    def _tell(self, error: YiLocalError) -> None:
        self._exit_code = error.exit_code
        if isinstance(error, Cancelled):
            self._output.say(error.message)
            return
        self._output.fail(error)
        if isinstance(error, EngineDied):
            self._output.say(tr("The chat goes on: the next message loads the model again."))

    def _set_system(self, text: str) -> None:
        self._session.set_system(text)
        said = tr("The system prompt is set.") if text else tr("There is no system prompt now.")
        self._output.say(said)

    def _save(self, name: str) -> None:
        if not name:
            raise UsageError(
                tr("/save needs the name of a file."), tr("For example: /save chat.md")
            )
        text = to_markdown(tr("Chat with {model}", model=self._name), self._messages())
        try:
            with Path(name).expanduser().open("x", encoding="utf-8", errors="replace") as file:
                file.write(text)
        except FileExistsError:
            raise UsageError(
                tr("{name} exists already.", name=name), tr("Choose another name.")
            ) from None
        except (OSError, RuntimeError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UsageError(
                tr("{name} cannot be written: {reason}.", name=name, reason=reason)
            ) from None
        self._output.say(tr("Saved as {name}.", name=name))

    def _messages(self) -> tuple[Message, ...]:
        system = self._session.system
        first = (Message("system", system),) if system else ()
        return (*first, *(node.message for node in self._session.path()))
