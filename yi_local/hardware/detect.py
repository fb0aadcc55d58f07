"""Looks at this machine."""

import os
import sys

from yi_local.hardware.snapshot import Hardware


def detect() -> Hardware:
    """What there is without asking llama.cpp, in milliseconds; its devices are added later."""
    if sys.platform == "linux":
        from yi_local.hardware.detect_linux import detect_linux
        from yi_local.hardware.files import Files

        return detect_linux(Files(), os.uname().machine, len(os.sched_getaffinity(0)))
    if sys.platform == "darwin":
        from yi_local.hardware.detect_macos import detect_macos

        return detect_macos(os.uname().machine)
    if sys.platform == "win32":
        from yi_local.hardware.detect_windows import detect_windows

        return detect_windows()
    from yi_local.hardware.detect_elsewhere import detect_elsewhere

    return detect_elsewhere()
