"""The tool format of a model file on this disk."""

from pathlib import Path

from yi_local.assistant.card.model_card import KEPT_ARRAYS
from yi_local.assistant.tools.choose import choose_format
from yi_local.assistant.tools.format import ToolFormat
from yi_local.engine.worker.examine import examine
from yi_local.gguf_file import open_model


def format_of(path: Path) -> ToolFormat:
    """By the template that the engine will use. Reads the file's header: keep the answer.

    Raises ModelNotFound or CannotLoad, as loading would.
    """
    with open_model(path, keep_arrays=KEPT_ARRAYS) as opened:
        return choose_format(examine(opened.headers[0]).chat_template)
