"""Runs `yi` with the fake worker as its engine: LAUNCHER [WORKER ARGUMENTS AS JSON] YI ARGUMENTS.

On a terminal it becomes that terminal's job, so that Ctrl-C reaches it and its children.
"""

import json
import os
import sys
from pathlib import Path

from yi_local.cli.main import main

_WORKER = Path(__file__).parents[1] / "fake_worker.py"

if __name__ == "__main__":
    if sys.stdin is not None and sys.stdin.isatty():
        os.close(os.open(os.ttyname(0), os.O_RDWR))
    command = [sys.executable, str(_WORKER), *json.loads(sys.argv[1])]
    sys.exit(main(sys.argv[2:], engine_command=command))
