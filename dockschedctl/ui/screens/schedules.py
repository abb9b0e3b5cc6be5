"""The schedules: what each does next, and all that can be done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Horizontal
from textual.widgets import Button

from dockschedctl.failures import Failure
from dockschedctl.output import foresight
from dockschedctl.ui import bindings, keys, scheduling
from dockschedctl.ui.rows import schedules
from dockschedctl.ui.screens.details import Details
from dockschedctl.ui.screens.listing import Listing
from dockschedctl.ui.screens.zone import ZoneForm
from dockschedd.wire.foresight import ConflictQuery
from dockschedd.wire.schedules import Schedule, ScheduleQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence

    from textual.binding import BindingType
    from textual.widget import Widget

    from dockschedctl.client import Client
    from dockschedctl.ui.cells import Row
    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire.schedules import SchedulePage


class SchedulesPage(Listing[Schedule]):
    """The list of schedules."""

    NOUN = "Schedules"
    PLACE = "schedules"
    ITEM = ("schedule", "schedules")
    CHANGES = frozenset({"schedule", "calendar", "freeze"})
    NONE = "there are no schedules yet: n writes one"
    COLUMNS = schedules.LISTED
    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.SCHEDULES)
    DEFAULT_CSS = """
    SchedulesPage #actions { height: 1; padding: 0 1; }
    SchedulesPage #actions Button { margin-right: 1; min-width: 0; }
    """

    def __init__(self) -> None:
        super().__init__()
        #: In which instants are shown: "" is that of the terminal.
        self._zone = ""

    # ------------------------------------------------------------ the table

    def body(self) -> Iterator[Widget]:
        """What can be done is above the table."""
        buttons = [
            Button(f"{key.label} {key.keys[0]}", id=f"do-{key.action}", compact=True,
                   tooltip=key.says)
            for key in keys.OF_SCHEDULE
        ]  # fmt: skip
        yield Horizontal(*buttons, id="actions")
        yield from super().body()

    def ask(self, client: Client, limit: int, cursor: str | None) -> SchedulePage:
        """Return a page of them."""
        return client.list_schedules(ScheduleQuery(limit=limit, cursor=cursor))

    def rows(self, items: Sequence[Schedule], moment: Moment) -> Sequence[Row]:
        """Return a row for each."""
        return schedules.listed(items, moment, zone=self._zone)

    def orders(self) -> Mapping[str, Callable[[Schedule], Any]]:
        """Return how each column sorts them."""
        return schedules.ORDERS

    def worth_a_word(self, items: Sequence[Schedule]) -> Iterator[str]:
        """Say how many do nothing, and whose clocks are shown."""
        disabled = sum(not each.enabled and not each.done for each in items)
        if disabled:
            yield f"■ {disabled} disabled"
        if self._zone == schedules.OWN:
            yield "each in its own zone"
        elif self._zone:
            yield f"in {self._zone}"

    def paint(self) -> None:
        """Show what may be done, too."""
        for key in keys.OF_SCHEDULE:
            self.query_one(f"#do-{key.action}").display = self.ui.state.may(key.needs)
        super().paint()

    # ------------------------------------------------------------ doing

    def opened(self, item: Schedule) -> None:
        """Show it in full, with its next instants."""
        self.run_worker(scheduling.preview(self.ui, item.name), group="act", exclusive=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the key of the same name does."""
        event.stop()
        getattr(self, f"action_{str(event.button.id).removeprefix('do-')}")()

    def action_add(self) -> None:
        """Write a new one."""
        self._do(scheduling.add(self.ui))

    def action_edit(self) -> None:
        """Change the one under the cursor."""
        self._to(scheduling.edit)

    def action_run(self) -> None:
        """Do now what it does."""
        self._to(scheduling.run)

    def action_turn(self) -> None:
        """Disable it, or enable it again."""
        self._to(scheduling.turn)

    def action_remove(self) -> None:
        """Delete it."""
        self._to(scheduling.remove)

    def _to(self, change: Callable[..., Coroutine[Any, Any, bool]]) -> None:
        item = self.item()
        if item is not None:
            self._do(change(self.ui, item.name))

    def _do(self, work: Coroutine[Any, Any, bool]) -> None:
        self.run_worker(self._done(work), group="act", exclusive=True)

    async def _done(self, work: Coroutine[Any, Any, bool]) -> None:
        if await work:
            self.read()

    def action_conflicts(self) -> None:
        """Show which contradict each other."""
        self.run_worker(self._conflicts(), group="act", exclusive=True)

    async def _conflicts(self) -> None:
        try:
            found = await self.ui.link.ask(lambda client: client.list_conflicts(ConflictQuery()))
        except Failure as failure:
            self.ui.tell_failure(failure)
            return
        view = self.ui.moment().view(self.ui.room_in_window())
        lines = foresight.conflicts_text(found, view)
        await self.ui.push_screen(Details(title="conflicts among schedules", lines=lines))

    def action_zone(self) -> None:
        """Choose the zone in which instants are shown."""
        self.run_worker(self._choose_zone(), group="act", exclusive=True)

    async def _choose_zone(self) -> None:
        zone = await self.ui.push_screen_wait(
            ZoneForm(self._zone, title="show instants in a zone", empty="here", own=True)
        )
        if zone is not None:
            self._zone = zone
            self.repaint()
