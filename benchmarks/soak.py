"""Clients that leave, stall, send garbage, cancel and converse, against `yi serve demo`.

Prints the resident memory of the server and of its engine as time goes by. At the end nothing may
be running any more, memory must be within 5 % of what it was after the first fifth, and every
question that the page's clients were told is kept must be in its conversation.
"""

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

import psutil

N_CLIENTS, EVERY_S, FLAT = 8, 10.0, 0.05


class Client:
    """One of them, until `end`; what came of its requests is in `outcomes`."""

    def __init__(self, url: str, seed: int, end: float) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._chance = random.Random(seed)
        self._end = end
        self.outcomes: Counter[str] = Counter()
        self.kept: dict[int, list[str]] = {}  # by conversation: the questions it must have

    def run(self) -> None:
        kinds: tuple[Callable[[], object], ...] = (
            self.whole, self.several, self.leaves, self.leaves_early, self.garbage, self.stalls,
            self.half, self.too_long, self.converses, self.converses, self.retries,
        )  # fmt: skip
        while time.monotonic() < self._end:
            kind = self._chance.choice(kinds)
            try:
                outcome = f"{kind.__name__} {kind()}"
            except OSError as error:
                outcome = f"{kind.__name__} {type(error).__name__}"
            self.outcomes[outcome] += 1

    def whole(self) -> object:
        return self._chat(max_tokens=16)

    def several(self) -> object:
        return self._chat(n=3, max_tokens=8, logprobs=True)

    def too_long(self) -> object:
        return self._chat("word " * 20_000)

    def leaves(self) -> object:
        return self._chat(stream=True, read_lines=self._chance.randrange(1, 20))

    def leaves_early(self) -> object:
        with self._connection() as connection:
            connection.sendall(self._request(self._body(stream=True)))
            time.sleep(self._chance.random() / 5)

    def garbage(self) -> object:
        with self._connection() as connection:
            connection.sendall(self._chance.randbytes(200))

    def stalls(self) -> object:
        with self._connection() as connection:
            connection.sendall(b"POST /v1/chat/comp")
            time.sleep(self._chance.random() * 2)

    def half(self) -> object:
        with self._connection() as connection:
            connection.sendall(self._request(self._body())[:-10])

    def converses(self) -> object:
        """As the web page does: to the end, stopped, or left in the middle."""
        if not self.kept or self._chance.random() < 0.2:
            fields = {"sampling": {"max_tokens": 40}}
            number = json.loads(self._page("POST", "", fields))["id"]
            self.kept[number] = []
        number = self._chance.choice(list(self.kept))
        text = f"What do you know of the number {self._chance.randrange(10**9)}?"
        return self._talk(number, "send", {"text": text})

    def retries(self) -> object:
        asked = [number for number, texts in self.kept.items() if texts]
        return self._talk(self._chance.choice(asked), "retry", {}) if asked else "nothing"

    def lost(self) -> int:
        """Questions that were told to be kept and are not there."""
        n_lost = 0
        for number, texts in self.kept.items():
            there: Counter[str] = Counter()
            older = ""
            while True:
                found = json.loads(self._page("GET", f"/{number}?last=200{older}"))
                there.update(each["text"] for each in found["messages"])
                if not found["more"]:
                    break
                older = f"&before={found['messages'][0]['id']}"
            n_lost += sum((Counter(texts) - there).values())
        return n_lost

    # -- inside

    def _talk(self, number: int, deed: str, fields: dict[str, object]) -> object:
        ending = self._chance.choice(("ends", "stops", "leaves"))
        left = self._chance.randrange(1, 12)  # events, until it is stopped or left
        connection = HTTPConnection(self._host, self._port, timeout=300)
        try:
            headers = {"Content-Type": "application/json"}
            path = f"/page/chats/{number}/{deed}"
            connection.request("POST", path, json.dumps(fields).encode(), headers)
            response = connection.getresponse()
            while line := response.readline():
                if b'"type":"asked"' in line.replace(b" ", b""):
                    event = json.loads(line.removeprefix(b"data: "))
                    self.kept[number].append(event["message"]["text"])
                left -= line.startswith(b"data: ")
                if left == 0 and ending == "stops":
                    self._page("POST", f"/{number}/stop", {})
                if left == 0 and ending == "leaves":
                    break
            return f"{response.status} {ending}"
        finally:
            connection.close()

    def _page(self, method: str, path: str, fields: dict[str, object] | None = None) -> bytes:
        connection = HTTPConnection(self._host, self._port, timeout=300)
        try:
            body = None if fields is None else json.dumps(fields).encode()
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, f"/page/chats{path}", body, headers)
            return connection.getresponse().read()
        finally:
            connection.close()

    def _body(self, text: str | None = None, **fields: object) -> bytes:
        text = text or f"Say something about the number {self._chance.randrange(10**6)}."
        messages = [{"role": "user", "content": text}]
        return json.dumps({"model": "demo", "messages": messages, **fields}).encode()

    def _chat(self, text: str | None = None, read_lines: int = 0, **fields: object) -> int:
        connection = HTTPConnection(self._host, self._port, timeout=300)
        try:
            headers = {"Content-Type": "application/json"}
            body = self._body(text, **fields)
            connection.request("POST", "/v1/chat/completions", body, headers)
            response = connection.getresponse()
            if not read_lines:
                response.read()
            for _ in range(read_lines):
                response.readline()
            return response.status
        finally:
            connection.close()

    def _connection(self) -> socket.socket:
        return socket.create_connection((self._host, self._port), timeout=60)

    def _request(self, body: bytes) -> bytes:
        head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    seconds = parser.parse_args().minutes * 60
    command = [sys.executable, "-m", "yi_local", "serve", "demo", "--port", "0", "--json"]
    with (
        tempfile.TemporaryDirectory() as home,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"YI_LOCAL_HOME": home},
        ) as process,
    ):
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        end = time.monotonic() + seconds
        clients = [Client(url, number, end) for number in range(N_CLIENTS)]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        samples = watch(process.pid, end)
        for thread in threads:
            thread.join()
        running = still_running(url)
        n_kept = sum(len(texts) for client in clients for texts in client.kept.values())
        try:
            n_lost = sum(client.lost() for client in clients)
        finally:
            process.terminate()
    for outcome, n in sorted(sum((client.outcomes for client in clients), Counter()).items()):
        print(f"{n:6} {outcome}")
    print(f"{n_kept} questions kept, {n_lost} lost")
    conclude(samples, running, n_lost)


