"""POST /v1/embeddings."""

from starlette.requests import Request
from starlette.responses import Response

from yi_local.assistant.loading.open_model import OpenModel
from yi_local.server.answering import running, with_engine
from yi_local.server.openai.read.embeddings import parse_embeddings
from yi_local.server.openai.requests import EmbeddingRequest
from yi_local.server.openai.write.embeddings import embeddings_response
from yi_local.server.routes.asking import body_of, in_one_piece, serving_of
from yi_local.server.serving import Serving
from yi_local.types import Json


async def embeddings(request: Request) -> Response:
    """Any model embeds: one that was not made for it, by the mean of its last layer."""
    serving, asked = serving_of(request), parse_embeddings(await body_of(request))
    model = await serving.open_model(asked.model, embedding=True)
    return await in_one_piece(request, _embedded(serving, model, asked))


async def _embedded(serving: Serving, model: OpenModel, asked: EmbeddingRequest) -> Json:
    job = with_engine(serving, model, lambda engine: engine.embeddings(asked.inputs))
    async with running(serving, [job]) as found:
        vectors = [embedding async for _, embedding in found]
    return embeddings_response(model.name, vectors, asked.encoding_format)
