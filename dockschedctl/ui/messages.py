"""What parts of the UI tell each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from dockschedctl.ui.state import Event


class FeedSaid(Message):
    """The feed has something for the state."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event
