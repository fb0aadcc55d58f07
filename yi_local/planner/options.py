"""Which ways to load a file are worth a dry run."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

from yi_local.hardware.snapshot import Hardware
from yi_local.planner.budget import free_bytes
from yi_local.planner.contexts import contexts
from yi_local.planner.plan import ModelFile, Wish
from yi_local.types import LoadOptions

_KV_TYPES = ("f16", "q8_0")  # q4_0 is for who asks for it: reports of its harm contradict
_N_UBATCH = (512, 256, 128)  # tokens; the first sacrifice, for it costs prefill speed alone
_N_SEQ_MAX = LoadOptions("").n_seq_max
_UNQUANTIZED = {"bf16", "f16", "f32"}


def whole(file: ModelFile, hardware: Hardware, wish: Wish) -> tuple[LoadOptions, ...]:
    """The whole model on the accelerators, or on the CPU where there is none.

    The best options come first, the ones that need least memory last.
    """
    return _lattice(file, hardware, wish, wanted_layers(file, hardware, wish))


def partial(
    file: ModelFile, hardware: Hardware, wish: Wish, fits: Callable[[LoadOptions], bool]
) -> tuple[LoadOptions, ...]:
    """As many layers on the accelerators as can be, each sacrifice before that one made.

    Then everything that may go with so many layers: perhaps some of it need not be given up.
    `fits` asks about the accelerators' memory alone. Empty where `whole` says it all: where all
    layers fit, where there is no accelerator, where the person fixed the number.
    """
    if not hardware.accelerators or wish.n_gpu_layers is not None:
        return ()
    thriftiest = _lattice(file, hardware, wish, file.n_layer + 1)[-1]
    layers = most_layers(file, thriftiest, fits)
    if layers is None or layers > file.n_layer:
        return ()
    return _lattice(file, hardware, wish, layers)


def wanted_layers(file: ModelFile, hardware: Hardware, wish: Wish) -> int:
    """As the person fixed it, else all; none without an accelerator."""
    everything = file.n_layer + 1 if hardware.accelerators else 0
    wanted = everything if wish.n_gpu_layers is None else wish.n_gpu_layers
    return min(max(wanted, 0), everything)


def most_layers(
    file: ModelFile, options: LoadOptions, budget_fits: Callable[[LoadOptions], bool]
) -> int | None:
    """The largest n_gpu_layers that fits; None where not even 0 does.

    Each layer takes its own, so what fits with n fits with less: about log2(n) questions.
    """

    def fits(layers: int) -> bool:
        return budget_fits(replace(options, n_gpu_layers=layers))

    all_layers = file.n_layer + 1
    if fits(all_layers):
        return all_layers
    if not fits(0):
        return None
    fitting, failing = 0, all_layers
    while failing - fitting > 1:
        middle = (fitting + failing) // 2
        fitting, failing = (middle, failing) if fits(middle) else (fitting, middle)
    return fitting


def _lattice(
    file: ModelFile, hardware: Hardware, wish: Wish, n_gpu_layers: int
) -> tuple[LoadOptions, ...]:
    kv_types = (wish.kv_type,) if wish.kv_type else _KV_TYPES
    common = LoadOptions(
        path=file.path,
        n_gpu_layers=n_gpu_layers,
        tensor_split=tensor_split(hardware) if n_gpu_layers else (),
        n_threads=wish.n_threads or n_threads(hardware),
        use_mmap=True,
        n_seq_max=wish.n_seq_max or _N_SEQ_MAX,
        embedding=wish.embedding,
    )
    return tuple(
        replace(
            common,
            n_ctx=n_ctx,
            type_k=kv_type,
            type_v=kv_type,
            # Quantized values need it; else llama.cpp takes it where the device can (T5).
            flash_attention=None if kv_type in _UNQUANTIZED else True,
            n_ubatch=n_ubatch,
        )
        for n_ctx, kv_type, n_ubatch in product(contexts(file, wish), kv_types, _N_UBATCH)
    )


def tensor_split(hardware: Hardware) -> tuple[float, ...]:
    """Several accelerators share the layers by their free memory; () leaves it to llama.cpp."""
    free = [free_bytes(device) for device in hardware.accelerators]
    known = [size for size in free if size]
    if len(free) < 2 or len(known) < len(free):
        return ()
    return tuple(round(size / sum(known), 3) for size in known)


def n_threads(hardware: Hardware) -> int | None:
    """One for each core that is fast and ours: slower ones, and siblings, only hold it up."""
    cpu = hardware.cpu
    cores = cpu.performance_cores or cpu.physical_cores or cpu.logical_cores
    if cores is None or cpu.logical_cores is None:
        return cores
    return min(cores, cpu.logical_cores)
