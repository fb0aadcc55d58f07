"""A stand-in for the engine's child process: speaks its protocol, has no model.

Standard library only, and none of our modules: the protocol is written down a second time here,
so that a change of it on one side alone is noticed.

Arguments, for what happens while loading:

    --load-error KIND   reports an error: cannot_load, not_found, failed
    --die-loading       is killed in the middle of loading
    --stall-loading     never gets beyond a third, until its parent goes
    --interrupt-loading the same, after it has sent its parent SIGINT; its log is its process id
    --log TEXT          prints TEXT on stderr, the engine's log
    --diagnosis         finds something to say about the model
    --context N         the n_ctx it reports; longer prompts are refused
    --room N            a load with a longer context fails for want of memory
    --takes GIB         the private memory it reports after loading

Asked about loads before there is one, it has a CPU and perhaps a GPU:

    --gpu GIB           a GPU with so much free memory
    --slow              a memory bandwidth that no answer likes
    --refuse            no dry run succeeds
    --break             a dry run is its end

What the last user message, or the prompt to complete, begins with decides the answer:

    say TEXT            TEXT, two characters at a time
    prefill TEXT        the same, after a prefill of 1,000 tokens in five steps
    tick                such a prefill, then "tick " again and again until cancelled
    half DEATH          "Half an ans", then DEATH: kill, abort, exit, garbage, hang
    dead DEATH          DEATH at once
    nothing             an empty answer
    wait                nothing, until cancelled
    signal TEXT         sends its parent SIGINT, then TEXT and the end, cancelled or not
    deaf                "Half. ", then "deaf. " when it is cancelled, and no end
    escape              terminal escape sequences, bidi controls
    cut                 ends for its length, after max_tokens or all of the context
    too long            counts as 9,000 tokens more
    messages, sampling, options, tools, continues, pid
                        the JSON of what was received; the process id
    anything else       the same text again, word by word

With top_logprobs each piece of an answer counts as one token of probability 1/2; the alternatives
are "alt1", "alt2", ... Loaded for embedding, it embeds texts (equal vectors for equal texts, four
numbers), and answers nothing.

A word, a hanzi and a line break are a token each, and so is what stands before a message. An answer
that goes on: what follows of it after the text it has, "wer." after "Half an ans", else the
whole of it.
"""

import argparse
import base64
import hashlib
import json
import math
import os
import re
import signal
import struct
import sys
import threading
from collections.abc import Iterator
from typing import Any

TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\n|[^\s\u3040-\u30ff\u3400-\u9fff]+")
SEED = 20260101
TEMPLATE_SHA256 = "fa" * 32
ESCAPES = "\x1b]52;c;aGVsbG8=\x07\x1b[31mred\x9b0m \u202eabc\u202c \x07end\n"

Line = dict[str, Any]


