"""A model being loaded, as a person sees it."""

from collections.abc import Iterator

from yi_local.cli.answer import show_loading
from yi_local.cli.output import Output
from yi_local.cli.report import diagnosis_line
from yi_local.engine.client import Engine
from yi_local.errors import EngineDied
from yi_local.types import LoadProgress, ModelInfo


def load_visibly(loading: Iterator[LoadProgress], engine: Engine, output: Output) -> ModelInfo:
    """To the end, with progress and what there is to say of the model."""
    for progress in loading:
        show_loading(progress.fraction, output)
    output.progress.clear()
    model = engine.model
    if model is None:
        raise EngineDied("The engine process ended as soon as the model was loaded.")
    for diagnosis in model.diagnoses:
        if diagnosis.explanation:
            output.say(diagnosis_line(diagnosis))
    return model
