"""The number of layers that the planner puts on a GPU, tried on a fake one of a hard size; Linux.

    python benchmarks/fake_gpu.py [SHAPE ...]     all of the shapes below, or these
    python benchmarks/fake_gpu.py engine MIB      the engine with such a GPU, 0 of any size
    python benchmarks/fake_gpu.py card PORT MIB   the GPU: a process that llama.cpp computes in

llama.cpp's RPC backend takes the CPU of another process for a GPU; RLIMIT_AS caps the addresses of
that process, so a buffer counts in full as soon as it is there. It cannot show what CUDA adds:
contexts, padding, the scratch of its kernels. The planner's margin is for that, so here it gets the
margin on top of the card, and has the whole card for what it predicts.

Each row lets the planner choose the layers for a card, then loads the model with the engine three
times, each time on a fresh GPU, and decodes a prompt of 520 tokens: the planned layers on a GPU as
large as their prediction, rounded up to 8 MiB; one layer more on the same; and, as control, that
layer too on a GPU as large as its prediction. Exits with 1 if anything ends otherwise than
predicted, with 2 where the installed llama.cpp has no RPC backend.
"""

import ctypes as C
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from common import finish

from yi_local.assistant.planning.advisor import Advisor, Subject, read_subject
from yi_local.assistant.planning.experience import ExperienceFile
from yi_local.assistant.planning.machine import Machine, imagine, look
from yi_local.engine.client import Engine
from yi_local.engine.dry_runs import DryRuns
from yi_local.engine.probe import Probe
from yi_local.engine.worker import llama
from yi_local.engine.worker.__main__ import main as run_engine
from yi_local.engine.worker.native import Native
from yi_local.errors import EngineDied, NotEnoughMemory
from yi_local.planner.margins import device_margin_bytes
from yi_local.planner.plan import Experience, Wish
from yi_local.types import DeviceMemory, LoadOptions, SamplingOptions

MIB = 1 << 20
DECODES = "decodes"
CARDS_MIB = (400, 700, 1000)  # for the planner; the models need a little more as a whole
STEP_MIB = 8  # to which a prediction is rounded up; one layer more takes 40 to 46
# What the GPU's process takes beside llama.cpp's buffers: the CPU's scratch, messages, graphs.
# Measured on cards of 1000 MiB, the least that does: 3 MiB (qwen2) to 10 (qwen3moe, more nodes).
OWN_MIB = 12
# Else arenas and stacks would count that nothing uses, and messages that were freed.
FRUGAL = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536", "OMP_STACKSIZE": "512k"}
ANY_SIZE = 0
PROMPT_TOKENS = 520
PROMPT = "a " * PROMPT_TOKENS  # each "a" is a token or more
NO_RPC = """The installed llama.cpp has no RPC backend, so there is no fake GPU. A build with one:
CMAKE_ARGS=-DGGML_RPC=ON pip install --force-reinstall --no-deps --no-cache-dir \\
  --no-binary llama-cpp-python llama-cpp-python"""


# -- the GPU, and the engine that has it


def rpc_available() -> bool:
    if sys.platform != "linux":  # the cap is Linux's
        return False
    return native().function("ggml_backend_rpc_add_server", [C.c_char_p], C.c_void_p) is not None


def native() -> Native:
    return Native(llama.low_level())


def engine_command(card_mib: int) -> tuple[str, ...]:
    return (sys.executable, __file__, "engine", str(card_mib))