class FakeWorker:
    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._lock = threading.Lock()
        self._cancelled: dict[int, threading.Event] = {}
        self._options: Line = {}

    def emit(self, event: str, **fields: Any) -> None:
        with self._lock:
            sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
            sys.stdout.flush()

    def serve(self) -> None:
        """Every request is answered in a thread of its own, as if by sequences side by side."""
        for text in sys.stdin:
            request = json.loads(text)
            if request["op"] == "load":
                self._load(request)
            elif request["op"] in ("build", "dry_run", "memory_bandwidth"):
                self._say(request)
            elif request["op"] == "cancel":
                self._cancelled[request["id"]].set()
            elif request["op"] == "embed":
                self._embed(request)
            else:
                self._cancelled[request["id"]] = threading.Event()
                threading.Thread(target=self._answer, args=(request,), daemon=True).start()
        os._exit(0)

    # -- before loading

    def _say(self, request: Line) -> None:
        number = request["id"]
        if request["op"] == "build":
            self.emit("build", id=number, build=self._build())
        elif request["op"] == "memory_bandwidth":
            bandwidth = 1e6 if self._args.slow else 4e10
            self.emit("memory_bandwidth", id=number, bytes_per_s=bandwidth)
        elif self._args.refuse:
            reason = "The installed llama.cpp cannot load this model: it is a fake."
            self.emit("error", id=number, kind="cannot_load", message=reason, hint="Upgrade.")
        else:
            if self._args.break_:
                die("abort")
            self.emit("dry_run", id=number, dry_run=self._dry_run(request["options"]))

    def _build(self) -> Line:
        devices = [device("CPU", "CPU", "cpu", None, 16 << 30)]
        if self._args.gpu:
            size = int(self._args.gpu * (1 << 30))
            devices.insert(0, device("CUDA0", "CUDA", "gpu", size, size))
        return {
            "llama_cpp": "0.0.0",
            "backends": ["CUDA", "CPU"] if self._args.gpu else ["CPU"],
            "features": ["CPU : AVX2 = 1", "REPACK = 1"],
            "gpu_offload": bool(self._args.gpu),
            "devices": devices,
            "exact_memory": True,
        }

    def _dry_run(self, options: Line) -> Line:
        """A gigabyte of weights for each layer and for the output, a KV cache by its length."""
        layers, on_gpu = 3, options["n_gpu_layers"] if self._args.gpu else 0
        kv_cache_bytes = options["n_ctx"] * (65536 if options["type_k"] == "f16" else 34816)
        uses = [use("CPU", layers - on_gpu, layers, kv_cache_bytes)]
        if on_gpu:
            uses.append(use("CUDA0", on_gpu, layers, kv_cache_bytes))
        return {
            "devices": uses,
            "n_ctx": options["n_ctx"],
            "flash_attention": True,
            "basis": "llama.cpp",
        }

    # -- loading

    def _load(self, request: Line) -> None:
        self._options = request["options"]
        if self._args.log:
            print(self._args.log, file=sys.stderr, flush=True)
        for step in range(3):
            self.emit("load_progress", fraction=step / 3)
            if step == 1 and self._args.interrupt_loading:
                print(os.getpid(), file=sys.stderr, flush=True)
                os.kill(os.getppid(), signal.SIGINT)
                return
            if step == 1 and self._args.stall_loading:
                return
            if step == 1 and self._args.die_loading:
                die("kill")
        if self._args.room and self._options["n_ctx"] > self._args.room:
            reason = f"There is not enough memory for a context of {self._options['n_ctx']} tokens."
            self.emit("error", kind="not_enough_memory", message=reason, hint="Ask for less.")
            return
        if self._args.load_error:
            self.emit(
                "error", kind=self._args.load_error, message="It will not load.", hint="Try again."
            )
            return
        self.emit("load_progress", fraction=1.0)
        self.emit("loaded", model=self._model())

    def _model(self) -> Line:
        diagnosis = {
            "name": "end-token-not-eog",
            "explanation": "Its end token does not end an answer.",
            "repair": "It does now.",
        }
        return {
            "name": "Fake",
            "architecture": "llama",
            "description": "llama 1M F32",
            "n_params": 1_000_000,
            "weights_bytes": 4_000_000,
            "n_layer": 2,
            "n_gpu_layers": 0,
            "n_ctx": self._args.context,
            "n_ctx_train": 4096,
            "n_vocab": 300,
            "n_threads": 1,
            "prefix_reuse": True,
            "load_s": 0.01,
            "llama_cpp": "0.0.0",
            "diagnoses": [diagnosis] if self._args.diagnosis else [],
            "memory": self._memory(),
            "template_sha256": None if self._options["embedding"] else TEMPLATE_SHA256,
            "embedding": self._options["embedding"],
        }

    def _memory(self) -> Line | None:
        if self._args.takes is None:
            return None
        taken = int(self._args.takes * (1 << 30))
        return {"devices": [use("CPU", 1, 1, 0)], "process_bytes": taken, "taken_bytes": {}}

    # -- answering

    def _embed(self, request: Line) -> None:
        number = request["id"]
        self._cancelled[number] = threading.Event()
        if not self._options["embedding"]:
            message = "This model is loaded to chat, not to embed texts."
            self.emit("error", id=number, kind="usage", message=message, hint="Load another.")
            return
        texts = request["texts"]
        lengths = [len(tokens_of(text)) for text in texts]
        for place, (length, limit) in enumerate(
            ((each, self._args.context) for each in lengths), 1
        ):
            if not 0 < length <= limit:
                kind = "prompt_too_long" if length else "usage"
                message = f"Text {place} has {length} tokens; at most {limit} can be embedded."
                self.emit("error", id=number, kind=kind, message=message, hint="Split it.")
                return
        for text, length in zip(texts, lengths, strict=True):
            self.emit("embedding", id=number, vector=vector_of(text), prompt_tokens=length)

    def _answer(self, request: Line) -> None:
        if self._options["embedding"] and request["op"] != "tokenize":
            message = "This model is loaded to embed texts, not to chat."
            self.emit(
                "error", id=request["id"], kind="usage", message=message, hint="Load another."
            )
            return
        if request["op"] in ("render", "tokenize"):
            text = request["text"] if request["op"] == "tokenize" else prompt_of(request)
            self.emit("rendered", id=request["id"], text=text, token_ids=tokens_of(text))
            return
        prompt, room = last_text(request), self._args.context
        n_tokens = len(tokens_of(prompt_of(request)))
        if n_tokens >= room:
            self.emit(
                "error",
                id=request["id"],
                kind="prompt_too_long",
                message=f"The prompt has {n_tokens:,} tokens, the context {room:,}.",
                hint="Shorten it, or load with a larger context.",
            )
            return
        self._stream(request, prompt)

    def _stream(self, request: Line, prompt: str) -> None:
        number, cancelled = request["id"], self._cancelled[request["id"]]
        count = 0
        total = 1000 if prompt.startswith(("prefill ", "tick")) else 5
        for done in range(0, total, 200):
            self.emit("prefill", id=number, done_tokens=done, total_tokens=total)
        for piece in self._pieces(request, prompt, cancelled):
            top = request["sampling"]["top_logprobs"]
            self.emit("text", id=number, text=piece, **logprobs_of(piece, top))
            count += 1
            if cancelled.is_set() and not prompt.startswith("deaf"):
                break
        reason = "length" if prompt.startswith("cut") else "stop"
        if cancelled.is_set():
            reason = "cancelled"
        asked = request["sampling"]["seed"]
        self.emit(
            "done",
            id=number,
            finish_reason=reason,
            usage=usage(prompt_of(request), count),
            seed=SEED if asked is None else asked,
        )

    def _pieces(self, request: Line, prompt: str, cancelled: threading.Event) -> Iterator[str]:
        word, _, rest = prompt.partition(" ")
        shown = {
            "messages": request.get("messages"),
            "tools": request.get("tools"),
            "continues": request.get("continues"),
            "sampling": request["sampling"],
            "options": self._options,
            "pid": os.getpid(),
        }
        match word:
            case "say" | "prefill":
                rest = rest.removeprefix(request.get("continues", ""))
                yield from (rest[at : at + 2] for at in range(0, len(rest), 2))
            case "tick":
                while not cancelled.wait(0.01):
                    yield "tick "
            case "half":
                if request.get("continues") == "Half an ans":
                    yield "wer."
                    return
                yield "Half an "
                yield "ans"
                die(rest)
            case "dead":
                die(rest)
            case "nothing":
                return
            case "signal":
                os.kill(os.getppid(), signal.SIGINT)
                yield rest
            case "deaf":
                yield "Half. "
                cancelled.wait()
                yield "deaf. "
                threading.Event().wait()
            case "wait":
                cancelled.wait()
            case "escape":
                yield from ESCAPES
            case "cut":
                yield from ["word "] * (request["sampling"]["max_tokens"] or 5)
            case _ if prompt in shown:
                yield json.dumps(shown[prompt], ensure_ascii=False)
            case _:
                rest = prompt.removeprefix(request.get("continues", ""))
                yield from (piece for piece in rest.replace(" ", " \0").split("\0") if piece)