def watch(pid: int, end: float) -> list[tuple[int, int]]:
    """Bytes of the server and of its engine."""
    server, samples = psutil.Process(pid), []
    while time.monotonic() < end:
        time.sleep(EVERY_S)
        engines = server.children(recursive=True)
        engine_bytes = sum(each.memory_info().rss for each in engines)
        samples.append((server.memory_info().rss, engine_bytes))
        print(f"server {samples[-1][0] >> 20} MiB, engine {engine_bytes >> 20} MiB", flush=True)
    return samples


def still_running(url: str) -> str:
    """The gauge, once it had time to fall."""
    address = url.removesuffix("/v1") + "/metrics"
    value = ""
    for _ in range(100):
        text = urllib.request.urlopen(address, timeout=10).read().decode()
        value = text.partition("\nyi_generations_running ")[2].split()[0]
        if value == "0":
            break
        time.sleep(0.1)
    return value


def conclude(samples: list[tuple[int, int]], running: str, n_lost: int) -> None:
    part = max(len(samples) // 5, 1)
    verdict = running == "0" and n_lost == 0
    for name, place in (("server", 0), ("engine", 1)):
        values = [sample[place] for sample in samples]
        early = statistics.median(values[part : 2 * part] or values)
        late = statistics.median(values[-part:])
        verdict &= late <= early * (1 + FLAT)
        print(f"{name}: {early / 2**20:.1f} MiB early, {late / 2**20:.1f} MiB late")
    print(f"still running: {running}")
    print("good" if verdict else "NOT GOOD")
    os._exit(not verdict)


if __name__ == "__main__":
    main()
