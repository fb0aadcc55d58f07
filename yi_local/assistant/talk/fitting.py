"""Which messages the model gets to see: texts counted, the window chosen, the prompt measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from yi_local.assistant.talk.counting import Counter, estimate
from yi_local.assistant.talk.prompt import messages_of, text_of
from yi_local.assistant.talk.window import Fit, Policy, Turn, answer_room, fit
from yi_local.engine.asking import Asking
from yi_local.store.records import Node
from yi_local.types import Message

TEMPLATE_TOKENS = 6  # about so many come with each message: its role, its marks


@dataclass(frozen=True, slots=True)
class Seen:
    messages: tuple[Message, ...]
    left_out: tuple[Node, ...]  # oldest first
    left_out_tokens: int


def seen(
    nodes: Sequence[Node],
    system: str | None,
    continues: str,
    *,
    n_ctx: int | None,
    max_tokens: int | None,
    policy: Policy,
    engine: Asking,
    counter: Counter,
) -> Seen:
    """Of the path to the question, what fits, by the loaded model's own count of the prompt.

    All of it where nobody tells how much fits; by estimates where whoever answers does not count.
    Raises PromptTooLong, and EngineDied where the engine goes meanwhile.
    """
    if n_ctx is None:
        return Seen(messages_of(system, nodes), (), 0)
    turns = turns_of(nodes, counter, n_ctx)
    counted = counter.count(system or "")[0] + counter.count(continues)[0]
    template_tokens = 0  # what the template adds, as far as it is known
    known: Fit | None = None
    while True:
        chosen = fit(
            turns,
            n_ctx=n_ctx,
            fixed_tokens=counted + template_tokens,
            answer_tokens=answer_room(n_ctx, max_tokens),
            policy=policy,
        )
        left_out = set(chosen.left_out_ids)
        messages = messages_of(system, [node for node in nodes if node.id not in left_out])
        if chosen == known:
            break
        known = chosen
        prompt_tokens = engine.prompt_tokens(messages, continues)
        if prompt_tokens is None:
            prompt_tokens = counted + TEMPLATE_TOKENS * len(messages)
            prompt_tokens += sum(turn.tokens for turn in chosen.kept)
        told = counted + sum(turn.tokens for turn in chosen.kept)
        template_tokens = max(template_tokens, prompt_tokens - told)
    return Seen(
        messages,
        tuple(node for node in nodes if node.id in left_out),
        sum(turn.tokens for turn in chosen.left_out),
    )


def turns_of(nodes: Sequence[Node], counter: Counter, n_ctx: int) -> tuple[Turn, ...]:
    """Counted from the newest on until the context is full; what is older is estimated."""
    turns: list[Turn] = []
    total = 0
    for group in reversed(_groups(nodes)):
        texts = [text_of(node) for node in group]
        is_pinned = any(node.pinned for node in group)
        if total <= n_ctx or is_pinned:
            tokens = sum(counter.count(text)[0] for text in texts)
        else:
            tokens = sum(map(estimate, texts))
        total += tokens
        is_answered = group[-1].message.role == "assistant"
        turns.append(Turn(tuple(node.id for node in group), tokens, is_pinned, is_answered))
    return tuple(reversed(turns))


def _groups(nodes: Sequence[Node]) -> list[list[Node]]:
    """A question with the answer it got; one that got none stands alone."""
    groups: list[list[Node]] = []
    for node in nodes:
        if not groups or node.message.role == "user":
            groups.append([])
        groups[-1].append(node)
    return groups
