"""Bodies of /v1/embeddings."""

from yi_local.language import tr
from yi_local.server.openai.read.common import read_model
from yi_local.server.openai.read.completion import read_texts
from yi_local.server.openai.read.fields import Fields
from yi_local.server.openai.requests import EmbeddingRequest
from yi_local.types import Json

MAX_INPUTS = 2048


def parse_embeddings(body: Json) -> EmbeddingRequest:
    """Raises WrongRequest. Fields we do not know are ignored."""
    fields = Fields(body)
    inputs = read_texts(fields, "input", MAX_INPUTS)
    if "" in inputs:
        raise fields.wrong("input", tr("a string or a list of strings, none of them empty"))
    if fields.has("dimensions"):
        raise fields.refused(
            "dimensions",
            tr("An embedding has as many dimensions as its model gives it."),
            tr("Leave dimensions out."),
        )
    form = fields.one_of("encoding_format", ("float", "base64"))
    return EmbeddingRequest(
        model=read_model(fields),
        inputs=inputs,
        encoding_format="base64" if form == "base64" else "float",
    )
