"""What the server tells of itself: its models, its health, its numbers."""

from starlette.requests import Request
from starlette.responses import Response

from yi_local.server.metrics import CONTENT_TYPE
from yi_local.server.names import Served
from yi_local.server.openai.write.models import model_object, models_list
from yi_local.server.replies import JsonReply
from yi_local.server.routes.asking import serving_of
from yi_local.server.serving import Serving
from yi_local.types import Json


async def models(request: Request) -> Response:
    """By their names, those of the command line first; where they lie is nobody's business."""
    serving = serving_of(request)
    listed = await serving.in_thread(serving.names.listed)
    return JsonReply(models_list([_told(serving, each) for each in listed]))


async def model(request: Request) -> Response:
    serving, name = serving_of(request), request.path_params["name"]
    found = await serving.in_thread(lambda: serving.names.find(name))
    return JsonReply(_told(serving, found))


async def health(request: Request) -> Response:
    """For whoever only wants to know whether it is there; hence without anything else."""
    return JsonReply({"status": "ok"})


async def metrics(request: Request) -> Response:
    serving = serving_of(request)
    return Response(serving.metrics.text(serving.gauges()), media_type=CONTENT_TYPE)


def _told(serving: Serving, each: Served) -> Json:
    """With its context, where it is loaded."""
    infos = (model.info for model in serving.models.opened() if model.path == each.path)
    n_ctx = next((info.n_ctx for info in infos if info is not None), None)
    return model_object(each.name, each.created, each.owner, n_ctx)
