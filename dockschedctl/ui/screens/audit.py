"""The audit log: who did what, newest first, and whether it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dockschedctl.ui import bindings, keys
from dockschedctl.ui.rows import audit
from dockschedctl.ui.screens.details import Details
from dockschedctl.ui.screens.listing import Listing
from dockschedctl.ui.screens.sifting import Sifting
from dockschedctl.ui.state import Heard
from dockschedd.wire import system
from dockschedd.wire.access import AuditEntry, AuditQuery

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.binding import BindingType

    from dockschedctl.client import Client
    from dockschedctl.ui.cells import Row
    from dockschedctl.ui.rows.moments import Moment
    from dockschedctl.ui.state import Event
    from dockschedd.wire.access import AuditPage as Page


class AuditPage(Listing[AuditEntry]):
    """The list of entries."""

    NOUN = "Audit"
    PLACE = "audit"
    ITEM = ("entry", "entries")
    NONE = "there are no such entries"
    GROWS = True
    COLUMNS = audit.COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.AUDIT)

    def __init__(self) -> None:
        super().__init__()
        self._actor = ""
        self._action = ""

    def ask(self, client: Client, limit: int, cursor: str | None) -> Page:
        """Return some entries of those that are wanted."""
        return client.list_audit(
            AuditQuery(
                actor=self._actor or None, action=self._action or None, limit=limit, cursor=cursor
            )
        )

    def rows(self, items: Sequence[AuditEntry], moment: Moment) -> Sequence[Row]:
        """Return a row for each."""
        return audit.rows(items, moment)

    def concerns(self, event: Event) -> bool:
        """Everything that is done is written down; what containers do is not."""
        return isinstance(event, Heard) and not isinstance(event.event, system.StackEvent)

    def worth_a_word(self, items: Sequence[AuditEntry]) -> Iterator[str]:
        """Say what is asked for."""
        _ = items
        if self._actor:
            yield f"by {self._actor}"
        if self._action:
            yield f"only {self._action}"

    def opened(self, item: AuditEntry) -> None:
        """Show everything that is known of it."""
        view = self.ui.moment().view(self.ui.room_in_window())
        lines = audit.entry_text(item, view)
        self.ui.push_screen(Details(title=f"entry {item.seq}", lines=lines))

    def leave(self) -> None:
        """Ask for all entries again; where all are there, go back."""
        if self._actor or self._action:
            self._sift(("", ""))
        else:
            super().leave()

    def action_search(self) -> None:
        """Ask for the entries of one actor, or of one action."""
        known = self.items or ()
        form = Sifting(
            actor=self._actor,
            action=self._action,
            actors=(entry.actor for entry in known),
            actions=(entry.action for entry in known),
        )
        self.ui.push_screen(form, self._sift)

    def _sift(self, wanted: tuple[str, str] | None) -> None:
        if wanted is not None and wanted != (self._actor, self._action):
            self._actor, self._action = wanted
            self.read_anew()

    def action_verify(self) -> None:
        """Let the daemon check whether the log is whole."""
        self.tell(
            "verify",
            lambda client: client.verify_audit(),
            audit.verdict_text,
            meanwhile="looking through the whole log",
        )
