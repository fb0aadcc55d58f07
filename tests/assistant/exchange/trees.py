"""Random conversations with branches, for property tests."""

from dataclasses import replace

from hypothesis import strategies as st

from yi_local.assistant.exchange.whole import Whole
from yi_local.store.records import Attachment, Conversation, Node, Receipt
from yi_local.types import Message, SamplingOptions, Usage

times = st.floats(1, 2e9, allow_nan=False)
texts = st.text(max_size=40) | st.sampled_from(["你好，世界", "```py\nopen", "half \ud83d", "\x00"])
names = st.text(min_size=1, max_size=12)

samplings = st.builds(
    SamplingOptions,
    temperature=st.floats(0, 2),
    seed=st.none() | st.integers(0, 2**32 - 2),
    stop=st.lists(names, max_size=2).map(tuple),
    logit_bias=st.dictionaries(st.integers(0, 9), st.floats(-5, 5), max_size=2),
)
receipts = st.builds(
    Receipt,
    model=names,
    filename=names,
    size_bytes=st.none() | st.integers(0, 2**60),
    mtime_ns=st.none() | st.integers(0, 2**60),
    sha256=st.none() | names,
    repo_id=st.none() | names,
    revision=st.none() | names,
    quant=st.none() | names,
    template_sha256=st.none() | names,
    llama_cpp=names,
    load=st.dictionaries(names, st.none() | st.integers() | names, max_size=3),
    sampling=samplings,
    system=st.none() | texts,
    usage=st.none()
    | st.builds(
        Usage,
        prompt_tokens=st.integers(0, 99),
        cached_tokens=st.integers(0, 99),
        completion_tokens=st.integers(0, 99),
        prefill_tps=st.none() | st.floats(0, 1e6),
        decode_tps=st.none(),
        ttft_s=st.none() | st.floats(0, 1e3),
    ),
    left_out=st.just(()),
    continued_chars=st.integers(0, 9),
)


def receipts_below(parent: Node, nodes: list[Node]) -> st.SearchStrategy[Receipt | None]:
    """What was left out stands above the answer."""
    above = [parent.id]
    while (higher := nodes[above[0] - 1].parent_id) is not None:
        above.insert(0, higher)
    left_out = st.lists(st.sampled_from(above), unique=True).map(lambda ids: tuple(sorted(ids)))
    with_left_out = st.builds(
        lambda receipt, ids: replace(receipt, left_out=ids), receipts, left_out
    )
    return st.none() | with_left_out


@st.composite
def wholes(draw: st.DrawFn) -> Whole:
    """Ids are 1, 2, ... in the order of the nodes; a child is chosen wherever there is one."""
    nodes: list[Node] = []
    chosen: dict[int | None, int] = {}
    for number in range(1, draw(st.integers(1, 9)) + 1):
        parent = draw(st.none() | st.sampled_from(nodes)) if nodes else None
        is_answer = parent is not None and parent.message.role == "user"
        nodes.append(
            Node(
                id=number,
                conversation_id=1,
                parent_id=parent.id if parent else None,
                message=Message("assistant" if is_answer else "user", draw(texts)),
                created_s=draw(times),
                finish_reason=draw(st.sampled_from(["stop", "length", "cancelled", "error", None]))
                if is_answer
                else None,
                attachments=()
                if is_answer
                else tuple(draw(st.lists(st.builds(Attachment, names, texts), max_size=2))),
                pinned=draw(st.booleans()),
                model=draw(names) if is_answer else None,
                receipt=draw(receipts_below(parent, nodes)) if is_answer and parent else None,
            )
        )
        if nodes[-1].parent_id not in chosen or draw(st.booleans()):
            chosen[nodes[-1].parent_id] = number
    conversation = Conversation(
        id=1,
        title=draw(texts),
        titled=draw(st.booleans()),
        system=draw(st.none() | texts),
        model=draw(st.none() | names),
        preset=draw(st.none() | names),
        sampling=draw(st.dictionaries(names, st.integers() | st.booleans(), max_size=2)),
        created_s=draw(times),
        updated_s=max(node.created_s for node in nodes),
        n_messages=len(nodes),
    )
    return Whole(conversation, tuple(nodes), frozenset(chosen.values()))
