"""What goes on, in words for one line."""

from yi_local.assistant.loading.talk_model import TalkModel
from yi_local.language import tr, trn
from yi_local.text import clean, human_duration
from yi_local.types import LoadProgress, PrefillProgress, Thinking

_TELLING = 0.05  # of a prompt: before that, no time left is told


def loading(event: LoadProgress) -> str:
    return tr("Loading the model: {percent} %", percent=f"{event.fraction * 100:.0f}")


class Prefill:
    """How the reading of one prompt goes on."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None  # when, and how many were known then

    def told(self, event: PrefillProgress | Thinking, now_s: float) -> str:
        """With the time left, once enough was read to tell; `now_s` is of a monotonic clock."""
        if isinstance(event, Thinking):
            return tr("Thinking")
        done, total = event.done_tokens, event.total_tokens
        if self._first is None:
            self._first = (now_s, done)
        began_s, known = self._first
        if done >= total:
            return tr("Thinking")
        counts = {"done": f"{done:,}", "total": f"{total:,}"}
        if done - known < _TELLING * total:
            return tr("Reading the prompt: {done} of {total} tokens", **counts)
        return tr(
            "Reading the prompt: {done} of {total} tokens, {left} left",
            **counts,
            left=human_duration((total - done) * (now_s - began_s) / (done - known)),
        )


def cost(n_tokens: int, estimated: bool) -> str:
    if estimated:
        return trn("about {n} token", "about {n} tokens", n_tokens)
    return trn("{n} token", "{n} tokens", n_tokens)


def rate(tokens_per_s: float) -> str:
    return tr("{rate} tok/s", rate=f"{tokens_per_s:.1f}")


def leaves(host: str) -> str:
    """Of a server that is not on this computer."""
    return tr("{host}, leaves this computer", host=clean(host))


def invitation(model: TalkModel) -> str:
    """Before the first question: who will read it."""
    if model.where is None or model.is_private:
        return tr("Ask anything: it stays on this machine. For example:")
    return tr("Ask anything: it leaves this computer for {host}. For example:",
              host=clean(model.where))  # fmt: skip


def waiting(model: TalkModel) -> str:
    """Once it was asked; "" where the engine here tells how far it is."""
    return "" if model.where is None else tr("Waiting for {host}", host=clean(model.where))


def device(model: TalkModel) -> str:
    """Where it computes; nothing before it is loaded."""
    info = model.info
    if model.where is not None:
        return clean(model.where) if model.is_private else leaves(model.where)
    if info is None:
        return ""
    if info.n_gpu_layers <= 0:
        return tr("CPU")
    if info.n_gpu_layers >= info.n_layer:
        return tr("GPU")
    return tr("GPU {on_gpu} of {layers} layers", on_gpu=info.n_gpu_layers, layers=info.n_layer)
