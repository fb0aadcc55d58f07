"""Answers of /v1/models."""

from collections.abc import Sequence

from yi_local.types import Json


def model_object(
    name: str, created: int, owned_by: str = "yi_local", n_ctx: int | None = None
) -> Json:
    """`name` is what a request calls the model; `created` is Unix time in seconds.

    Beyond OpenAI's fields: who serves it, and how much it remembers where it is loaded.
    """
    told = {"id": name, "object": "model", "created": created, "owned_by": owned_by}
    told |= {"served_by": "yi_local", "loaded": n_ctx is not None}
    return told if n_ctx is None else told | {"context_length": n_ctx}


def models_list(objects: Sequence[Json]) -> Json:
    return {"object": "list", "data": list(objects)}
