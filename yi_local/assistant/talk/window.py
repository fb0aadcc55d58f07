"""What of a conversation fits the context: pure arithmetic over token counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from yi_local.errors import PromptTooLong
from yi_local.language import tr

Policy = Literal["drop-oldest", "stop"]  # what happens when a conversation outgrows the context

_LEAST_ANSWER = 64  # tokens; what cannot be dropped may take the rest of the context


@dataclass(frozen=True, slots=True)
class Meter:
    """Tokens by part; together they are at most n_ctx."""

    n_ctx: int
    system_tokens: int
    document_tokens: int  # attachments
    turn_tokens: int  # questions and answers, the template's own text included
    answer_tokens: int  # of the running or the last answer
    estimated: bool = False  # the model is not there to count

    @property
    def used_tokens(self) -> int:
        return self.system_tokens + self.document_tokens + self.turn_tokens + self.answer_tokens

    @property
    def free_tokens(self) -> int:
        return self.n_ctx - self.used_tokens


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer: they stay or go together."""

    ids: tuple[int, ...]
    tokens: int
    pinned: bool = False
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Fit:
    kept: tuple[Turn, ...]  # oldest first
    left_out: tuple[Turn, ...]

    @property
    def left_out_ids(self) -> tuple[int, ...]:
        return tuple(node_id for turn in self.left_out for node_id in turn.ids)


def fit(
    turns: Sequence[Turn],
    *,
    n_ctx: int,
    fixed_tokens: int,
    answer_tokens: int,
    policy: Policy = "drop-oldest",
) -> Fit:
    """The last turn is the question; it stays, as pinned ones do, and `fixed_tokens` come on top.

    The oldest go first, until `answer_tokens` are free; those that stay may take of that, down to
    a few. Policy "stop" lets go only of questions that were never answered. Raises PromptTooLong,
    with numbers.
    """
    *earlier, last = turns
    staying = sum(turn.tokens for turn in earlier if turn.pinned) + last.tokens + fixed_tokens
    if staying > n_ctx - min(_LEAST_ANSWER, n_ctx // 8):
        raise _too_long(staying, n_ctx, is_pinned=any(turn.pinned for turn in earlier))
    room = n_ctx - answer_tokens - fixed_tokens - last.tokens
    kept, left_out = _dropped(earlier, room, policy)
    needed = sum(turn.tokens for turn in kept)
    if policy == "stop" and needed > max(room, staying - fixed_tokens - last.tokens):
        raise _full(needed + fixed_tokens + last.tokens, n_ctx, answer_tokens)
    return Fit((*kept, last), left_out)


def answer_room(n_ctx: int, max_tokens: int | None) -> int:
    """Tokens to keep free for an answer: a quarter, or what it is limited to, at most half."""
    return min(max_tokens if max_tokens is not None else n_ctx // 4, n_ctx // 2)


def _dropped(
    turns: Sequence[Turn], room: int, policy: Policy
) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
    """Until the rest is at most `room`, or nothing more may go."""
    excess = sum(turn.tokens for turn in turns) - room
    kept: list[Turn] = []
    left_out: list[Turn] = []
    for turn in turns:
        may_go = not turn.pinned and (policy == "drop-oldest" or not turn.answered)
        if excess > 0 and may_go:
            excess -= turn.tokens
            left_out.append(turn)
        else:
            kept.append(turn)
    return tuple(kept), tuple(left_out)


def _too_long(needed: int, n_ctx: int, *, is_pinned: bool) -> PromptTooLong:
    if is_pinned:
        return PromptTooLong(
            tr(
                "The question and the pinned messages need {needed} tokens; the context holds "
                "{n_ctx}, the answer included.",
                needed=f"{needed:,}",
                n_ctx=f"{n_ctx:,}",
            ),
            tr("Unpin messages, shorten the question, or load with a larger context."),
        )
    return PromptTooLong(
        tr(
            "The question needs {needed} tokens; the context holds {n_ctx}, the answer included.",
            needed=f"{needed:,}",
            n_ctx=f"{n_ctx:,}",
        ),
        tr("Shorten it, attach less, or load with a larger context."),
    )


def _full(needed: int, n_ctx: int, answer_tokens: int) -> PromptTooLong:
    return PromptTooLong(
        tr(
            "The conversation has grown to {needed} tokens. The context holds {n_ctx}, of which "
            "{answer} are for the answer.",
            needed=f"{needed:,}",
            n_ctx=f"{n_ctx:,}",
            answer=f"{answer_tokens:,}",
        ),
        tr("Start a new chat, let the oldest messages be left out, or load with a larger context."),
    )
