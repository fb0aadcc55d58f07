"""Plans as a table for people, as JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from yi_local.assistant.advisor import Advice
from yi_local.assistant.machine import Machine
from yi_local.assistant.offer import Offer
from yi_local.cli.table import shortened, table
from yi_local.planner.plan import DeviceEstimate, Plan, Speed
from yi_local.planner.sizes import memory_size
from yi_local.text import human_bytes, wrapped

COLUMNS = 80  # of the lines around the table
_NAME_WIDTH = 22  # columns; with it a table of many models fits into 80
_LONG_CONTEXT = 16_384  # tokens; from here on a context's price is worth a table
_CHOSEN = ">"


def plan_text(
    advice: Advice, ladder: Sequence[Plan], machine: Machine, columns: int = COLUMNS
) -> str:
    """The table, the chosen row marked; why; what could not be read; what contexts cost."""
    ranking = advice.ranking
    parts = [_machine_line(machine, columns), _plans(ranking.each_file, ranking.best, machine)]
    if ranking.best is not None:
        parts.append(_reasons(ranking.best, columns))
    elif ranking.too_big:
        parts.append(_reasons(ranking.too_big[0], columns))
    if advice.refused:
        parts.append("".join(f"{name}: {error.message}\n" for name, error in advice.refused))
    if len(ladder) > 2 and (ladder[-1].options.n_ctx or 0) > _LONG_CONTEXT:
        parts.append(_contexts(ladder, machine))
    return "\n".join(parts)


def read_note(offer: Offer) -> str:
    """What it took to know all this."""
    repo_id, requests = offer.listing.repo_id, offer.traffic.n_requests
    count = len(offer.subjects)
    headers = "1 header" if count == 1 else f"{count} headers"
    if not requests:
        return f"{headers.capitalize()} of {repo_id} known from before."
    return (
        f"Read {headers} of {repo_id}: {human_bytes(offer.traffic.n_bytes)}, {requests} requests."
    )


def plan_json(advice: Advice, ladder: Sequence[Plan], machine: Machine) -> str:
    best = advice.ranking.best
    found = {
        "machine": _machine(machine),
        "chosen": _plan(best) if best is not None else None,
        "plans": [_plan(plan) | {"chosen": plan is best} for plan in advice.ranking.each_file],
        "contexts": [_context(plan) for plan in ladder],
        "refused": [{"name": name, "reason": error.message} for name, error in advice.refused],
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


# -- the table


def _machine_line(machine: Machine, columns: int) -> str:
    hardware = machine.hardware
    ram = hardware.memory.available_bytes
    parts = [f"{'unknown' if ram is None else memory_size(ram)} of RAM free"]
    for device in hardware.accelerators:
        free = "unknown" if device.free_bytes is None else memory_size(device.free_bytes)
        parts.append(f"{free} free on {device.description} ({device.name})")
    if not hardware.accelerators:
        parts.append("no GPU that llama.cpp can use")
    return wrapped("This machine: " + ", ".join(parts) + ".", columns) + "\n"


def _plans(plans: Sequence[Plan], best: Plan | None, machine: Machine) -> str:
    by_quant = _differ_by_quant(plans)
    gpus = bool(machine.hardware.accelerators)
    head = ["", "quant" if by_quant else "model", "size", "GPU", "RAM", "context", "layers"]
    rows = [
        [
            _CHOSEN if plan is best else "",
            (plan.file.quant or plan.file.name)
            if by_quant
            else shortened(plan.file.name.removesuffix(".gguf"), _NAME_WIDTH),
            human_bytes(plan.file.size_bytes),
            _need(plan.memory.devices[1:]),
            _need(plan.memory.devices[:1]),
            f"{plan.options.n_ctx or 0:,}",
            f"{min(plan.options.n_gpu_layers or 0, plan.file.n_layer + 1)}/{plan.file.n_layer + 1}",
            _tps(plan.decode),
            _verdict(plan, best),
        ]
        for plan in plans
    ]
    columns = [column for column in range(9) if gpus or column not in (3, 6)]
    return table(
        [[*head, "speed", "verdict"][column] for column in columns],
        [[row[column] for column in columns] for row in rows],
        left=(0, 1, len(columns) - 1),
    )


def _differ_by_quant(plans: Sequence[Plan]) -> bool:
    """Whether these are quants of one model, so that the quant is name enough."""
    quants = [plan.file.quant for plan in plans]
    models = {(plan.file.n_params, plan.file.n_layer) for plan in plans}
    return len(models) == 1 and None not in quants and len(set(quants)) == len(quants)


def _need(devices: Sequence[DeviceEstimate]) -> str:
    return memory_size(sum(device.need_bytes for device in devices)) if devices else "-"


def _tps(speed: Speed | None) -> str:
    if speed is None:
        return "unknown"
    tps, limit = speed.tokens_per_s, "< " if speed.basis == "at most" else ""
    return f"{limit}{tps:.0f} tok/s" if tps >= 9.95 else f"{limit}{tps:.1f} tok/s"


def _verdict(plan: Plan, best: Plan | None) -> str:
    short = plan.memory.short
    if short is not None:
        return f"needs {memory_size(short.short_bytes)} more"
    codes = {reason.code for reason in plan.reasons}
    if "slow" in codes:
        return "fits, slow"
    if plan is best:
        return "best here"
    return "partly on GPU" if "layers" in codes else "fits"


# -- what stands below it


def _reasons(plan: Plan, columns: int) -> str:
    lines = [f"{plan.file.name}: {_settings(plan)}", *(f"  - {r.text}" for r in plan.reasons)]
    return "".join(wrapped(line, columns, indent="    ") + "\n" for line in lines)


def _settings(plan: Plan) -> str:
    options = plan.options
    parts = [
        f"KV cache {options.type_k}",
        f"n_ubatch {options.n_ubatch}",
        f"{options.n_threads} threads" if options.n_threads else "",
        _speeds(plan),
    ]
    return ", ".join(part for part in parts if part)


def _speeds(plan: Plan) -> str:
    said = []
    for name, speed in (("prefill", plan.prefill), ("decode", plan.decode)):
        if speed is not None:
            said.append(f"{name} {_tps(speed)} ({speed.basis})")
    return ", ".join(said)


def _contexts(ladder: Sequence[Plan], machine: Machine) -> str:
    """Two columns of totals, KV cache in f16 and q8_0, marked where they do not fit."""
    rows = []
    for n_ctx, plans in groupby(ladder, key=lambda plan: plan.options.n_ctx):
        row = [f"{n_ctx or 0:,}", "", ""]
        for plan in plans:
            total = sum(device.need_bytes for device in plan.memory.devices)
            short = plan.memory.short
            lack = f" ({memory_size(short.short_bytes)} too much)" if short else ""
            row[1 if plan.options.type_k == "f16" else 2] = memory_size(total) + lack
        rows.append(row)
    return "What each context takes, all memory together:\n" + table(
        ["context", "KV f16", "KV q8_0"], rows, left=(1, 2)
    )


# -- JSON


def _machine(machine: Machine) -> dict[str, Any]:
    hardware = machine.hardware
    return {
        "ram_available_bytes": hardware.memory.available_bytes,
        "devices": [asdict(device) for device in hardware.devices],
        "imagined": machine.imagined,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    short = plan.memory.short
    return {
        "file": asdict(plan.file),
        "fits": plan.fits,
        "short_bytes": short.short_bytes if short else 0,
        "options": asdict(plan.options),
        "memory": {
            "devices": [_device(device) for device in plan.memory.devices],
            "pageable_bytes": plan.memory.pageable_bytes,
            "basis": plan.memory.basis,
        },
        "prefill": asdict(plan.prefill) if plan.prefill else None,
        "decode": asdict(plan.decode) if plan.decode else None,
        "reasons": [asdict(reason) for reason in plan.reasons],
    }


def _device(device: DeviceEstimate) -> dict[str, Any]:
    return asdict(device) | {"need_bytes": device.need_bytes, "short_bytes": device.short_bytes}


def _context(plan: Plan) -> dict[str, Any]:
    return {
        "n_ctx": plan.options.n_ctx,
        "kv_type": plan.options.type_k,
        "kv_cache_bytes": sum(device.kv_cache_bytes for device in plan.memory.devices),
        "need_bytes": sum(device.need_bytes for device in plan.memory.devices),
        "fits": plan.fits,
    }