def run_engine_with_card(card_mib: str) -> None:
    """The card lives as long as this process holds the other end of its stdin."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, __file__, "card", str(port), card_mib]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=sys.stderr, env=os.environ | FRUGAL
    ) as card:
        wait_for(card, port)
        add = native().require("ggml_backend_rpc_add_server", [C.c_char_p], C.c_void_p)
        register = native().require("ggml_backend_register", [C.c_void_p], None)
        register(add(f"127.0.0.1:{port}".encode()))
        run_engine()


def wait_for(card: subprocess.Popen[bytes], port: int) -> None:
    """A card of a few MiB has no room even to listen, and ends."""
    while card.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    sys.exit("the card did not start")


def run_card(port: str, card_mib: int) -> None:
    import resource  # which Windows does not have

    threading.Thread(target=end_with_stdin, daemon=True).start()
    functions = native()
    by_type = functions.require("ggml_backend_dev_by_type", [C.c_int], C.c_void_p)
    arguments = [C.c_char_p, C.c_char_p, C.c_size_t, C.c_size_t, C.c_void_p]
    start = functions.require("ggml_backend_rpc_start_server", arguments, None)
    devices = (C.c_void_p * 1)(by_type(0))  # GGML_BACKEND_DEVICE_TYPE_CPU
    if card_mib:
        limit = address_space_bytes() + card_mib * MIB
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    # No cache, two threads; it does not return.
    start(f"127.0.0.1:{port}".encode(), None, 2, len(devices), devices)


def end_with_stdin() -> None:
    sys.stdin.read()
    os._exit(0)


def address_space_bytes() -> int:
    found = re.search(r"^VmSize:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M)
    assert found
    return 1024 * int(found[1])


# -- the comparison


@dataclass(frozen=True)
class Load:
    n_gpu_layers: int
    predicted_bytes: int  # on the card
    card_mib: int
    allocated_bytes: int  # there, by llama.cpp's books; 0 where nothing was loaded
    outcome: str

    @property
    def is_exact(self) -> bool:
        return self.outcome == DECODES and self.predicted_bytes == self.allocated_bytes

    def __str__(self) -> str:
        predicted = self.predicted_bytes / MIB
        return f"{self.n_gpu_layers:8}{predicted:9.1f} on{self.card_mib:5}: {self.outcome:8}"


@dataclass(frozen=True)
class Row:
    card_mib: int  # that the planner was told
    planned: Load
    one_more: Load
    control: Load

    @property
    def as_predicted(self) -> bool:
        card_bytes = self.card_mib * MIB
        as_many_as_fit = self.planned.predicted_bytes <= card_bytes < self.one_more.predicted_bytes
        loaded = self.planned.is_exact and self.control.is_exact
        return as_many_as_fit and loaded and self.one_more.outcome != DECODES


@contextmanager
def planning(folder: Path) -> Iterator[tuple[Machine, DryRuns]]:
    """This machine and the fake GPU, as the assistant sees them."""
    with Probe(log_dir=folder, command=engine_command(ANY_SIZE)) as probe:
        machine = look(probe, ExperienceFile(folder / "experience.json"), folder)
        with DryRuns(probe, machine.build, folder) as dry_runs:
            yield machine, dry_runs


def planned_options(
    machine: Machine, dry_runs: DryRuns, subject: Subject, card_mib: int
) -> LoadOptions:
    """As the assistant plans, on a machine with so much beside the margin."""
    wish, nothing_learnt, [gpu] = Wish(), Experience(), machine.hardware.accelerators
    card = imagine(machine, gpu_bytes=card_mib * MIB, ram_bytes=None).hardware
    margin = device_margin_bytes(gpu.name, card, wish, nothing_learnt)
    roomier = imagine(machine, gpu_bytes=card_mib * MIB + margin, ram_bytes=None)
    plan = Advisor(roomier, nothing_learnt, dry_runs).advise([subject], wish).ranking.best
    assert plan is not None
    device = plan.memory.devices[1]
    assert device.free_bytes == card_mib * MIB + device.margin_bytes
    return plan.options


def compare(
    machine: Machine, dry_runs: DryRuns, subject: Subject, card_mib: int, logs: Path
) -> Row:
    options = planned_options(machine, dry_runs, subject, card_mib)
    assert options.n_gpu_layers is not None
    assert options.n_gpu_layers <= subject.file.n_layer  # else there is no layer more
    more = replace(options, n_gpu_layers=options.n_gpu_layers + 1)
    ways = (options, more)
    need, more_need = (on_gpu(dry_runs.of(subject.twin, way).devices) for way in ways)
    return Row(
        card_mib,
        planned=load(options, need, rounded_up(need), logs),
        one_more=load(more, more_need, rounded_up(need), logs),
        control=load(more, more_need, rounded_up(more_need), logs),
    )


def on_gpu(devices: Sequence[DeviceMemory]) -> int:
    return sum(device.total_bytes for device in devices[1:])


def rounded_up(size_bytes: int) -> int:
    return -(-size_bytes // (STEP_MIB * MIB)) * STEP_MIB


def load(options: LoadOptions, predicted_bytes: int, card_mib: int, logs: Path) -> Load:
    allocated, outcome = 0, DECODES
    with Engine(log_dir=logs, command=engine_command(card_mib + OWN_MIB)) as engine:
        try:
            for _ in engine.load(options):
                pass
            if engine.model is not None and engine.model.memory is not None:
                allocated = on_gpu(engine.model.memory.devices)
            answer = engine.complete(PROMPT, SamplingOptions(max_tokens=1, temperature=0))
            assert finish(answer)[1].prompt_tokens >= PROMPT_TOKENS
        except NotEnoughMemory:
            outcome = "refused"
        except EngineDied:
            outcome = "aborts"
    return Load(options.n_gpu_layers or 0, predicted_bytes, card_mib, allocated, outcome)


def shapes(names: Sequence[str], folder: Path) -> Iterator[tuple[str, Path]]:
    """A little more than 1000 MiB each, in layers that are far larger than STEP_MIB and OWN_MIB.

    No tensor is larger than the KV cache and the compute buffer of the smallest card together:
    weights arrive in messages of one tensor, before those two take their room.
    """
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.architectures import SHAPES, write_shape  # not for the card: NumPy and gguf

    larger: dict[str, dict[str, Any]] = {
        "llama": {"n_embd": 2048, "n_ff": 5632, "n_head": 32, "n_head_kv": 16},
        "qwen2": {"n_embd": 1536, "n_vocab": 32_000, "n_head": 12, "n_head_kv": 6, "head_dim": 128},
        "gemma3": {"n_embd": 2048, "n_vocab": 16_000, "n_ff": 8192, "n_head": 8, "n_head_kv": 4},
        "qwen3moe": {"n_embd": 1024, "n_head": 16, "head_dim": 128},
    }
    for name in names or larger:
        path = folder / f"{name}.gguf"
        yield name, write_shape(path, replace(SHAPES[name], n_layer=24, **larger[name]))
        path.unlink()


def main(names: Sequence[str]) -> int:
    if not rpc_available():
        print(NO_RPC, file=sys.stderr)
        return 2
    print(f"llama-cpp-python {version('llama-cpp-python')}, the CPU behind RPC as GPU\n{HEAD}")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with planning(folder) as (machine, dry_runs):
            for shape, model in shapes(names, folder):
                subject = read_subject(model)
                for card_mib in CARDS_MIB:
                    row = compare(machine, dry_runs, subject, card_mib, folder)
                    print(
                        f"{shape:9}{card_mib:5}", row.planned, row.one_more, row.control, flush=True
                    )
                    rows.append(row)
    as_predicted = sum(row.as_predicted for row in rows)
    print(f"\n{as_predicted} of {len(rows)} as predicted, to the byte where they decode")
    return int(as_predicted < len(rows))


HEAD = """
MiB of the card, and for each load: layers on the GPU, MiB predicted, MiB of the GPU, the outcome
          card  planned                           one layer more                    control"""


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["engine", card_mib]:
            run_engine_with_card(card_mib)
        case ["card", port, card_mib]:
            run_card(port, int(card_mib))
        case names:
            sys.exit(main(names))
