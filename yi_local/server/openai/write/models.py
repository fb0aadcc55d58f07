"""Answers of /v1/models."""

from collections.abc import Sequence

from yi_local.types import Json


def model_object(name: str, created: int, owned_by: str = "yi_local") -> Json:
    """`name` is what a request calls the model; `created` is Unix time in seconds."""
    return {"id": name, "object": "model", "created": created, "owned_by": owned_by}


def models_list(objects: Sequence[Json]) -> Json:
    return {"object": "list", "data": list(objects)}
