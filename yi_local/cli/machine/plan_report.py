"""Plans as a table for people, as JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from yi_local.assistant.models.offer import Offer
from yi_local.assistant.planning.advisor import Advice
from yi_local.assistant.planning.machine import Machine
from yi_local.assistant.planning.plan_words import need, pace, settings, verdict
from yi_local.cli.table import table
from yi_local.language import tr, trn
from yi_local.planner.plan import DeviceEstimate, Plan
from yi_local.planner.sizes import memory_size
from yi_local.text import human_bytes, shortened, wrapped

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
    if not requests:
        return trn(
            "{n} header of {repo} known from before.",
            "{n} headers of {repo} known from before.",
            count,
            repo=repo_id,
        )
    return trn(
        "Read {n} header of {repo}: {size}, {requests} requests.",
        "Read {n} headers of {repo}: {size}, {requests} requests.",
        count,
        repo=repo_id,
        size=human_bytes(offer.traffic.n_bytes),
        requests=requests,
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
    parts = [tr("{size} of RAM free", size=_size(ram))]
    for device in hardware.accelerators:
        name = f"{device.description} ({device.name})"
        parts.append(tr("{size} free on {device}", size=_size(device.free_bytes), device=name))
    if not hardware.accelerators:
        parts.append(tr("no GPU that llama.cpp can use"))
    told = tr("This machine: {memories}.", memories=tr(", ").join(parts))
    return wrapped(told, columns) + "\n"


def _size(size_bytes: int | None) -> str:
    return tr("unknown") if size_bytes is None else memory_size(size_bytes)


def _plans(plans: Sequence[Plan], best: Plan | None, machine: Machine) -> str:
    by_quant = _differ_by_quant(plans)
    gpus = bool(machine.hardware.accelerators)
    head = ["", tr("quant") if by_quant else tr("model"), tr("size"), "GPU", tr("RAM")]
    head += [tr("context"), tr("layers"), tr("speed"), tr("verdict")]
    rows = [
        [
            _CHOSEN if plan is best else "",
            (plan.file.quant or plan.file.name)
            if by_quant
            else shortened(plan.file.name.removesuffix(".gguf"), _NAME_WIDTH),
            human_bytes(plan.file.size_bytes),
            need(plan.memory.devices[1:]),
            need(plan.memory.devices[:1]),
            f"{plan.options.n_ctx or 0:,}",
            f"{min(plan.options.n_gpu_layers or 0, plan.file.n_layer + 1)}/{plan.file.n_layer + 1}",
            pace(plan.decode),
            verdict(plan, best),
        ]
        for plan in plans
    ]
    columns = [column for column in range(9) if gpus or column not in (3, 6)]
    return table(
        [head[column] for column in columns],
        [[row[column] for column in columns] for row in rows],
        left=(0, 1, len(columns) - 1),
    )


def _differ_by_quant(plans: Sequence[Plan]) -> bool:
    """Whether these are quants of one model, so that the quant is name enough."""
    quants = [plan.file.quant for plan in plans]
    models = {(plan.file.n_params, plan.file.n_layer) for plan in plans}
    return len(models) == 1 and None not in quants and len(set(quants)) == len(quants)


# -- what stands below it


def _reasons(plan: Plan, columns: int) -> str:
    lines = [f"{plan.file.name}: {settings(plan)}", *(f"  - {r.text}" for r in plan.reasons)]
    return "".join(wrapped(line, columns, indent="    ") + "\n" for line in lines)


def _contexts(ladder: Sequence[Plan], machine: Machine) -> str:
    """Two columns of totals, KV cache in f16 and q8_0, marked where they do not fit."""
    rows = []
    for n_ctx, plans in groupby(ladder, key=lambda plan: plan.options.n_ctx):
        row = [f"{n_ctx or 0:,}", "", ""]
        for plan in plans:
            total = sum(device.need_bytes for device in plan.memory.devices)
            short = plan.memory.short
            told = memory_size(total)
            if short:
                lack = memory_size(short.short_bytes)
                told = tr("{size} ({lack} too much)", size=told, lack=lack)
            row[1 if plan.options.type_k == "f16" else 2] = told
        rows.append(row)
    head = [tr("context"), "KV f16", "KV q8_0"]
    title = tr("What each context takes, all memory together:")
    return f"{title}\n" + table(head, rows, left=(1, 2))


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
