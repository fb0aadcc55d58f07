"""Short ways to say something in a store, and a receipt with everything in it."""

from yi_local.store.conversations import Store
from yi_local.store.records import Node, Receipt
from yi_local.types import SamplingOptions, Usage

RECEIPT = Receipt(
    model="demo",
    filename="demo.gguf",
    size_bytes=1234,
    mtime_ns=1_700_000_000_000_000_001,
    sha256="ab" * 32,
    repo_id="01-ai/Yi-1.5-6B-Chat",
    revision=None,
    quant="Q4_K_M",
    template_sha256="cd" * 32,
    llama_cpp="0.3.36",
    load={"n_ctx": 4096, "type_k": "q8_0"},
    sampling=SamplingOptions(
        temperature=0.3, seed=7, stop=("\n用户：",), logit_bias={2: -1.5}, max_tokens=64
    ),
    system="你是一个助手。",
    usage=Usage(100, 20, 30, 55.5, 12.25, None),
    left_out=(3, 4),
    continued_chars=5,
)


def ask(store: Store, *questions: str, conversation_id: int | None = None) -> list[Node]:
    """One below the other in a new conversation, or as its first messages."""
    if conversation_id is None:
        conversation_id = store.create().id
    nodes: list[Node] = []
    for question in questions:
        parent_id = nodes[-1].id if nodes else None
        nodes.append(store.ask(conversation_id, parent_id, question))
    return nodes


def answer(store: Store, question: Node, text: str) -> Node:
    begun = store.begin_answer(question.conversation_id, question.id, "demo")
    return store.finish(begun.id, text, "stop", None)


def texts(nodes: tuple[Node, ...]) -> list[str]:
    return [node.message.content for node in nodes]
