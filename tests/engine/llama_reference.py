"""What llama-cpp-python's own high-level API finds: prints JSON, in a process of its own.

python tests/engine/llama_reference.py MODEL THREADS embed POOLING < JSON list of texts
python tests/engine/llama_reference.py MODEL THREADS logprobs TOP < JSON [token ids, n_prompt]

embed: the vectors, normalised. logprobs: for each token after the prompt, [its logprob, the TOP
likeliest as [token id, logprob]].
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def reference(model: Path, threads: int, task: str, number: int, given: Any) -> Any:
    """Runs this file."""
    arguments = [str(model), str(threads), task, str(number)]
    command = [sys.executable, __file__, *arguments]
    child = subprocess.run(command, input=json.dumps(given).encode(), capture_output=True)
    assert child.returncode == 0, child.stderr.decode()[-2000:]
    return json.loads(child.stdout)


def main(path: str, threads: int, what: str, number: int, given: Any) -> Any:
    import numpy as np
    from llama_cpp import Llama

    common: dict[str, Any] = {
        "model_path": path,
        "n_ctx": 2048,
        "n_threads": threads,
        "n_threads_batch": threads,
        "verbose": False,
        "flash_attn": True,  # the engine leaves it to llama.cpp, which takes it on a CPU
    }
    if what == "embed":
        llama = Llama(
            embedding=True, pooling_type=number, n_batch=2048, n_ubatch=2048, n_seq_max=1, **common
        )
        return [llama.embed(text, normalize=True) for text in given]
    tokens, n_prompt = given
    llama = Llama(logits_all=True, **common)
    llama.eval(tokens)
    answers = []
    for position in range(n_prompt, len(tokens)):
        scores = Llama.logits_to_logprobs(np.array(llama.scores[position - 1], dtype=np.float64))
        likeliest = np.argsort(-scores)[:number]
        top = [[int(token), float(scores[token])] for token in likeliest]
        answers.append([float(scores[tokens[position]]), top])
    return answers


if __name__ == "__main__":
    model, n_threads, task, value = sys.argv[1:]
    print(json.dumps(main(model, int(n_threads), task, int(value), json.load(sys.stdin))))
