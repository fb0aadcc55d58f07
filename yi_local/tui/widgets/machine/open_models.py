"""The models that are open: what each has really taken, beside what was foreseen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from yi_local.assistant.loading.open_model import OpenModel
from yi_local.assistant.planning.memory_picture import Bar, Difference, differences, picture_of_load
from yi_local.language import tr
from yi_local.planner.margins import CPU
from yi_local.planner.sizes import memory_size
from yi_local.text import clean
from yi_local.tui.widgets.machine.memory_bars import MemoryBars


@dataclass(frozen=True, slots=True)
class Taken:
    """A model that is loaded, as far as it is to be shown."""

    title: str
    settings: str
    bars: tuple[Bar, ...]
    differences: tuple[Difference, ...]


def taken_by(models: Sequence[OpenModel]) -> tuple[Taken, ...]:
    """Of those that are loaded; may wait for a lock, so not in the event loop."""
    return tuple(found for model in models if (found := _taken(model)) is not None)


def _taken(model: OpenModel) -> Taken | None:
    info, plan = model.engine.model, model.plan
    if info is None:
        return None
    values = {
        "n_ctx": f"{info.n_ctx:,}",
        "kv_type": plan.options.type_k,
        "layers": min(info.n_gpu_layers, info.n_layer + 1),
        "all": info.n_layer + 1,
    }
    on_gpu = bool(model.hardware.accelerators)
    return Taken(
        model.title,
        tr("context {n_ctx}, KV cache {kv_type}, {layers} of {all} layers on the GPU", **values)
        if on_gpu
        else tr("context {n_ctx}, KV cache {kv_type}", **values),
        picture_of_load(info, plan, model.hardware),
        differences(info, plan, model.hardware),
    )


class OpenModelsPanel(Vertical):
    """`show` replaces everything, where something has changed."""

    DEFAULT_CSS = """
    OpenModelsPanel {
        height: auto;
        Static { height: auto; }
        .difference { margin: 0 0 1 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="open-models")
        self._taken: tuple[Taken, ...] = ()

    def compose(self) -> ComposeResult:
        yield from self._widgets()

    async def show(self, taken: tuple[Taken, ...]) -> None:
        if taken != self._taken:
            self._taken = taken
            await self.recompose()

    def _widgets(self) -> Iterator[Widget]:
        if not self._taken:
            yield Static(tr("No model is loaded: the first question loads one."), markup=False)
        for each in self._taken:
            title = Content.styled(clean(each.title), "b") + Content(f"  {each.settings}")
            yield Static(title, markup=False)
            yield MemoryBars(each.bars)
            lines = [_difference(one) for one in each.differences]
            yield Static("\n".join(lines), markup=False, classes="difference")


def _difference(one: Difference) -> str:
    """ "RAM: 367 MiB foreseen, 380 MiB taken: 13 MiB (4 %) more"."""
    values = {
        "device": tr("RAM") if one.device == CPU else clean(one.device),
        "predicted": memory_size(one.predicted_bytes),
        "measured": memory_size(one.measured_bytes),
        "difference": memory_size(abs(one.more_bytes)),
        "percent": f"{100 * abs(one.more_bytes) / max(1, one.predicted_bytes):.0f}",
    }
    if one.more_bytes >= 0:
        return tr(
            "{device}, without the file's pages: {predicted} foreseen, {measured} taken: "
            "{difference} more ({percent} %).",
            **values,
        )
    return tr(
        "{device}, without the file's pages: {predicted} foreseen, {measured} taken: "
        "{difference} less ({percent} %).",
        **values,
    )
