"""`yi run` with the model of a program that has it loaded."""

import argparse
from contextlib import nullcontext

from yi_local.assistant.warm.attach import Warm
from yi_local.assistant.warm.programs import Program
from yi_local.assistant.warm.warm_engine import NotBegun, chat_line
from yi_local.cli.context import Context
from yi_local.cli.report import json_line
from yi_local.cli.run.end import conclude
from yi_local.cli.run.question import Question
from yi_local.cli.serve.program_words import program_words
from yi_local.cli.text_view import TextView
from yi_local.errors import PromptTooLong
from yi_local.language import tr
from yi_local.types import Json


def run_attached(
    args: argparse.Namespace, warm: Warm, question: Question, context: Context
) -> int | None:
    """The exit code; None where nothing came of it, and the model is to be loaded after all."""
    output = context.output
    if args.save or args.last or args.conversation is not None:
        from yi_local.assistant.warm.warm_model import WarmModel
        from yi_local.cli.run.saved import run_saved

        model = WarmModel(args.model, warm)
        saved = run_saved(args, question, nullcontext(model), context)
        _tell(args, warm.program, context)
        return conclude(args, *saved, output)
    try:
        generation = warm.engine().ask(_line(args, question), question.chosen)
    except NotBegun:
        return None
    view = TextView(output, streams=not args.json)
    try:
        view.show(generation, generation.cancel)
    except PromptTooLong:
        if view.text:
            raise
        return None  # loaded for this question alone, it may have a longer context
    finally:
        generation.close()
        if args.json and (view.done or view.text):
            output.write(json_line(view.text, view.done, generation.model))
    _tell(args, warm.program, context)
    return conclude(args, view, generation.sampling, generation.model, output)


def _line(args: argparse.Namespace, question: Question) -> Json:
    if args.raw:
        return {"op": "complete", "prompt": question.text}
    return chat_line(question.messages)


def _tell(args: argparse.Namespace, program: Program, context: Context) -> None:
    if args.stats:
        context.output.say(
            tr("answered by the model that {program} holds", program=program_words(program))
        )
