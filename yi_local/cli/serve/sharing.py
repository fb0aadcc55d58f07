"""The models of the app, for `yi run`: served on this machine alone, once one is loaded."""

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from yi_local.errors import UsageError

if TYPE_CHECKING:
    from yi_local.server.serve import Server
    from yi_local.tui.services import Services

_LAST_S = 2.0  # for the server to end; nobody waits longer for an app that was left


class Sharing:
    """Its API demands the token that only this person can read.

    Nothing of the server is imported before a model is there, and then in a thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._server: Server | None = None
        self._is_over = False

    def begin(self, services: "Services") -> None:
        """From any thread; further calls do nothing."""
        with self._lock:
            if self._thread is not None or self._is_over:
                return
            self._thread = threading.Thread(
                target=self._serve, args=(services,), name="yi-sharing", daemon=True
            )
            self._thread.start()

    def end(self) -> None:
        """Before the models are closed."""
        with self._lock:
            self._is_over = True
            server, thread = self._server, self._thread
        if server is not None:
            server.stop()
        if thread is not None:
            thread.join(_LAST_S)

    # -- in its thread

    def _serve(self, services: "Services") -> None:
        from yi_local.cli.serve.announcing import Announcement
        from yi_local.server.guard import Door
        from yi_local.server.names import Names
        from yi_local.server.serve import Server, listen, url_of
        from yi_local.server.serving import Serving

        announcement = Announcement("app")
        door = Door(keys=(announcement.private.token,))
        names = Names([], services.catalogue, engine_command=services.engine_command)
        serving = Serving(
            services.models, names, services.store, door, private=announcement.private
        )
        with suppress(UsageError), announcement, listen("127.0.0.1", 0) as listening:
            server = Server(serving, listening, lambda: announcement.publish(url_of(listening)))
            with self._lock:
                if self._is_over:
                    return
                self._server = server
            server.serve_all()
