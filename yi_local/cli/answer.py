"""An answer on its way from the engine to the output."""

from yi_local.assistant.loading.loader import NextPlan
from yi_local.assistant.talk.events import LeftOut
from yi_local.cli.output import Output
from yi_local.cli.report import settings_of
from yi_local.cli.text_view import TextView
from yi_local.language import tr, trn
from yi_local.types import LoadProgress, Remark, Thinking


class AnswerView(TextView):
    """Also what goes before an answer: loading, and a conversation that was cut."""

    def _show(self, event: object) -> None:
        match event:
            case LoadProgress(fraction):
                show_loading(fraction, self._output)
            case NextPlan():
                tell_next_plan(event, self._output)
            case LeftOut(nodes):
                tell_left_out(len(nodes), self._output)
            case Thinking():
                self._output.progress.tell(tr("Thinking"))
            case Remark(text):
                self._output.say(tr("note: {what}", what=text))
            case _:
                super()._show(event)


def tell_next_plan(event: NextPlan, output: Output) -> None:
    output.say(
        tr(
            "note: {reason} Trying {settings} instead.",
            reason=event.reason,
            settings=settings_of(event.plan),
        )
    )


def tell_left_out(count: int, output: Output) -> None:
    output.say(
        trn(
            "note: the context is full; the oldest message is left out",
            "note: the context is full; the {n} oldest messages are left out",
            count,
        )
    )


def show_loading(fraction: float, output: Output) -> None:
    output.progress.show(tr("Loading the model"), fraction, 1)
