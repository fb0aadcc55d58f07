"""Looks at a Mac, through two commands that it brings along."""

import subprocess

from yi_local.hardware import apple
from yi_local.hardware.architecture import architecture
from yi_local.hardware.snapshot import Hardware

_PATIENCE_S = 5.0  # they take milliseconds


def detect_macos(
    machine: str, sysctl: str = "/usr/sbin/sysctl", vm_stat: str = "/usr/bin/vm_stat"
) -> Hardware:
    """`machine`: as uname names it."""
    known = apple.facts(_output(sysctl, "hw", "machdep.cpu"))
    return Hardware(
        system="Darwin",
        memory=apple.memory(known, _output(vm_stat)),
        cpu=apple.cpu(known, architecture(machine)),
        gpus=apple.gpus(known),
    )


def _output(*command: str) -> str | None:
    """Whatever the exit code: a sysctl that misses one name has still printed the others."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace")