def device(name: str, backend: str, kind: str, free: int | None, total: int) -> Line:
    return {
        "name": name,
        "backend": backend,
        "kind": kind,
        "description": f"a fake {kind}",
        "free_bytes": free,
        "total_bytes": total,
        "unified": kind == "cpu",
        "hardware_id": None,
        "mmap": True,
    }


def use(name: str, layers: int, of: int, kv_cache_bytes: int) -> Line:
    return {
        "device": name,
        "weights_bytes": layers << 30,
        "kv_cache_bytes": kv_cache_bytes * layers // of,
        "compute_bytes": 100 << 20,
        "work_bytes": (1 << 20) if name == "CPU" else 0,
        "pageable_bytes": layers << 30 if name == "CPU" else 0,
    }


def die(how: str) -> None:
    """In the way asked for; `hang` is a death that only a parent can notice."""
    match how:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "abort":
            print("GGML_ASSERT(the fake) failed", file=sys.stderr, flush=True)
            os.abort()
        case "exit":
            os._exit(3)
        case "garbage":
            print("llama_print_timings: not JSON at all", flush=True)
    threading.Event().wait()


def last_text(request: Line) -> str:
    return str(request["messages"][-1]["content"] if "messages" in request else request["prompt"])


def prompt_of(request: Line) -> str:
    if "messages" not in request:
        return str(request["prompt"])
    turns = (f"<{item['role']}>\n{item['content']}\n" for item in request["messages"])
    return "".join(turns) + "<assistant>\n" + request["continues"]


def tokens_of(text: str) -> list[int]:
    pieces = TOKEN.findall(text)
    return [ord(piece[0]) for piece in pieces] + [0] * (9000 if "too long" in text else 0)


def logprobs_of(piece: str, top: int | None) -> Line:
    """The chosen token first among the likeliest; none of their bytes differ from their texts."""
    if top is None:
        return {}
    likeliest = [[piece, None, round(math.log(0.5), 6)]]
    likeliest += [[f"alt{n}", None, round(n * math.log(0.5) - 1, 6)] for n in range(1, top)]
    return {"logprobs": [[*likeliest[0], likeliest[:top]]]}


def vector_of(text: str) -> str:
    numbers = [byte - 127.5 for byte in hashlib.sha256(text.encode()).digest()[:4]]
    length = math.hypot(*numbers)
    return base64.b64encode(struct.pack("<4f", *(each / length for each in numbers))).decode()


def usage(prompt: str, completion_tokens: int) -> Line:
    return {
        "prompt_tokens": max(len(tokens_of(prompt)), 1),
        "cached_tokens": 0,
        "completion_tokens": completion_tokens,
        "prefill_tps": 100.0,
        "decode_tps": 20.0,
        "ttft_s": 0.25,
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--load-error")
    parser.add_argument("--die-loading", action="store_true")
    parser.add_argument("--stall-loading", action="store_true")
    parser.add_argument("--interrupt-loading", action="store_true")
    parser.add_argument("--log")
    parser.add_argument("--diagnosis", action="store_true")
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--room", type=int)
    parser.add_argument("--takes", type=float)
    parser.add_argument("--gpu", type=float)
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--refuse", action="store_true")
    parser.add_argument("--break", action="store_true", dest="break_")
    return parser.parse_args()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdin.reconfigure(encoding="utf-8")
    FakeWorker(arguments()).serve()
