"""What the server tells of itself: its models, its health, its numbers."""

from starlette.requests import Request
from starlette.responses import Response

from yi_local.server.metrics import CONTENT_TYPE
from yi_local.server.openai.write.models import model_object, models_list
from yi_local.server.replies import JsonReply
from yi_local.server.routes.asking import serving_of


async def models(request: Request) -> Response:
    """By their names, those of the command line first; where they lie is nobody's business."""
    listed = await serving_of(request).in_thread(serving_of(request).names.listed)
    return JsonReply(
        models_list([model_object(each.name, each.created, each.owner) for each in listed])
    )


async def model(request: Request) -> Response:
    serving, name = serving_of(request), request.path_params["name"]
    found = await serving.in_thread(lambda: serving.names.find(name))
    return JsonReply(model_object(found.name, found.created, found.owner))


async def health(request: Request) -> Response:
    """For whoever only wants to know whether it is there; hence without anything else."""
    return JsonReply({"status": "ok"})


async def metrics(request: Request) -> Response:
    serving = serving_of(request)
    return Response(serving.metrics.text(serving.gauges()), media_type=CONTENT_TYPE)
