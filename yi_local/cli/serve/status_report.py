"""The programs that hold models, as `yi status` shows them."""

import time
from collections.abc import Iterable

from yi_local.assistant.warm.programs import Program
from yi_local.cli.serve.program_words import program_words
from yi_local.cli.table import table
from yi_local.language import tr, trn
from yi_local.text import human_bytes, human_duration, one_line
from yi_local.types import Json

Found = Iterable[tuple[Program, Json | None]]

_DAY_S = 86_400


def status_json(found: Found) -> list[Json]:
    """Where a program is too busy to answer, what it does is null."""
    return [
        {
            "kind": program.kind,
            "pid": program.pid,
            "url": program.url,
            "version": program.version,
            "started_s": program.started_s,
            "running": told["running"] if told else None,
            "waiting": told["waiting"] if told else None,
            "models": told["models"] if told else None,
        }
        for program, told in found
    ]


def status_text(found: Found) -> str:
    return "\n".join(_program(program, told) for program, told in found)


def _program(program: Program, told: Json | None) -> str:
    head = tr(
        "{program}, at {url}, since {time}",
        program=program_words(program),
        url=program.url,
        time=_since(program.started_s),
    )
    if told is None:
        return f"{head}\n  {tr('It is too busy to answer.')}\n"
    parts = [head, *_requests(told)]
    return "\n".join(parts) + "\n" + _models(told["models"])


def _requests(told: Json) -> list[str]:
    running = sum(model["answering"] for model in told["models"])
    if not running and not told["waiting"]:
        return []
    answers = trn("{n} answer is being written", "{n} answers are being written", running)
    waiting = trn("{n} request waits", "{n} requests wait", told["waiting"])
    return ["  " + tr(", ").join((answers, waiting))]


def _models(models: list[Json]) -> str:
    if not models:
        return "  " + tr("no model is loaded") + "\n"
    head = [tr("MODEL"), tr("QUANT"), tr("CONTEXT"), tr("ON THE GPU"), tr("MEMORY"), tr("SINCE")]
    shown = table(head, [_model(model) for model in models], left=(0, 1, 3, 4, 5))
    return "".join(f"  {line}\n" for line in shown.splitlines())


def _model(model: Json) -> list[str]:
    layers, on_gpu = model["n_layers"], model["n_gpu_layers"]
    return [
        one_line(model["name"]),
        one_line(model["quant"] or tr("unknown")),
        f"{model['n_ctx']:,}",
        tr("{n} of {layers} layers", n=on_gpu, layers=layers) if on_gpu else tr("CPU only"),
        _memory(model),
        _since(model["loaded_s"]),
    ]


def _memory(model: Json) -> str:
    """By device where llama.cpp's books are open."""
    devices = [each for each in model["devices"] if each["bytes"]]
    if not devices:
        return human_bytes(model["process_bytes"])
    return tr(", ").join(f"{human_bytes(each['bytes'])} {each['device']}" for each in devices)


def _since(moment_s: float | None) -> str:
    """ "14:02 (3 min 5 s)"; with the date where that is not today's."""
    if moment_s is None:
        return tr("unknown")
    ago = max(0.0, time.time() - moment_s)
    form = "%H:%M" if ago < _DAY_S / 2 else "%Y-%m-%d %H:%M"
    return f"{time.strftime(form, time.localtime(moment_s))} ({human_duration(ago)})"
