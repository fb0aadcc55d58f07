"""A plan in words: whether it fits, how fast it answers, why it is as it is."""

from collections.abc import Iterator

from textual.content import Content

from yi_local.assistant.planning.plan_words import basis_words
from yi_local.errors import YiLocalError
from yi_local.language import tr
from yi_local.planner.margins import CPU
from yi_local.planner.plan import Plan, Speed
from yi_local.planner.sizes import memory_size
from yi_local.text import clean

_SAID_ANYWAY = frozenset({"too-big", "estimate"})  # codes of reasons


def speed_words(speed: Speed | None) -> str:
    """ "about 12 tokens/s" or why there is no number."""
    if speed is None:
        return tr("speed unknown")
    tps = speed.tokens_per_s
    number = f"{tps:.0f}" if tps >= 9.95 else f"{tps:.1f}"
    if speed.basis == "at most":
        return tr("at most {number} tokens/s", number=number)
    return tr("about {number} tokens/s", number=number)


def verdict(plan: Plan, *, is_guess: bool) -> Content:
    """Whether it fits, and how fast it is: a line each."""
    return Content("\n").join(_lines(plan, is_guess))


def remarks(plan: Plan, *, is_guess: bool) -> Content:
    """Why it is as it is, and what a person should know of it; empty where there is nothing."""
    lines = [r.text for r in plan.reasons if r.code not in _SAID_ANYWAY]
    if plan.memory.basis == "formulas" and not is_guess:
        lines.append(tr("memory by formulas: llama.cpp could not be asked exactly"))
    return Content(clean("\n".join(f"- {line}" for line in lines)))


def refusal(error: YiLocalError) -> Content:
    said = Content.styled(clean(error.message), "b $error")
    return said + Content(clean(f"\n{error.hint}")) if error.hint else said


def _lines(plan: Plan, is_guess: bool) -> Iterator[Content]:
    first = _fits(plan)
    yield first + Content("  " + tr("(being worked out)")) if is_guess else first
    yield Content(_decode(plan))
    if plan.prefill is not None:
        speed = speed_words(plan.prefill)
        basis = basis_words(plan.prefill.basis)
        yield Content(tr("Reads a prompt at {speed} ({basis}).", speed=speed, basis=basis))


def _fits(plan: Plan) -> Content:
    short = plan.memory.short
    if short is None:
        return Content.styled(tr("Fits."), "b $success")
    missing = memory_size(short.short_bytes)
    if short.device == CPU:
        text = tr("Does not fit: {missing} of RAM are missing.", missing=missing)
    else:
        device = clean(short.device)
        text = tr(
            "Does not fit: {missing} are missing on {device}.", missing=missing, device=device
        )
    return Content.styled(text, "b $error")


def _decode(plan: Plan) -> str:
    if plan.decode is None:
        return tr("How fast it answers is not known before the first answer.")
    return tr(
        "Answers at {speed} ({basis}).",
        speed=speed_words(plan.decode),
        basis=basis_words(plan.decode.basis),
    )
