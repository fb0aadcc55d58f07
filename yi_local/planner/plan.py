"""What the planner takes in, and the plans that come out."""

from dataclasses import dataclass, field
from typing import Literal

from yi_local.types import DryRun, LoadOptions

# "at most": by the part on devices whose bandwidth is known, as if the others took no time
Basis = Literal["measured here", "from memory bandwidth", "at most"]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """What is known of one model file, all shards together, from its header alone."""

    name: str  # shown to people: the file's name
    path: str  # what llama.cpp is given: the first shard
    architecture: str
    quant: str | None  # "Q4_K_M"
    size_bytes: int  # on disk
    weights_bytes: int  # of all tensors
    n_params: int
    active_bytes: int  # weights read for one token: fewer with experts, no embedding table
    active_params: int
    idle_bytes: int  # weights of which a token reads next to nothing: lookup tables
    n_layer: int  # blocks; llama.cpp counts the output as one layer more
    n_ctx_train: int | None
    n_vocab: int | None
    n_merges: int = 0  # of a BPE vocabulary
    imatrix: bool = False  # quantized with an importance matrix

    @property
    def bits_per_weight(self) -> float:
        return 8 * self.weights_bytes / self.n_params


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of a model; None leaves it to the planner."""

    n_ctx: int | None = None  # exactly these many tokens
    n_ctx_goal: int = 16_384  # tokens; an afternoon's conversation, or a long document
    n_ctx_min: int = 8_192  # tokens; less only for a model that knows no more
    decode_floor_tps: float = 8.0  # slower than people read
    headroom_bytes: int = 0  # to be left free on every device, beside the margin
    n_gpu_layers: int | None = None
    kv_type: str | None = None
    n_threads: int | None = None
    n_seq_max: int | None = None  # answers at once, and prefixes kept for later ones
    embedding: bool = False  # to embed texts, not to chat


@dataclass(frozen=True, slots=True)
class Experience:
    """What this machine has taught: from earlier loads and answers."""

    residual_bytes: dict[str, int] = field(default_factory=dict)  # by backend: beyond prediction
    bandwidth_bytes_s: dict[str, float] = field(default_factory=dict)  # by backend, decoding
    compute_flops: dict[str, float] = field(default_factory=dict)  # by backend, prefilling


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to load one file, with what llama.cpp would allocate for it."""

    file: ModelFile
    options: LoadOptions
    dry_run: DryRun


@dataclass(frozen=True, slots=True)
class DeviceEstimate:
    """What a plan takes of one device, in bytes. `device` "CPU" is the RAM."""

    device: str
    weights_bytes: int
    kv_cache_bytes: int
    compute_bytes: int
    work_bytes: int  # the CPU's scratch, which no llama.cpp buffer contains
    process_bytes: int  # the engine process itself: vocabulary, Python
    shared_bytes: int  # that GPUs take from this memory too; they are listed on their own
    margin_bytes: int  # to be left free
    free_bytes: int | None  # before loading

    @property
    def need_bytes(self) -> int:
        """Of its own: without the margin and without what it shares."""
        return (
            self.weights_bytes
            + self.kv_cache_bytes
            + self.compute_bytes
            + self.work_bytes
            + self.process_bytes
        )

    @property
    def short_bytes(self) -> int:
        """How much is missing; 0 where it fits, or where nobody knows what is free."""
        if self.free_bytes is None:
            return 0
        taken = self.need_bytes + self.shared_bytes + self.margin_bytes
        return max(0, taken - self.free_bytes)


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    devices: tuple[DeviceEstimate, ...]  # the RAM first
    pageable_bytes: int  # of the RAM's weights: mapped from the file, the system may drop them
    basis: Literal["llama.cpp", "formulas"]

    @property
    def short(self) -> DeviceEstimate | None:
        """The device that lacks most; None where everything fits."""
        worst = max(self.devices, key=lambda device: device.short_bytes)
        return worst if worst.short_bytes else None


@dataclass(frozen=True, slots=True)
class Speed:
    tokens_per_s: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a plan is as it is; `code` is stable, `text` is for people."""

    # Given up: n-ubatch, kv-type, n-ctx, quant, layers, model. Better, but too big: next-better.
    # To know: too-big, slow, few-bits, beyond-training, estimate, unknown-memory.
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to load one file here: everything explicit."""

    file: ModelFile
    options: LoadOptions
    memory: MemoryEstimate
    prefill: Speed | None
    decode: Speed | None
    reasons: tuple[Reason, ...] = ()

    @property
    def fits(self) -> bool:
        return self.memory.short is None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The plans that fit, best first, then what does not fit, the least short first."""

    plans: tuple[Plan, ...]
    too_big: tuple[Plan, ...]

    @property
    def best(self) -> Plan | None:
        return self.plans[0] if self.plans else None

    @property
    def each_file(self) -> tuple[Plan, ...]:
        """The best plan of every file, then for those that do not fit the least short."""
        first: dict[str, Plan] = {}
        for plan in (*self.plans, *self.too_big):
            first.setdefault(plan.file.path, plan)
        return tuple(first.values())
