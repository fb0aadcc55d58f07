"""`yi replay`: makes an answer again by its receipt, and shows where it differs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from yi_local.assistant.loading.loader import NextPlan
from yi_local.assistant.loading.open_model import Models
from yi_local.assistant.talk.replay import Difference, Replay, ReplayEvent, Unlike
from yi_local.cli.answer import show_loading, tell_next_plan
from yi_local.cli.context import Context
from yi_local.cli.history.place import message_or_conversation, open_history
from yi_local.cli.interrupt import cancelling_on_interrupt
from yi_local.cli.output import Output
from yi_local.cli.parser import Parser
from yi_local.errors import Cancelled, UsageError, YiLocalError
from yi_local.language import mark, tr
from yi_local.store.conversations import Store
from yi_local.store.records import Node
from yi_local.types import Done, LoadProgress, TextDelta

_EXAMPLES = mark("""\
  yi replay 12                        the last answer of conversation 12
  yi replay m34                       answer 34, as yi history show --all has it
  yi replay m34 --model demo          what another model says to the same
  yi replay m34 --exit-code --json | jq .same
""")


@dataclass(slots=True)
class _Outcome:
    text: str
    unlike: tuple[str, ...] = ()
    done: Done | None = None
    difference: Difference | None = None


def replay(argv: Sequence[str], context: Context) -> int:
    """0 also where the text differs, which is no error; 1 then with --exit-code."""
    args = _parser().parse_intermixed_args(argv)
    number, is_message = args.id
    output = context.output
    with (
        open_history(output) as store,
        Models(engine_command=context.engine_command) as models,
    ):
        answer_id = number if is_message else _last_answer(store, number)
        answer = store.node(answer_id)
        again = Replay(store, answer_id, models, args.model)
        outcome = _Outcome(_begun(answer))
        try:
            with cancelling_on_interrupt(again.cancel):
                _follow(again.events(), outcome, len(answer.message.content), output)
        finally:
            output.progress.clear()
    if outcome.difference is None or outcome.done is None:
        raise YiLocalError(tr("The engine could not finish the answer."), tr("Try again."))
    output.write(_json(answer, outcome) if args.json else _text(outcome.difference))
    if again.is_cancelled:
        output.say(tr("Stopped: the difference is that of what came."))
        return Cancelled.exit_code
    output.say(tr("The same text came.") if outcome.difference.same else tr("Another text came."))
    return 1 if args.exit_code and not outcome.difference.same else 0


def _last_answer(store: Store, conversation_id: int) -> int:
    """Of the current path."""
    for node in reversed(store.path(conversation_id)):
        if node.message.role == "assistant":
            return node.id
    raise UsageError(tr("Conversation {id} has no answer.", id=conversation_id))


def _begun(answer: Node) -> str:
    """What was there before an answer went on, which is not made again."""
    receipt = answer.receipt
    return answer.message.content[: receipt.continued_chars] if receipt else ""


def _follow(
    events: Iterator[ReplayEvent], outcome: _Outcome, expected_chars: int, output: Output
) -> None:
    for event in events:
        match event:
            case LoadProgress(fraction):
                show_loading(fraction, output)
            case NextPlan():
                tell_next_plan(event, output)
            case Unlike(sentences):
                outcome.unlike = sentences
                for sentence in sentences:
                    output.say(tr("note: {problem}", problem=sentence))
            case TextDelta(text):
                outcome.text += text
                chars = len(outcome.text)
                output.progress.show(
                    tr("Making the answer again"), chars, max(expected_chars, chars)
                )
            case Done():
                outcome.done = event
            case Difference():
                outcome.difference = event


def _text(difference: Difference) -> str:
    return "".join(f"{line}\n" for line in difference.lines)


def _json(answer: Node, outcome: _Outcome) -> str:
    difference, done = outcome.difference, outcome.done
    value = {
        "answer_id": answer.id,
        "conversation_id": answer.conversation_id,
        "same": difference.same if difference else None,
        "unlike": list(outcome.unlike),
        "difference": list(difference.lines) if difference else [],
        "before": answer.message.content,
        "after": outcome.text,
        "finish_reason": done.finish_reason if done else "error",
        "usage": asdict(done.usage) if done else None,
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _parser() -> Parser:
    parser = Parser(
        prog="yi replay",
        takes="ID",
        description=tr(
            "Makes an answer again with the model, prompt, sampling and seed of its receipt, and "
            "prints\nwhere the text differs: [-before-] and {+now+}. Nothing is printed where it "
            "is the same.\nThe stored answer stays as it is."
        ),
        examples=tr(_EXAMPLES),
    )
    add = parser.add_argument
    which = tr("an answer, as m34, or a conversation, as 12: its last answer")
    add("id", metavar="ID", type=message_or_conversation, help=which)
    other = tr("another model that is here, by its name or path")
    add("--model", metavar="NAME", help=other)
    differs = tr("1 where the text differs; without it that is 0, as it is no error")
    add("--exit-code", action="store_true", help=differs)
    add(
        "--json", action="store_true", help=tr("print one JSON object, with same, before and after")
    )
    return parser
