"""How to load one model here, or why not: the person's options against what is there."""

from dataclasses import replace
from pathlib import Path

from yi_local.assistant.planning.advisor import Advisor, Subject, read_subject
from yi_local.errors import CannotLoad, NotEnoughMemory
from yi_local.hardware.snapshot import Hardware
from yi_local.language import mark, tr
from yi_local.planner.plan import Plan, Wish
from yi_local.planner.sizes import memory_size

_FORCE = mark("--force loads it all the same.")


def decide(advisor: Advisor, path: Path, wish: Wish, *, force: bool = False) -> tuple[Plan, ...]:
    """Plans for this file, the best first, never none.

    Raises ModelNotFound or CannotLoad for a file that is none or is not loadable, and
    NotEnoughMemory, with numbers, for options that this machine cannot satisfy; `force` takes the
    least impossible ones.
    """
    subject = read_subject(path)
    if not force:
        refuse_contradictions(wish, advisor.machine.hardware)
    advice = advisor.advise([subject], wish)
    for _, error in advice.refused:
        raise error
    ranking = advice.ranking
    if ranking.plans:
        return ranking.plans
    if not ranking.too_big:  # every wish fixes something the planner could not keep
        raise CannotLoad(
            tr("No way to load {name} satisfies these options.", name=subject.file.name),
            tr("Leave out --ctx, --gpu-layers or --kv-type."),
        )
    if force:
        return ranking.too_big
    raise _too_big(advisor, subject, wish, ranking.too_big[0])


def refuse_contradictions(wish: Wish, hardware: Hardware) -> None:
    """Raises CannotLoad for what no choice of the planner could satisfy."""
    cores = hardware.cpu.logical_cores
    if wish.n_threads is not None and cores is not None and wish.n_threads > cores:
        raise CannotLoad(
            tr(
                "{n} threads are more than the {cores} cores this program may run on; "
                "llama.cpp becomes slower with each one above.",
                n=wish.n_threads,
                cores=cores,
            ),
            tr("--threads {cores} at most. {force}", cores=cores, force=tr(_FORCE)),
        )
    if wish.n_gpu_layers and not hardware.accelerators:
        raise CannotLoad(
            tr(
                "{n} layers cannot go on a GPU: the installed llama.cpp finds 0 GPUs here.",
                n=wish.n_gpu_layers,
            ),
            tr(
                "yi doctor says why. Leave --gpu-layers out, or set it to 0. {force}",
                force=tr(_FORCE),
            ),
        )


def _too_big(advisor: Advisor, subject: Subject, wish: Wish, plan: Plan) -> NotEnoughMemory:
    device = plan.memory.short
    assert device is not None
    assert device.free_bytes is not None
    needed = memory_size(device.need_bytes + device.shared_bytes)
    numbers = {
        "name": subject.file.name,
        "needed": needed,
        "free": memory_size(device.free_bytes),
        "margin": memory_size(device.margin_bytes),
    }
    if device is plan.memory.devices[0]:
        message = tr(
            "{name} does not fit here: it needs {needed} of RAM, {free} are free, and {margin} "
            "should stay so.",
            **numbers,
        )
    else:
        message = tr(
            "{name} does not fit here: it needs {needed} of memory on {device}, {free} are free, "
            "and {margin} should stay so.",
            device=device.device,
            **numbers,
        )
    hint = tr("{way_out} {force}", way_out=_way_out(advisor, subject, wish), force=tr(_FORCE))
    return NotEnoughMemory(message, hint)


def _way_out(advisor: Advisor, subject: Subject, wish: Wish) -> str:
    """What would fit, where the person's own options are in the way."""
    free = replace(wish, n_ctx=None, n_gpu_layers=None, kv_type=None)
    if free != wish:
        best = advisor.advise([subject], free).ranking.best
        if best is not None:
            options = best.options
            return tr(
                "This would fit: {options}.",
                options=f"--ctx {options.n_ctx} --gpu-layers {options.n_gpu_layers} "
                f"--kv-type {options.type_k}",
            )
    return tr("Close other programs, or take a smaller quant: yi plan FOLDER compares.")
