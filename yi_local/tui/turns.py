"""Screens that let others go on: Textual handles what has come for one without a break."""

import asyncio
import time
from typing import TYPE_CHECKING

from textual.events import Event

if TYPE_CHECKING:
    from textual.message_pump import MessagePump as _Mixed
else:
    _Mixed = object  # see TellsTrouble

_LONG_S = 0.004
_PAUSE_S = 0.001  # of no turn at once: keys come by way of several


class TakesTurns(_Mixed):
    """For a screen: its first styles, layout and paint would else be one long step."""

    async def on_event(self, event: Event) -> None:
        began = time.thread_time()
        await super().on_event(event)
        if time.thread_time() - began > _LONG_S:
            await asyncio.sleep(_PAUSE_S)
