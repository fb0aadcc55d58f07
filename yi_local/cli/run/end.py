"""The end of `yi run`: what there is to say after an answer, and the exit code."""

import argparse

from yi_local.cli.output import Output
from yi_local.cli.report import Answerer, length_note, stats_line
from yi_local.cli.text_view import TextView
from yi_local.errors import Cancelled, SchemaViolation, YiLocalError
from yi_local.language import tr
from yi_local.types import Done, SamplingOptions


def conclude(
    args: argparse.Namespace,
    view: TextView,
    sampling: SamplingOptions,
    model: Answerer,
    output: Output,
) -> int:
    """The remarks after an answer, and the exit code that its end deserves."""
    done = view.done
    if done is None or done.finish_reason == "error":
        raise YiLocalError(tr("The engine could not finish the answer."), tr("Try again."))
    if args.stats:
        output.say(stats_line(done.usage, model))
    if done.finish_reason == "cancelled":
        return Cancelled.exit_code
    _tell_length(done, sampling, model, output)
    if sampling.json_schema is not None:
        _demand(view.text, sampling.json_schema)
    return 0


def _tell_length(done: Done, sampling: SamplingOptions, model: Answerer, output: Output) -> None:
    note = length_note(done, sampling, model)
    if note:
        output.say(note)


def _demand(text: str, schema_text: str) -> None:
    from yi_local.assistant.talk import schema

    reason = schema.violation(text, schema_text)
    if reason:
        raise SchemaViolation(
            tr("The answer does not satisfy the schema: {reason}.", reason=reason),
            tr("Try again, with more tokens or a simpler schema."),
        )
