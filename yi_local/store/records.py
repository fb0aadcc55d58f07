"""What the store keeps, as frozen values: conversations, their messages, an answer's receipt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yi_local.types import FinishReason, Message, SamplingOptions, Usage


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text that goes with a question, as it was when it was attached."""

    name: str  # the file's name, without its folder
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """With what an answer was made, complete enough to make it again; unknown is None."""

    model: str  # as a person called it: "demo", "yi-1.5-6b-chat", a path
    filename: str | None
    size_bytes: int | None
    mtime_ns: int | None
    sha256: str | None  # of the file, where it is known; of the first shard of several
    repo_id: str | None
    revision: str | None
    quant: str | None
    template_sha256: str | None  # of the chat template as the engine used it
    llama_cpp: str | None  # version of llama-cpp-python
    load: Mapping[str, Any]  # what matters of LoadOptions: n_ctx, type_k, type_v, n_gpu_layers, ...
    sampling: SamplingOptions  # the seed is the one that was used
    system: str | None
    usage: Usage | None
    left_out: tuple[int, ...] = ()  # messages of the path that did not fit the context
    continued_chars: int = 0  # how much of the answer was there before; 0: made in one go
    server: str | None = None  # the address of another program that has answered


@dataclass(frozen=True, slots=True)
class Node:
    """A message in its place in a conversation's tree."""

    id: int
    conversation_id: int
    parent_id: int | None  # None: a conversation's first message
    message: Message  # the text as typed, or as it came from the model
    created_s: float  # time.time()
    finish_reason: FinishReason | None  # None: an answer that is not finished, or a question
    attachments: tuple[Attachment, ...] = ()
    pinned: bool = False  # stays in the context when older messages go
    model: str | None = None  # of an answer: who speaks, from the moment it begins
    receipt: Receipt | None = None  # of a finished answer


@dataclass(frozen=True, slots=True)
class Conversation:
    id: int
    title: str  # "" until there is one
    titled: bool  # a person has given the title: it is not made again
    system: str | None
    model: str | None  # what it was last talked with
    preset: str | None
    sampling: Mapping[str, Any] = field(default_factory=dict)  # the chosen fields, no others
    created_s: float = 0.0
    updated_s: float = 0.0  # of its newest message
    n_messages: int = 0  # in all branches


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found."""

    conversation: Conversation
    node_id: int
    role: str
    before: str  # the piece of text around what was found, in three parts
    found: str
    after: str
    score: float  # higher is better
