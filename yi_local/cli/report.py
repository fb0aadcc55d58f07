"""What is told about a model and its answers: remarks for people, JSON for programs."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from yi_local.language import tr, trn
from yi_local.planner.sizes import memory_size
from yi_local.text import human_duration
from yi_local.types import Diagnosis, Done, Json, LoadOptions, ModelInfo, SamplingOptions, Usage

if TYPE_CHECKING:
    from yi_local.hardware.snapshot import Hardware
    from yi_local.planner.plan import Plan


Answerer = ModelInfo | str  # a name alone: on another server, which tells no more


def greeting(model: str, n_ctx: int | None) -> str:
    """Two lines: whom one talks with, what can be typed."""
    if n_ctx is None:
        return tr(
            "You are chatting with {model}.\n"
            "Type a message and press Enter. /help lists the commands, /quit leaves.",
            model=model,
        )
    return tr(
        "You are chatting with {model}, which remembers {tokens} tokens.\n"
        "Type a message and press Enter. /help lists the commands, /quit leaves.",
        model=model,
        tokens=f"{n_ctx:,}",
    )


def plan_line(plan: "Plan", hardware: "Hardware") -> str:
    """What was chosen for loading, in one line."""
    file, needs = plan.file, _needs(plan, hardware)
    name, settings = file.quant or file.name, settings_of(plan)
    if plan.decode is None:
        return tr("plan: {name}, {settings}; {needs}", name=name, settings=settings, needs=needs)
    n = f"{plan.decode.tokens_per_s:.0f}"
    at_most = plan.decode.basis == "at most"
    return tr(
        "plan: {name}, {settings}; {needs}; {speed}",
        name=name,
        settings=settings,
        needs=needs,
        speed=tr("at most {n} tokens/s", n=n) if at_most else tr("about {n} tokens/s", n=n),
    )


def settings_of(plan: "Plan") -> str:
    """ "context 16,384, 33 of 33 layers on the GPU, KV cache in q8_0"."""
    options, layers = plan.options, plan.file.n_layer + 1
    on_gpu = options.n_gpu_layers or 0
    parts = [
        tr("context {n}", n=f"{options.n_ctx:,}") if options.n_ctx else tr("its own context"),
        tr("{n} of {layers} layers on the GPU", n=on_gpu, layers=layers) if on_gpu else "CPU",
    ]
    if options.type_k != "f16":
        parts.append(tr("KV cache in {type}", type=options.type_k))
    if options.n_ubatch < LoadOptions("").n_ubatch:
        parts.append(tr("batches of {n}", n=options.n_ubatch))
    return tr(", ").join(parts)


def _needs(plan: "Plan", hardware: "Hardware") -> str:
    """The devices that take weights, fullest first, with what is free on each."""
    parts = []
    for device in reversed(plan.memory.devices):
        known = hardware.device(device.device)
        name = tr("RAM") if device is plan.memory.devices[0] else device.device
        if known is not None and known.kind != "cpu":
            name = known.backend
        need = memory_size(device.need_bytes)
        if device.free_bytes is None:
            parts.append(f"{need} {name}")
        else:
            free = memory_size(device.free_bytes)
            parts.append(tr("{need} of {free} {memory}", need=need, free=free, memory=name))
    return tr(", ").join(parts)


def diagnosis_line(diagnosis: Diagnosis) -> str:
    told = " ".join(filter(None, (diagnosis.explanation, diagnosis.repair)))
    return tr("note: {defect} ({name})", defect=told, name=diagnosis.name)


def length_note(done: Done, sampling: SamplingOptions, model: Answerer) -> str | None:
    """Why an answer was cut; None where it was not."""
    if done.finish_reason != "length":
        return None
    count = done.usage.completion_tokens
    if sampling.max_tokens is not None and count >= sampling.max_tokens:
        return trn(
            "note: cut after {n} token, as --max-tokens asks",
            "note: cut after {n} tokens, as --max-tokens asks",
            count,
        )
    if isinstance(model, str):
        return tr("note: cut by the server's own limit: its context is full, or it allows no more")
    return tr(
        "note: cut because the context of {n} tokens is full; --ctx makes it larger",
        n=f"{model.n_ctx:,}",
    )


def stats_line(usage: Usage, model: Answerer) -> str:
    """Prompt, answer, waiting and loading, in one line."""
    parts = [
        _prompt(usage),
        tr(
            "answer {n} tokens, {rate}",
            n=f"{usage.completion_tokens:,}",
            rate=_rate(usage.decode_tps),
        ),
        tr("first token after {time}", time=human_duration(usage.ttft_s)),
    ]
    if not isinstance(model, str):
        layers = model.n_gpu_layers
        parts.append(tr("loaded in {time}", time=human_duration(model.load_s)))
        parts.append(tr("{n} layers on the GPU", n=layers) if layers else tr("CPU only"))
    return tr("; ").join(parts)


def _prompt(usage: Usage) -> str:
    if usage.prompt_tokens is None:
        return tr("prompt of unknown length")
    n, rate = f"{usage.prompt_tokens:,}", _rate(usage.prefill_tps)
    if not usage.cached_tokens:
        return tr("prompt {n} tokens, {rate}", n=n, rate=rate)
    cached = f"{usage.cached_tokens:,}"
    return tr("prompt {n} tokens ({cached} cached), {rate}", n=n, cached=cached, rate=rate)


def _rate(tps: float | None) -> str:
    return tr("speed unknown") if tps is None else tr("{n} tokens/s", n=f"{tps:.1f}")


def json_line(
    text: str, done: Done | None, model: Answerer, conversation_id: int | None = None
) -> str:
    """One object; without a Done the engine has died: finish_reason is error, usage null."""
    diagnoses = () if isinstance(model, str) else model.diagnoses
    value: Json = {
        "text": text,
        "finish_reason": done.finish_reason if done else "error",
        "usage": asdict(done.usage) if done else None,
        "model": model if isinstance(model, str) else model.name,
        "diagnoses": [asdict(each) for each in diagnoses],
    }
    if conversation_id is not None:
        value["conversation"] = conversation_id
    return json.dumps(value, ensure_ascii=False) + "\n"
