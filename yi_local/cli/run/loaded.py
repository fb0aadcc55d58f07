"""`yi run` with a model that is loaded for it, and put away again."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yi_local import paths
from yi_local.assistant.loading.open_model import Models, OpenModel
from yi_local.assistant.models.recognition import recognise
from yi_local.assistant.talk.advice import sampling_for
from yi_local.catalogue import read_catalogue
from yi_local.cli.answer import AnswerView
from yi_local.cli.context import Context
from yi_local.cli.loading import load_visibly, planned_loader
from yi_local.cli.options import wish
from yi_local.cli.report import json_line, plan_line
from yi_local.cli.run.end import conclude
from yi_local.cli.run.question import Question
from yi_local.engine.client import Engine, Generation
from yi_local.types import SamplingOptions


def run_loaded(args: argparse.Namespace, path: Path, question: Question, context: Context) -> int:
    """The exit code."""
    output = context.output
    known = recognise(path, read_catalogue())
    sampling = sampling_for(known.model, question.chosen)
    if args.save or args.last or args.conversation is not None:
        from yi_local.cli.run.saved import run_saved  # the store is not for a plain answer

        saved = run_saved(args, question, _opened(args, path, context), context)
        return conclude(args, *saved, output)
    with Engine(log_dir=paths.log_dir(), command=context.engine_command) as engine:
        loader = planned_loader(args, path, known, engine, context)
        model = load_visibly(loader.load(), engine, output)
        generation = _ask(engine, args, question, sampling)
        view = AnswerView(output, streams=not args.json)
        try:
            view.show(generation, generation.cancel)
            if view.done is not None:
                loader.learn(view.done.usage)
        finally:
            if args.json and (view.done or view.text):
                output.write(json_line(view.text, view.done, model))
    return conclude(args, view, sampling, model, output)


@contextmanager
def _opened(args: argparse.Namespace, path: Path, context: Context) -> Iterator[OpenModel]:
    with Models(engine_command=context.engine_command) as models:
        model = models.open_file(path, args.model, wish(args), force=args.force)
        context.output.say(plan_line(model.plan, model.hardware))
        yield model


def _ask(
    engine: Engine, args: argparse.Namespace, question: Question, sampling: SamplingOptions
) -> Generation:
    if args.raw:
        return engine.complete(question.text, sampling)
    return engine.chat(question.messages, sampling)
