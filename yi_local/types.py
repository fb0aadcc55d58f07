"""The frozen values that travel between layers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from yi_local.language import tr

FinishReason = Literal["stop", "length", "cancelled", "error"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn's text; `role` is system, user, assistant or tool.

    The rest is for templates that write calls themselves, as Hugging Face's expect it: `arguments`
    is an object. It is not stored.
    """

    role: str
    content: str
    tool_calls: tuple[dict[str, Any], ...] = ()  # {"id", "type", "function": {"name", "arguments"}}
    tool_call_id: str | None = None  # of a tool's result: the call that it answers
    name: str | None = None  # of a tool's result: the function


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Everything that needs a reload to change. None lets the engine choose."""

    path: str
    n_ctx: int | None = None  # tokens shared by all sequences; None: min(n_ctx_train, 8192)
    n_seq_max: int = 8  # sequences alive at once: running ones and reusable prefixes
    n_batch: int = 512  # tokens in one decode step, at most
    n_ubatch: int = 512
    n_gpu_layers: int | None = None  # None: as many as llama.cpp's build can place on a GPU
    tensor_split: tuple[float, ...] = ()
    type_k: str = "f16"
    type_v: str = "f16"
    flash_attention: bool | None = None  # None: llama.cpp's own choice
    n_threads: int | None = None
    use_mmap: bool = True
    kv_overrides: tuple[tuple[str, bool | int | float | str], ...] = ()  # metadata put right
    embedding: bool = False  # to embed texts instead of answering; n_ctx bounds one text
    vocab_only: bool = False  # to render and tokenize only: no weights are read
    reuse_prefixes: bool = True  # False: each prompt is computed whole, whatever came before it


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """How the next token is chosen and when to stop; can differ for every request.

    Names and meanings are llama.cpp's. A neutral value switches its sampler off.
    """

    max_tokens: int | None = None  # None: until the model ends or the context is full
    temperature: float = 0.7  # 0 is greedy
    top_k: int = 40  # 0 is off
    top_p: float = 0.95  # 1 is off
    min_p: float = 0.05  # 0 is off
    typical_p: float = 1.0  # 1 is off
    repeat_penalty: float = 1.0  # 1 is off
    repeat_last_n: int = 64  # tokens; -1 is the whole context
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    dry_multiplier: float = 0.0  # 0 is off
    dry_base: float = 1.75
    dry_allowed_length: int = 2  # tokens
    dry_penalty_last_n: int = -1  # tokens; -1 is the whole context
    dry_sequence_breakers: tuple[str, ...] = ("\n", ":", '"', "*")
    xtc_probability: float = 0.0  # 0 is off
    xtc_threshold: float = 0.1
    mirostat: int = 0  # 0 off, 1 or 2; replaces top_k, top_p, min_p, typical_p and XTC
    mirostat_tau: float = 5.0
    mirostat_eta: float = 0.1
    logit_bias: Mapping[int, float] = field(default_factory=dict)  # token id -> added logit
    seed: int | None = None  # None: a new one each time
    stop: tuple[str, ...] = ()
    grammar: str | None = None  # GBNF
    json_schema: str | None = None  # JSON text; compiled to a grammar
    top_logprobs: int | None = None  # None: no logprobs; 0: only those of the chosen tokens
    chosen: tuple[str, ...] | None = None  # only these fields are meant, the rest is a server's own

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(
                    tr(
                        "{name} must be between {low} and {high}, not {value}",
                        name=name,
                        low=f"{low:g}",
                        high=f"{high:g}",
                        value=f"{value:g}",
                    )
                )
        if self.grammar and self.json_schema:
            raise ValueError(tr("give a grammar or a JSON schema, not both"))
        if any(not text for text in self.stop):
            raise ValueError(tr("a stop string must not be empty"))


_INF = float("inf")
_RANGES: tuple[tuple[str, float, float], ...] = (
    ("max_tokens", 1, 2**31 - 1),
    ("temperature", 0, 100),
    ("top_k", 0, 2**31 - 1),
    ("top_p", 0, 1),
    ("min_p", 0, 1),
    ("typical_p", 0, 1),
    ("repeat_penalty", 0.01, 100),
    ("repeat_last_n", -1, 2**31 - 1),
    ("frequency_penalty", -100, 100),
    ("presence_penalty", -100, 100),
    ("dry_multiplier", 0, 100),
    ("dry_base", 0, 100),
    ("dry_allowed_length", 0, 2**31 - 1),
    ("dry_penalty_last_n", -1, 2**31 - 1),
    ("xtc_probability", 0, 1),
    ("xtc_threshold", 0, 1),
    ("mirostat", 0, 2),
    ("mirostat_tau", 0, 100),
    ("mirostat_eta", 0, 1),
    ("seed", 0, 2**32 - 2),  # llama.cpp reads 2**32 - 1 as "choose one"
    ("top_logprobs", 0, 20),
)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answer took. A rate is None where nothing was timed, a count where nobody told."""

    prompt_tokens: int | None
    cached_tokens: int | None  # of prompt_tokens, those found in the KV cache
    completion_tokens: int
    prefill_tps: float | None  # prompt tokens computed per second
    decode_tps: float | None  # tokens per second after the first
    ttft_s: float | None  # from request to first token


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A known defect of a model file, and what was done about it."""

    name: str  # a stable, hyphenated word: "end-token-not-eog"
    explanation: str
    repair: str | None  # None: nothing could be done, only said


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """What llama.cpp allocates on one device, in bytes. `device` "CPU" is the RAM."""

    device: str
    weights_bytes: int
    kv_cache_bytes: int  # a recurrent model's state included
    compute_bytes: int
    work_bytes: int = 0  # the CPU backend's scratch, which no buffer contains
    pageable_bytes: int = 0  # of weights_bytes: with mmap, pages the system may drop

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.kv_cache_bytes + self.compute_bytes + self.work_bytes


@dataclass(frozen=True, slots=True)
class DryRun:
    """What loading with certain LoadOptions would allocate, found without allocating it."""

    devices: tuple[DeviceMemory, ...]  # the RAM first
    n_ctx: int  # as llama.cpp rounds it
    flash_attention: bool | None  # what it would be; None where llama.cpp does not tell
    basis: Literal["llama.cpp", "formulas"] = "llama.cpp"


@dataclass(frozen=True, slots=True)
class AllocatedMemory:
    """What a load has really taken."""

    devices: tuple[DeviceMemory, ...]  # by llama.cpp's own books; empty where they are closed
    process_bytes: int | None  # of the engine's memory, what is no file's pages
    taken_bytes: Mapping[str, int]  # by accelerator: how much less is free than before


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the engine says of the model it has loaded."""

    name: str
    architecture: str
    description: str  # llama.cpp's one-liner: "llama 135M Q4_1"
    n_params: int
    weights_bytes: int
    n_layer: int
    n_gpu_layers: int
    n_ctx: int
    n_ctx_train: int
    n_vocab: int
    n_threads: int
    prefix_reuse: bool  # False: its memory cannot be cut, a changed prefix is computed again
    load_s: float
    llama_cpp: str  # version of llama-cpp-python
    diagnoses: tuple[Diagnosis, ...]
    memory: AllocatedMemory | None = None
    template_sha256: str | None = None  # of the chat template, after its repair
    embedding: bool = False  # loaded to embed texts: n_ctx is the longest, and it cannot chat


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt, exactly as the model sees it."""

    text: str
    token_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LoadProgress:
    fraction: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class PrefillProgress:
    done_tokens: int  # cached ones included
    total_tokens: int


LikelyToken = tuple[str, bytes, float]  # what a TokenLogprob says, of one that was not chosen


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token of an answer, with how likely the model itself found it.

    Natural logarithms of the probabilities before anything in SamplingOptions changes them:
    log-softmax of the model's logits over its whole vocabulary. `bytes` is what the token adds to
    the text: maybe half a character, nothing for a control token, which `token` spells out.
    """

    token: str
    bytes: bytes
    logprob: float
    top: tuple[LikelyToken, ...]  # the likeliest ones, the chosen token maybe not


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer, with the logprobs of the tokens that are complete with it.

    A token that a stop string cuts, or that ends the answer, has none.
    """

    text: str  # never empty, always whole characters
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class Thinking:
    """The model thinks aloud, apart from its answer; told once."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a person should know of this answer: a sentence without its end."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    finish_reason: FinishReason
    usage: Usage
    seed: int | None = None  # the one that was used, where none was asked for


@dataclass(frozen=True, slots=True)
class Embedding:
    """A text's place in the model's space, of length 1."""

    vector: tuple[float, ...]
    prompt_tokens: int


Event = PrefillProgress | TextDelta | Done  # of the engine here
AnyEvent = Event | Thinking | Remark  # and of other servers
Json = dict[str, Any]
