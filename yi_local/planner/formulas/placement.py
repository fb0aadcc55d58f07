"""Where llama.cpp puts each layer: `load_tensors` in src/llama-model.cpp (memory.md, 7.2)."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


def places(n_block: int, n_gpu_layers: int, shares: Sequence[float]) -> list[int | None]:
    """The GPU, by number, of each block and last of the output; None is the CPU.

    The last `n_gpu_layers` go to the GPUs, the output being the last of all; they are divided in
    order, in proportion to `shares`.
    """
    n_layer = n_block + 1
    n_offloaded = min(n_gpu_layers, n_layer) if shares else 0
    first = n_layer - n_offloaded
    ends = [end / sum(shares) for end in accumulate(shares)]
    return [
        None if layer < first else bisect_right(ends, (layer - first) / n_offloaded)
        for layer in range(n_layer)
    ]
