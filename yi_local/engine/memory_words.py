"""The words by which llama.cpp tells that there was not enough memory."""

# What llama.cpp and its backends print when an allocation fails (src/llama-kv-cache.cpp,
# src/llama-model.cpp, ggml/src/ggml.c, ggml-alloc.c, ggml-metal.cpp; CUDA's own words).
_NO_MEMORY = (
    "failed to allocate",
    "unable to allocate",
    "insufficient memory",
    "out of memory",
    "bad_alloc",
)


def tells_of_no_memory(text: str) -> bool:
    """Whether a text of llama.cpp's says that there was not enough memory."""
    return any(words in text.lower() for words in _NO_MEMORY)
