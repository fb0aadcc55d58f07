"""A model being planned and loaded, as a person sees it."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from yi_local.assistant.loading.loader import Loader, NextPlan
from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.assistant.models.recognition import Recognised
from yi_local.assistant.planning.opening import experience_file
from yi_local.assistant.planning.planned import plan_file
from yi_local.cli.answer import show_loading, tell_next_plan
from yi_local.cli.context import Context
from yi_local.cli.options import wish
from yi_local.cli.output import Output
from yi_local.cli.report import diagnosis_line, plan_line
from yi_local.engine.client import Engine
from yi_local.errors import EngineDied
from yi_local.language import tr
from yi_local.types import LoadProgress, ModelInfo


def planned_loader(
    args: argparse.Namespace,
    path: Path,
    known: Recognised,
    engine: Engine,
    context: Context,
) -> Loader:
    """Raises NotEnoughMemory, with numbers, for what does not fit and is not forced."""
    planned = plan_file(
        path, known, wish(args), force=args.force, engine_command=context.engine_command
    )
    context.output.say(plan_line(planned.plans[0], planned.hardware))
    return Loader(engine, planned.plans, planned.hardware, experience_file())


def load_visibly(
    loading: Iterator[LoadProgress | NextPlan], engine: Engine, output: Output
) -> ModelInfo:
    """To the end, with progress and what there is to say of the model."""
    _show(loading, output)
    model = engine.model
    if model is None:
        raise _gone()
    _tell_defects(model, output)
    return model


def load_to_talk(
    loading: Iterator[LoadProgress | NextPlan], model: TalkModel, output: Output
) -> None:
    """The same for a model that may be on another server, of which there is less to say."""
    _show(loading, output)
    if not model.loaded:
        raise _gone()
    if model.info is not None:
        _tell_defects(model.info, output)


def _show(loading: Iterator[LoadProgress | NextPlan], output: Output) -> None:
    for event in loading:
        if isinstance(event, NextPlan):
            tell_next_plan(event, output)
        else:
            show_loading(event.fraction, output)
    output.progress.clear()


def _tell_defects(model: ModelInfo, output: Output) -> None:
    for diagnosis in model.diagnoses:
        if diagnosis.explanation:
            output.say(diagnosis_line(diagnosis))


def _gone() -> EngineDied:
    return EngineDied(tr("The engine process ended as soon as the model was loaded."))
