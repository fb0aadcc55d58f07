"""What llama.cpp prints, taken in."""

import re
import sys
from collections import deque
from typing import Any

from yi_local.language import tr

_INFO, _WARN, _ERROR = 2, 3, 4  # ggml_log_level
_FUNCTION = re.compile(r"^.*error loading model: |^\w+: ")


class Log:
    """Passes llama.cpp's prints on (stderr is the log file) without the debug lines.

    llama.cpp has one log for the whole process: the latest Log made is the one it writes to.
    """

    def __init__(self, ll: Any, *, to_stderr: bool = True) -> None:
        self.complaints: deque[str] = deque(maxlen=20)  # the latest warnings and errors
        self.errors: deque[str] = deque(maxlen=20)
        self.texts: deque[str] = deque(
            maxlen=4000
        )  # the latest from INFO up; may be part of a line
        self._to_stderr = to_stderr
        self._callback = ll.llama_log_callback(self._take)  # lives as long as llama.cpp may call
        ll.llama_log_set(self._callback, None)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def reason(self) -> str:
        """The first error, which causes the others, without the names of llama.cpp's functions."""
        if not self.errors:
            return tr("it gives no reason")
        return _FUNCTION.sub("", self.errors[0], count=1).rstrip(".")

    def clear(self) -> None:
        self.complaints.clear()
        self.errors.clear()
        self.texts.clear()

    def _take(self, level: int, text: bytes, _: object) -> None:
        if level < _INFO:  # debug lines are most of them
            return
        line = text.decode("utf-8", "replace")
        if self._to_stderr:
            sys.stderr.write(line)
        self.texts.append(line)
        if level in (_WARN, _ERROR):
            self.complaints.append(line.strip())
        if level == _ERROR:
            self.errors.append(line.strip())
