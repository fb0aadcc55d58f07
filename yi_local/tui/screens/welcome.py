"""The first start: what this machine is, which models suit it, and one to try at once."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from yi_local.assistant.models.reference import DEMO
from yi_local.assistant.planning.plan_words import basis_words
from yi_local.assistant.welcome.first_look import FirstLook, look_around, remember_welcome
from yi_local.assistant.welcome.suggestions import MOST, Suggestion
from yi_local.hardware.snapshot import Device
from yi_local.language import mark, tr
from yi_local.planner.plan import Plan
from yi_local.planner.sizes import memory_size
from yi_local.text import clean, cut, human_bytes, padded, width_of, wrapped
from yi_local.tui.messages import ShowModel, SpeakLanguage, UseModel
from yi_local.tui.services import Services
from yi_local.tui.trouble import TellsTrouble
from yi_local.tui.widgets.key_bar import KeyBar
from yi_local.tui.widgets.machine.plan_words import speed_words

_OTHER_LANGUAGE = {"en": ("zh_CN", "中文"), "zh_CN": ("en", "English")}
_GAP = 2  # columns
_INDENT = 7  # for the longest key


class WelcomeScreen(TellsTrouble, Screen[None]):
    """Whatever is chosen, it does not come again."""

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", mark("Choose")),
        *(Binding(str(n), f"go({n})", show=False) for n in range(1, MOST + 1)),
        Binding("l", "language", "中文 / English"),
        Binding("escape", "later", mark("Later")),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-high")]  # noqa: RUF012 - Textual's own
    DEFAULT_CSS = """
    WelcomeScreen {
        align: center middle;
        & > VerticalScroll { width: 100%; max-width: 78; height: auto; max-height: 100%; }
        VerticalScroll { padding: 1 0 0 2; scrollbar-gutter: stable; }
        Static { height: auto; }
        #title { text-style: bold; color: $primary; }
        #machine { margin: 1 0; }
        .heading { text-style: bold; }
        OptionList {
            height: auto; max-height: 100%; border: none; padding: 0; margin: 1 0;
            background: transparent;
        }
        OptionList:focus { border: none; background: transparent; }
        .remark { color: $foreground-muted; }
        KeyBar { dock: bottom; }
        &.-low {
            VerticalScroll { padding: 0 0 0 2; }
            #machine { margin: 1 0 0 0; }
            #subtitle, .heading { display: none; }
        }
    }
    """

    @dataclass
    class Seen(Message):
        look: FirstLook

    def __init__(self, services: Services, language: str) -> None:
        """`language` is the one that is spoken."""
        super().__init__()
        self.services = services
        self._language = language
        self._look: FirstLook | None = None

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False), Vertical() as box:
            box.styles.height = "auto"
            yield Static(tr("Welcome to yi_local"), id="title", markup=False)
            yield Static(
                tr("Yi models and others, on this machine alone."),
                id="subtitle",
                classes="remark",
                markup=False,
            )
            yield Static(tr("Looking at this machine..."), id="machine", markup=False)
            yield Static(tr("What to begin with"), classes="heading", markup=False)
            yield OptionList(compact=True, markup=False)
            yield Static(id="basis", classes="remark", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self._fill()
        self._look_around()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    # -- looking

    @work(thread=True, exclusive=True, exit_on_error=False, group="look")
    def _look_around(self) -> None:
        worker, services = get_current_worker(), self.services
        for look in look_around(services.catalogue, services.advisor, services.sources):
            if worker.is_cancelled:
                return
            self.post_message(self.Seen(look))

    @on(Seen)
    def _show(self, event: Seen) -> None:
        self._look = event.look
        self.query_one("#machine", Static).update(Content("\n".join(_machine(event.look))))
        self.query_one("#basis", Static).update(Content("\n".join(_remarks(event.look))))
        self._fill()

    def _fill(self) -> None:
        options, look = self.query_one(OptionList), self._look
        width = options.content_size.width or _INDENT
        highlighted = options.highlighted
        made = [Option(_demo(look, width), id=DEMO)]
        for number, each in enumerate(look.suggestions if look else (), 1):
            made.append(Option(_suggested(number, each, width), id=each.model.id))
        options.set_options(made)
        options.highlighted = min(highlighted or 0, len(made) - 1)
        if not highlighted:  # nobody has moved in it yet
            self.call_after_refresh(self.query_one(VerticalScroll).scroll_home, animate=False)

    # -- what a person does

    def action_choose(self) -> None:
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._go(event.option_index)

    def action_go(self, number: int) -> None:
        self._go(number)

    def action_later(self) -> None:
        self._leave(None)

    async def action_language(self) -> None:
        other = _OTHER_LANGUAGE.get(self._language, _OTHER_LANGUAGE["zh_CN"])[0]
        self.post_message(SpeakLanguage(other))

    # -- inside

    def _go(self, number: int) -> None:
        """0 is the demo; where it is not installed, the Models part says how it comes."""
        suggestions = self._look.suggestions if self._look else ()
        if number > len(suggestions):
            return
        if number:
            self._leave(ShowModel(suggestions[number - 1].model.id))
        elif self._look is not None and self._look.demo_bytes is None:
            self._leave(ShowModel(DEMO))
        else:
            self._leave(UseModel(DEMO))

    def _leave(self, message: Message | None) -> None:
        self.app.run_worker(self._remember(), group="welcomed", exit_on_error=False)
        app = self.app
        self.dismiss()
        if message is not None:
            app.post_message(message)

    async def _remember(self) -> None:
        await asyncio.to_thread(remember_welcome, self.services.store)


# -- words


def _machine(look: FirstLook) -> Iterator[str]:
    """One line of what is here, one of what llama.cpp makes of it."""
    hardware = look.hardware
    memory = hardware.memory
    values = {
        "cpu": clean(hardware.cpu.model or tr("an unknown processor")),
        "free": tr("unknown") if memory.available_bytes is None else _size(memory.available_bytes),
        "total": tr("unknown") if memory.total_bytes is None else _size(memory.total_bytes),
    }
    yield tr("{cpu}, {free} of {total} RAM free", **values)
    for device in hardware.accelerators:
        yield _gpu(device)
    if look.build is None:
        message = look.trouble.message if look.trouble is not None else ""
        yield clean(message)
        yield tr("F4 says what mends it.")
        return
    names = clean(", ".join(look.build.backends))
    version = clean(look.build.llama_cpp)
    if hardware.accelerators:
        yield tr(
            "llama-cpp-python {version}, built for {backends}", version=version, backends=names
        )
    elif hardware.gpus:
        gpu = clean(hardware.gpus[0].name)
        yield tr("llama-cpp-python {version} does not use the {gpu}", version=version, gpu=gpu)
        yield tr("F4 says what mends it.")
    else:
        yield tr("llama-cpp-python {version}, no GPU found", version=version)


def _gpu(device: Device) -> str:
    description = clean(device.description)
    if device.free_bytes is None:
        return description
    return tr("{gpu}, {free} free", gpu=description, free=_size(device.free_bytes))


def _size(size_bytes: int) -> str:
    return memory_size(size_bytes)


def _demo(look: FirstLook | None, width: int) -> Content:
    if look is not None and look.demo_bytes is None:
        title, note = tr("The demo model is not installed"), ""
        below = 'pip install "yi-local[demo]"'
    else:
        title = tr("Try the demo model now")
        note = human_bytes(look.demo_bytes) if look is not None else ""
        below = tr("here already; it is tiny: it shows how, not how well")
    return _two_lines(tr("Enter"), title, note, below, width)


def _suggested(number: int, suggestion: Suggestion, width: int) -> Content:
    size = human_bytes(suggestion.size_bytes)
    disk = size if suggestion.is_size_known else tr("about {size}", size=size)
    note = tr("{quant}, {size} on disk", quant=suggestion.quant, size=disk)
    name = clean(suggestion.model.name)
    return _two_lines(str(number), name, note, tr(", ").join(_facts(suggestion)), width)


def _facts(suggestion: Suggestion) -> Iterator[str]:
    plan = suggestion.plan
    if not plan.fits:
        yield tr("does not fit after all")
        return
    yield speed_words(plan.decode)
    if suggestion.is_slow:
        yield tr("slower than people read")
    yield _place(plan)
    if suggestion.model.purpose == "code":
        yield tr("for programming")


def _place(plan: Plan) -> str:
    everything = plan.file.n_layer + 1
    layers = min(plan.options.n_gpu_layers or 0, everything)
    if layers == 0:
        return tr("on the CPU")
    return tr("on the GPU") if layers == everything else tr("partly on the GPU")


def _remarks(look: FirstLook) -> Iterator[str]:
    """On what the numbers rest."""
    if not look.suggestions:
        yield tr("No larger model of the catalogue fits into the memory that is free now.")
        return
    bases = dict.fromkeys(s.plan.decode.basis for s in look.suggestions if s.plan.decode)
    if bases:
        basis = tr(", ").join(basis_words(each) for each in bases)
        yield tr("Speeds are {basis}.", basis=basis)
    if not all(suggestion.is_exact for suggestion in look.suggestions):
        yield tr("Sizes without a published number are estimated from the parameters.")


def _two_lines(key: str, title: str, note: str, below: str, width: int) -> Content:
    """The key and the name at the left, the note at the right, or below where it is narrow."""
    room = width - _INDENT - 1
    space = room - width_of(title) - width_of(note)
    if space < _GAP:
        title, note, below = cut(title, room), "", f"{note}; {below}" if note else below
        space = 0
    lines = wrapped(below, room).split("\n")
    return Content.assemble(
        (padded(key, _INDENT), "b"),
        (title, "b"),
        " " * space + note,
        *((f"\n{' ' * _INDENT}{line}", "dim") for line in lines),
    )
