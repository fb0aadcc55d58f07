"""How likely the model found the tokens of an answer, given out with their text."""

from collections import deque
from typing import Any

from yi_local.engine import protocol
from yi_local.engine.worker.context import Context
from yi_local.engine.worker.text_stream import TextStream

Line = list[Any]  # a TokenLogprob on its way to the parent

_LEAST = -9999.0  # stands for minus infinity, which JSON does not have
_DIGITS = 6  # logits are float32


def logprob_line(context: Context, row: int, token: int, top: int) -> Line:
    """The token's, from the logits at `row` of the last batch, with the `top` likeliest."""
    import numpy as np  # only who asks for logprobs waits the 60 ms of this import

    pointer = context.ll.llama_get_logits_ith(context.pointer, row)
    logits = np.ctypeslib.as_array(pointer, shape=(context.model.n_vocab,))
    highest = logits.max()
    total = float(highest) + float(np.log(np.exp(logits - highest).sum(dtype=np.float64)))

    def entry(token: int) -> Line:
        logprob = max(round(float(logits[token]) - total, _DIGITS), _LEAST)
        piece = context.model.piece(token)
        text = piece.decode("utf-8", "replace") if piece else context.model.text_of(token)
        return protocol.token_line(text, piece, logprob)

    top = min(top, logits.size - 1)
    likeliest = np.argpartition(logits, -top)[-top:] if top else np.empty(0, int)
    by_rank = likeliest[np.argsort(-logits[likeliest], kind="stable")]
    return [*entry(token), [entry(int(each)) for each in by_rank]]


class Trail:
    """Holds the lines of tokens back until their text has been given out.

    A character's text comes with the token of its last byte, and that of what could become a stop
    string with the token that decides.
    """

    def __init__(self, stream: TextStream) -> None:
        self._stream = stream
        self._before = 0  # characters decoded before the last token
        self._shown = 0
        self._half: list[Line] = []  # end within the character that the stream waits for
        self._whole: deque[tuple[int, Line]] = deque()  # with the characters they are whole after

    def note(self, line: Line) -> None:
        """A token that the stream has just been fed."""
        decoded = self._stream.decoded
        if decoded > self._before:
            self._whole.extend((self._before + 1, half) for half in self._half)
            self._half.clear()
            self._before = decoded
        if self._stream.in_character:
            self._half.append(line)
        else:
            self._whole.append((decoded, line))

    def take(self, text: str) -> list[Line]:
        """Those of the tokens that are whole with this text, the next that is given out."""
        self._shown += len(text)
        lines = []
        while self._whole and self._whole[0][0] <= self._shown:
            lines.append(self._whole.popleft()[1])
        return lines
