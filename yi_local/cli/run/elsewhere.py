"""`yi run` with the model of another server."""

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

from yi_local.assistant.loading.open_model import Models
from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.talk.manner import sampling_of
from yi_local.cli.answer import AnswerView
from yi_local.cli.context import Context
from yi_local.cli.elsewhere import OtherServer, other_server, tell_where
from yi_local.cli.loading import load_to_talk
from yi_local.cli.report import json_line
from yi_local.cli.run.end import conclude
from yi_local.cli.run.question import Question
from yi_local.engine.elsewhere.finding import Found
from yi_local.engine.elsewhere.kinds import named
from yi_local.errors import UsageError
from yi_local.language import tr
from yi_local.settings import read_settings


def run_elsewhere(
    args: argparse.Namespace, question_of: Callable[[], Question], context: Context
) -> int:
    """The exit code; `question_of` reads it out of the arguments, and what is piped in."""
    server = other_server(args, args.offline or read_settings().offline)
    if server is None:
        raise AssertionError("somebody has asked for a server")
    if args.raw:
        raise UsageError(tr("--raw needs a model that is loaded here: others take chats only."))
    tell_where(server, context.output)
    found = server.look()
    server = _sorted_out(args, server, found)
    question = question_of()
    with Models(access=server.access) as models:
        args.model = server.name_in(found)
        model = models.open(args.model)
        if args.save or args.last or args.conversation is not None:
            from yi_local.cli.run.saved import run_saved

            saved = run_saved(args, question, nullcontext(model), context)
            return conclude(args, *saved, context.output)
        return _answer(args, model, question, context)


def _answer(
    args: argparse.Namespace, model: TalkModel, question: Question, context: Context
) -> int:
    output = context.output
    load_to_talk(model.load(lambda: False), model, output)
    sampling = sampling_of(model, question.chosen)
    generation = model.engine.chat(question.messages, sampling)
    view = AnswerView(output, streams=not args.json)
    try:
        view.show(generation, generation.cancel)
    finally:
        generation.close()
        if args.json and (view.done or view.text):
            output.write(json_line(view.text, view.done, model.title))
    return conclude(args, view, sampling, model.title, output)


def _sorted_out(args: argparse.Namespace, server: OtherServer, found: Found) -> OtherServer:
    """Beside --server one argument alone is the prompt, unless the server has a model so called."""
    if args.server is None or args.prompt is not None or args.model is None:
        return server
    if named(found.models, args.model) is not None:
        return server
    args.prompt, args.model = args.model, None
    return replace(server, model=None)
