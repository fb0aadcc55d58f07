"""A report of an error that nobody expected."""

import os
import platform
import sys
import time
import traceback
from pathlib import Path

from yi_local import __version__


def write_report(error: BaseException, log_dir: Path) -> Path:
    """A file of its own with the traceback; arguments and texts are private and stay out."""
    log_dir.mkdir(parents=True, exist_ok=True)
    path = log_dir / f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    head = f"yi_local {__version__}, Python {sys.version.split()[0]}, {platform.platform()}\n\n"
    path.write_text(head + "".join(traceback.format_exception(error)), "utf-8", "replace")
    return path
