"""The child process of by_library.py: one download by huggingface_hub."""

import json
import os
import sys


def main() -> None:
    """Reads hf_hub_download's arguments from stdin; an exception's last line is its reason."""
    wanted = json.load(sys.stdin)
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # read when it is imported
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    import huggingface_hub

    huggingface_hub.hf_hub_download(**wanted | {"token": wanted["token"] or False})


if __name__ == "__main__":
    main()
