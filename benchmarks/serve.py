"""Tokens per second and time to first token, our server against llama-cpp-python's own.

For 1, 4, 8 and 16 clients at once, in turn on both servers, which are both up all the time and
compute with as many threads. The baseline needs fastapi and what else llama-cpp-python[server]
names; --python says which interpreter has it.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from common import demo_path, summary

CLIENTS, N_TOKENS, N_CTX = (1, 4, 8, 16), 48, 8192
TOPICS = ("rain", "bread", "ships", "chess", "snow", "music", "trees", "trains")
UP_S = 120


@dataclass(frozen=True)
class Measured:
    tps: float  # of all clients together
    ttft_s: float  # the median client's


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    with ours(args.threads) as our_url, theirs(args.python, args.threads) as their_url:
        for url in (our_url, their_url):
            measure(url, 1, 0)
        for n_clients in CLIENTS:
            pairs = [
                (measure(our_url, n_clients, number), measure(their_url, n_clients, number))
                for number in range(1, args.rounds + 1)
            ]
            report(n_clients, pairs)


def report(n_clients: int, pairs: list[tuple[Measured, Measured]]) -> None:
    print(f"{n_clients} clients at once")
    for name, place in (("ours", 0), ("llama_cpp.server", 1)):
        print("  " + summary(f"{name}, all together", [p[place].tps for p in pairs], "tokens/s"))
        print("  " + summary(f"{name}, first token", [p[place].ttft_s for p in pairs], "s"))
    tps = statistics.median(our.tps / their.tps for our, their in pairs)
    ttft = statistics.median(our.ttft_s / their.ttft_s for our, their in pairs)
    print(f"  ratio, ours / llama_cpp.server: {tps:.2f} tokens/s, {ttft:.2f} first token")


def measure(url: str, n_clients: int, number: int) -> Measured:
    """Each client asks something else, which no round has asked before."""
    counts: list[int] = []
    firsts: list[float] = []

    def ask(client: int) -> None:
        topic = TOPICS[client % len(TOPICS)]
        count, first_s = stream(url, f"Letter {number}.{n_clients}.{client}: tell me of {topic}.")
        counts.append(count)
        firsts.append(first_s)

    begun = time.perf_counter()
    clients = [threading.Thread(target=ask, args=(client,)) for client in range(n_clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return Measured(sum(counts) / (time.perf_counter() - begun), statistics.median(firsts))


def stream(url: str, question: str) -> tuple[int, float]:
    """How many pieces came, about one for each token, and when the first one did."""
    body = {
        "model": "demo",
        "messages": [{"role": "user", "content": question}],
        "stream": True,
        "temperature": 0,
        "max_tokens": N_TOKENS,
        "logit_bias": {"0": -100, "2": -100},  # no end before that
    }
    request = urllib.request.Request(
        f"{url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    begun, count, first_s = time.perf_counter(), 0, 0.0
    with urllib.request.urlopen(request, timeout=600) as response:
        for line in response:
            if not line.startswith(b"data: {"):
                continue
            choices = json.loads(line.removeprefix(b"data: "))["choices"]
            if choices and choices[0]["delta"].get("content"):
                count += 1
                first_s = first_s or time.perf_counter() - begun
    return count, first_s


@contextmanager
def ours(threads: int) -> Iterator[str]:
    command = [sys.executable, "-m", "yi_local", "serve", "demo", "--port", "0", "--json"]
    command += ["--ctx", str(N_CTX), "--parallel", str(max(CLIENTS)), "--threads", str(threads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


@contextmanager
def theirs(python: str, threads: int) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [python, "-m", "llama_cpp.server", "--model", str(demo_path()), "--port", str(port)]
    command += ["--n_ctx", str(N_CTX), "--n_threads", str(threads), "--verbose", "False"]
    command += ["--n_threads_batch", str(threads)]
    command += ["--interrupt_requests", "False"]  # else a second request ends the first
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        url = f"http://127.0.0.1:{port}/v1"
        try:
            wait_for(f"{url}/models", process)
            yield url
        finally:
            process.terminate()


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + UP_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("llama_cpp.server did not start: it needs llama-cpp-python[server] (see --python)")


if __name__ == "__main__":
    main()
