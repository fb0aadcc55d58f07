"""Events as a stream of server-sent events carries them."""

import json

from yi_local.types import Json

DONE = b"data: [DONE]\n\n"


def sse(event: Json, *, named: bool = False) -> bytes:
    """`named`: with the event's type before it, as the Responses API has it."""
    # ASCII: so half a surrogate pair cannot break the stream, and no line break ends it early.
    data = json.dumps(event, separators=(",", ":"), allow_nan=False)
    name = f"event: {event['type']}\n" if named else ""
    return f"{name}data: {data}\n\n".encode("ascii")
