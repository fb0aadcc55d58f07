"""What the page asks first: the models, and how a new conversation begins."""

from starlette.requests import Request
from starlette.responses import Response

from yi_local import __version__
from yi_local.assistant.models.recognition import recognise
from yi_local.assistant.talk.advice import sampling_for
from yi_local.catalogue.model import Model
from yi_local.errors import ModelNotFound
from yi_local.server.names import Served
from yi_local.server.page.wire import shown_model
from yi_local.server.replies import JsonReply
from yi_local.server.routes.asking import serving_of
from yi_local.server.serving import Serving
from yi_local.types import Json, SamplingOptions

_FIELDS = (  # what the page lets one choose: lowest, highest, step
    ("temperature", 0, 2, 0.05),
    ("top_p", 0, 1, 0.01),
    ("top_k", 0, 200, 1),
    ("min_p", 0, 1, 0.01),
    ("repeat_penalty", 0.5, 2, 0.01),
    ("max_tokens", 1, 131072, 1),
    ("seed", 0, 2**32 - 2, 1),
)


async def about(request: Request) -> Response:
    """?model: whose advice on sampling is wanted; else that of the model to start with."""
    serving, wanted = serving_of(request), request.query_params.get("model")
    return JsonReply(await serving.in_thread(lambda: _about(serving, wanted)))


def first_model(serving: Serving) -> Served | None:
    """That of the command line, that of the newest conversation, else any that is here."""
    names = serving.names
    if names.first:
        return names.first[0]
    newest = serving.store.conversations(limit=1)
    if newest and newest[0].model is not None:
        try:
            return names.find(shown_model(newest[0].model))
        except ModelNotFound:
            pass
    return next(iter(names.listed()), None)


def _about(serving: Serving, wanted: str | None) -> Json:
    start = first_model(serving)
    chosen = serving.names.find(wanted) if wanted is not None else start
    known = _known(serving, chosen) if chosen is not None else None
    sampling = sampling_for(known, {})
    return {
        "version": __version__,
        "models": _models(serving),
        "model": start.name if start is not None else None,
        "saves_history": serving.keeps_history,
        "system": known.system_prompt if known is not None else None,
        "sampling": [_field(sampling, *each) for each in _FIELDS],
    }


def _models(serving: Serving) -> list[Json]:
    opened = {model.name: model for model in serving.models.opened()}
    catalogue = serving.names.catalogue
    found = []
    for served in serving.names.listed():
        model, known = opened.get(served.name), catalogue.by_id(served.name)
        title = served.name if known is None else known.name
        found.append(
            {
                "name": served.name,
                "title": title if model is None else model.title,
                "loaded": model is not None and model.loaded,
            }
        )
    return found


def _known(serving: Serving, served: Served) -> Model | None:
    return recognise(served.path, serving.names.catalogue).model


def _field(sampling: SamplingOptions, name: str, low: float, high: float, step: float) -> Json:
    default = getattr(sampling, name)
    return {"name": name, "default": default, "low": low, "high": high, "step": step}
