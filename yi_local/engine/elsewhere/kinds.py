"""What the lists and the own routes of other servers say of their models: pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from yi_local.engine.elsewhere.chunk import count

Kind = Literal["llama-server", "ollama", "lm-studio", "vllm", "yi", "unknown"]

_BY_OWNER: dict[str, Kind] = {  # `owned_by` in their lists
    "llamacpp": "llama-server",
    "library": "ollama",
    "organization_owner": "lm-studio",
    "organization-owner": "lm-studio",
    "vllm": "vllm",
}
_LENGTHS = ("max_model_len", "context_length", "context_window")  # vLLM; ours, OpenRouter; Groq
_PREFILLING: frozenset[Kind] = frozenset(("llama-server", "vllm", "yi"))


@dataclass(frozen=True, slots=True)
class Offered:
    """A model in a server's list; unknown is None."""

    name: str
    n_ctx: int | None = None
    loaded: bool | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    kind: Kind
    models: tuple[Offered, ...]  # as the server has them in order

    @property
    def goes_on(self) -> bool:
        """Whether it is known to go on with an answer that has begun, rather than begin anew."""
        return self.kind in _PREFILLING


def read_list(value: Any) -> Listed | None:
    """Of GET /models; None for what is no such list."""
    entries = value.get("data") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        return None
    entries = [entry for entry in entries if isinstance(entry, dict)]
    models = {
        entry["id"]: Offered(entry["id"], _length(entry), _loaded(entry))
        for entry in entries
        if isinstance(entry.get("id"), str) and entry["id"]
    }
    return Listed(_kind(entries), tuple(models.values()))


def with_slots(listed: Listed, props: Any) -> Listed:
    """llama-server's /props: the context of the one model that it has."""
    settings = props.get("default_generation_settings") if isinstance(props, dict) else None
    n_ctx = positive(settings.get("n_ctx")) if isinstance(settings, dict) else None
    if n_ctx is None or len(listed.models) != 1:
        return listed
    return replace(listed, models=(replace(listed.models[0], n_ctx=n_ctx, loaded=True),))


def with_running(listed: Listed, running: Any) -> Listed:
    """Ollama's /api/ps: what is loaded, with its context."""
    found = running.get("models") if isinstance(running, dict) else None
    entries = [entry for entry in found if isinstance(entry, dict)] if found else []
    known = {entry.get("name"): positive(entry.get("context_length")) for entry in entries}
    models = [
        replace(each, n_ctx=known.get(each.name), loaded=each.name in known)
        for each in listed.models
    ]
    return Listed("ollama", tuple(models))


def with_states(listed: Listed, states: Any) -> Listed:
    """LM Studio's /api/v0/models: which are loaded, with what context, and which can chat."""
    entries = states.get("data") if isinstance(states, dict) else None
    if not isinstance(entries, list):
        return listed
    known = {entry.get("id"): entry for entry in entries if isinstance(entry, dict)}
    models = []
    for each in listed.models:
        entry = known.get(each.name, {})
        if entry.get("type") == "embeddings":
            continue
        is_loaded = entry["state"] == "loaded" if isinstance(entry.get("state"), str) else None
        n_ctx = positive(entry.get("loaded_context_length"))
        models.append(replace(each, n_ctx=n_ctx, loaded=is_loaded))
    return Listed("lm-studio", tuple(models))


def named(models: Sequence[Offered], name: str) -> Offered | None:
    """By its name; Ollama's have a tag, which goes without saying where it is "latest"."""
    wanted = (name, f"{name}:latest")
    exact = [each for each in models if each.name in wanted]
    folded = {each.casefold() for each in wanted}
    close = exact or [each for each in models if each.name.casefold() in folded]
    return close[0] if close else None


def only_one(models: Sequence[Offered]) -> Offered | None:
    """The one that is meant where none is named: the only one, else the only one loaded."""
    loaded = [each for each in models if each.loaded]
    for few in (models, loaded):
        if len(few) == 1:
            return few[0]
    return None


def positive(value: Any) -> int | None:
    """Some say 0 for what they do not know."""
    return count(value) or None


def _kind(entries: Sequence[Any]) -> Kind:
    owners = [entry.get("owned_by") for entry in entries]
    if any(entry.get("served_by") == "yi_local" for entry in entries):
        return "yi"
    found = {_BY_OWNER[owner] for owner in owners if isinstance(owner, str) and owner in _BY_OWNER}
    return found.pop() if len(found) == 1 else "unknown"


def _length(entry: Any) -> int | None:
    return next(filter(None, (positive(entry.get(name)) for name in _LENGTHS)), None)


def _loaded(entry: Any) -> bool | None:
    """llama-server's router tells a status, ours a flag."""
    status = entry.get("status")
    if isinstance(status, dict) and isinstance(status.get("value"), str):
        return bool(status["value"] == "loaded")
    return entry["loaded"] if isinstance(entry.get("loaded"), bool) else None
