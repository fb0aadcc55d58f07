"""Starts the command line: `python -m yi_local`."""

import sys

from yi_local.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
