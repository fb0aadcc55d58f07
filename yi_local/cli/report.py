"""What is told about a model and its answers: remarks for people, JSON for programs."""

import json
from dataclasses import asdict

from yi_local.hardware.snapshot import Hardware
from yi_local.planner.plan import Plan
from yi_local.planner.sizes import memory_size
from yi_local.text import human_duration
from yi_local.types import Diagnosis, Done, LoadOptions, ModelInfo, SamplingOptions, Usage


def greeting(model: ModelInfo) -> str:
    """Two lines: whom one talks with, what can be typed."""
    return (
        f"You are chatting with {model.name}, which remembers {model.n_ctx:,} tokens.\n"
        "Type a message and press Enter. /help lists the commands, /quit leaves."
    )


def plan_line(plan: Plan, hardware: Hardware) -> str:
    """What was chosen for loading, in one line."""
    file, needs = plan.file, _needs(plan, hardware)
    name = file.quant or file.name
    speed = ""
    if plan.decode:
        word = "at most" if plan.decode.basis == "at most" else "about"
        speed = f"; {word} {plan.decode.tokens_per_s:.0f} tokens/s"
    return f"plan: {name}, {settings_of(plan)}; {needs}{speed}"


def settings_of(plan: Plan) -> str:
    """ "context 16,384, 33 of 33 layers on the GPU, KV cache in q8_0"."""
    options, layers = plan.options, plan.file.n_layer + 1
    on_gpu = options.n_gpu_layers or 0
    where = f"{on_gpu} of {layers} layers on the GPU" if on_gpu else "CPU"
    parts = [f"context {options.n_ctx:,}" if options.n_ctx else "its own context", where]
    if options.type_k != "f16":
        parts.append(f"KV cache in {options.type_k}")
    if options.n_ubatch < LoadOptions("").n_ubatch:
        parts.append(f"batches of {options.n_ubatch}")
    return ", ".join(parts)


def _needs(plan: Plan, hardware: Hardware) -> str:
    """The devices that take weights, fullest first, with what is free on each."""
    parts = []
    for device in reversed(plan.memory.devices):
        known = hardware.device(device.device)
        name = "RAM" if device is plan.memory.devices[0] else device.device
        if known is not None and known.kind != "cpu":
            name = known.backend
        free = "" if device.free_bytes is None else f" of {memory_size(device.free_bytes)}"
        parts.append(f"{memory_size(device.need_bytes)}{free} {name}")
    return ", ".join(parts)


def diagnosis_line(diagnosis: Diagnosis) -> str:
    repair = f" {diagnosis.repair}" if diagnosis.repair else ""
    return f"note: {diagnosis.explanation}{repair} ({diagnosis.name})"


def length_note(done: Done, sampling: SamplingOptions, model: ModelInfo) -> str | None:
    """Why an answer was cut; None where it was not."""
    if done.finish_reason != "length":
        return None
    count = done.usage.completion_tokens
    if sampling.max_tokens is not None and count >= sampling.max_tokens:
        return f"note: cut after {count:,} tokens, as --max-tokens asks"
    return f"note: cut because the context of {model.n_ctx:,} tokens is full; --ctx makes it larger"


def stats_line(usage: Usage, model: ModelInfo) -> str:
    """Prompt, answer, waiting and loading, in one line."""
    cached = f" ({usage.cached_tokens:,} cached)" if usage.cached_tokens else ""
    return "; ".join(
        (
            f"prompt {usage.prompt_tokens:,} tokens{cached}, {_rate(usage.prefill_tps)}",
            f"answer {usage.completion_tokens:,} tokens, {_rate(usage.decode_tps)}",
            f"first token after {human_duration(usage.ttft_s)}",
            f"loaded in {human_duration(model.load_s)}",
            f"{model.n_gpu_layers} layers on the GPU" if model.n_gpu_layers else "CPU only",
        )
    )


def _rate(tps: float | None) -> str:
    return "speed unknown" if tps is None else f"{tps:.1f} tokens/s"


def json_line(text: str, done: Done | None, model: ModelInfo) -> str:
    """One object; without a Done the engine has died: finish_reason is error, usage null."""
    return (
        json.dumps(
            {
                "text": text,
                "finish_reason": done.finish_reason if done else "error",
                "usage": asdict(done.usage) if done else None,
                "model": model.name,
                "diagnoses": [asdict(diagnosis) for diagnosis in model.diagnoses],
            },
            ensure_ascii=False,
        )
        + "\n"
    )
