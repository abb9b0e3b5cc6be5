"""Seven days of all stacks: when each is awake and asleep, what is done when, what contradicts.

The stacks are those of the state; their weeks are asked for as one scrolls, those first that are
seen. What was read is shown until it has been read again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from textual.content import Content
from textual.widgets import Static

from dockschedctl.failures import Failure
from dockschedctl.ui import bindings, keys
from dockschedctl.ui.cells import GAP, fitted, widths
from dockschedctl.ui.rows import weeks
from dockschedctl.ui.screens.arranging import Arranging
from dockschedctl.ui.screens.details import Details
from dockschedctl.ui.screens.zone import ZoneForm
from dockschedctl.ui.state import Heard, Phase, Synced
from dockschedctl.ui.widgets.week_grid import GUTTER, WeekGrid
from dockschedctl.wording import count, printable, sentence
from dockschedd.wire import system
from dockschedd.wire.week import WeekQuery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from textual.binding import BindingType
    from textual.widget import Widget

    from dockschedctl.output.slots import Scale
    from dockschedctl.ui.state import Event
    from dockschedctl.ui.widgets.grid import Grid
    from dockschedd.wire.week import StackWeek, Week

#: Stacks that are asked for at once.
_CHUNK: Final = 25
_WEEK: Final = timedelta(days=7)
#: Seconds in which further reasons to read again are gathered.
_GATHER: Final = 0.5
_STYLES: Final = {"good": "$success", "warn": "$warning", "bad": "$error", "dim": "$secondary"}
#: Nouns of changes that change the picture.
_NOUNS: Final = frozenset(
    {"schedule", "calendar", "group", "host", "hold", "freeze", "requirement"}
)


class WeekPage(Arranging):
    """The picture of what schedules do."""

    NOUN = "Week"
    PLACE = "week"
    COLUMNS = weeks.columns(None, None)
    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.WEEK)
    DEFAULT_CSS = """
    WeekPage #days { height: 1; color: $secondary; text-style: bold; }
    WeekPage #legend { height: 1; padding: 0 1; color: $secondary; }
    WeekPage #told { height: auto; max-height: 30%; padding: 0 1; overflow-y: auto; }
    WeekPage #fault { height: auto; padding: 0 1; color: $error; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._builder = weeks.Builder()
        #: The first day, as a date; "": today.
        self._start = ""
        self._day = 0
        #: Whose days they are; "": the daemon's.
        self._zone = ""
        self._week: Week | None = None
        #: Stack → its week; None: the daemon knows nothing of it.
        self._known: dict[str, StackWeek | None] = {}
        #: Those that may be otherwise by now.
        self._outdated: set[str] = set()
        self._alone: set[str] = set()
        self._fault = ""
        self._is_reading = self._is_gathering = False
        #: Weeks are turned while an answer of another one is under way.
        self._turn = 0

    def body(self) -> Iterator[Widget]:
        """The days above the table; below it the symbols, and what is to be said of a stack."""
        summary, search, _ = super().body()
        yield summary
        yield search
        yield Static("", id="days", markup=False)
        yield WeekGrid(self.COLUMNS, id="rows", opens=True)
        yield Static("", id="legend", markup=False)
        yield Static("", id="told", markup=False)
        yield Static("", id="fault", markup=False)

    def begin(self) -> None:
        """Begin to read once it is known what is seen."""
        super().begin()
        self.watch(self.grid, "scroll_y", self._follow, init=False)

    def on_resize(self) -> None:
        """Make the slots as fine as the new size lets them be."""
        self.call_after_refresh(self.repaint)

    # ------------------------------------------------------------ showing

    @property
    def names(self) -> list[str]:
        """All stacks, as the daemon sorts them."""
        return sorted(self.ui.state.stacks, key=lambda name: name.split("/", 1))

    def _scale(self) -> Scale | None:
        if self._week is None:
            return None
        names = list(self.ui.state.stacks)
        return weeks.scale(self._week.days, self._week.zone, names, room=self._room)

    @property
    def _room(self) -> int:
        return max(0, self.size.width - GUTTER - 1)

    def paint(self) -> None:
        """Show what is known, and go on reading what is not."""
        now = self.ui.moment().now
        names = self.names
        shown = [name for name in names if self.how.matches(name)]
        try:
            on = self._scale()
        except Failure as failure:
            self._fault, on = sentence(failure.message), None
        rows = self._builder.rows(shown, self._known, on, room=self._room)
        columns = weeks.columns(on, now)
        self.grid.set_columns(columns)
        self.grid.fill(rows, empty=self._nothing(bool(names)))
        self.grid.grey(self.is_stale or bool(self._fault))
        self._show_days(on, widths(columns, rows, self._room)[0])
        parts = [] if self._week is None or on is None else [weeks.title(on), self._week.zone]
        if self._week is not None and not self._week.complete:
            parts.append("! more schedules than were looked at")
        self.sum_up(len(shown), count(len(names), "stack"), *parts)
        legend = self._builder.legend(now)
        self.query_one("#legend", Static).update(fitted(legend, self.size.width - 2).rstrip())
        fault = self.query_one("#fault", Static)
        fault.update(f"✗ {self._fault}" if self._fault else "")
        fault.display = bool(self._fault)
        self._tell()
        self._follow()

    def _nothing(self, anything: bool) -> str:
        if anything:
            return "no stack has these words; Esc shows all"
        return "there are no stacks" if self.ui.state.seen_at else "waiting for the daemon"

    def _show_days(self, on: Scale | None, name: int) -> None:
        begin = GUTTER + name + GAP
        self.grid.lay_days(begin, on)
        if on is None:
            return
        parts: list[tuple[str, str]] = [(" " * begin, "")]
        for day, text in enumerate(weeks.days_line(on, self._day)):
            parts += [(text, "$accent" if day == self._day else ""), (" ", "")]
        self.query_one("#days", Static).update(Content.assemble(*parts))

    def _tell(self) -> None:
        """Show below the table what is to be said of the stack that one is on."""
        found = self._known.get(self.grid.cursor_key or "")
        lines = () if found is None else weeks.remarks(found)
        content = Content("\n").join(
            Content.styled(line.text, _STYLES.get(line.style, "")) for line in lines
        )
        self.query_one("#told", Static).update(content)

    # ------------------------------------------------------------ reading

    def heard(self, event: Event) -> None:
        """Read again what may have changed."""
        if isinstance(event, Synced) or (isinstance(event, Heard) and _concerns(event.event)):
            self._outdated = set(self._known)
            self._alone.clear()
            self._fault = ""
            if not self._is_gathering:
                self._is_gathering = True
                self.set_timer(_GATHER, self._gathered)

    def _gathered(self) -> None:
        self._is_gathering = False
        self._follow()

    def _follow(self) -> None:
        """Read what is seen and not known, a few stacks at once."""
        if self._is_reading or self._fault or not self.is_whole:
            return
        if self.ui.state.phase is not Phase.LIVE:
            return
        wanted = self._wanted()
        if wanted is not None:
            self._is_reading = True
            self.run_worker(self._read(wanted, self._turn), group="read")
            return
        self._look_alone()

    def _wanted(self) -> str | None:
        """Return the first stack that is seen and has to be read."""
        top = self.grid.scroll_offset.y
        seen = self.grid.rows[top : top + max(1, self.grid.size.height)]
        return next(
            (row.key for row in seen if row.key not in self._known or row.key in self._outdated),
            None,
        )

    async def _read(self, first: str, turn: int) -> None:
        names = self.names
        place = names.index(first) if first in names else 0
        query = WeekQuery(
            start=self._start or None,
            zone=self._zone or None,
            limit=_CHUNK,
            cursor=names[place - 1] if place else None,
        )
        found = await self._asked(query, turn)
        if turn == self._turn:
            self._is_reading = False
        if found is not None:
            self._take(found, names[place : place + _CHUNK])
        if self.is_whole:
            self.paint()

    async def _asked(self, query: WeekQuery, turn: int) -> Week | None:
        try:
            found = await self.ui.link.ask(lambda client: client.show_week(query))
        except Failure as failure:
            if turn == self._turn:
                hint = f" ({sentence(failure.hint)})" if failure.hint else ""
                self._fault = printable(f"{sentence(failure.message)}{hint}")
            return None
        return found if turn == self._turn else None

    def _take(self, found: Week, asked: list[str]) -> None:
        if self._week is None or self._week.days != found.days:
            self._known.clear()
            self._outdated.clear()
        self._week = found
        # What is not in the answer is gone, and is not asked for again and again.
        known: dict[str, StackWeek | None] = dict.fromkeys(asked)
        known |= {each.stack: each for each in found.items}
        self._known |= known
        self._outdated -= known.keys()

    def _look_alone(self) -> None:
        """Look for conflicts of the stack that one is on, where that was too much for a page."""
        name = self.grid.cursor_key
        found = self._known.get(name or "")
        if name is None or found is None or found.conflicts is not None or name in self._alone:
            return
        self._alone.add(name)
        self.run_worker(self._read_alone(name, self._turn), group="alone", exclusive=True)

    async def _read_alone(self, name: str, turn: int) -> None:
        query = WeekQuery(
            start=self._start or None, zone=self._zone or None, selector=name, limit=1
        )
        found = await self._asked(query, turn)
        if found is not None and self.is_whole:
            self._take(found, [])
            self.paint()

    # ------------------------------------------------------------ days and weeks

    def on_grid_moved(self) -> None:
        """Tell of another stack."""
        self._tell()
        self._follow()

    def on_week_grid_pointed(self, event: WeekGrid.Pointed) -> None:
        """Choose the day that was clicked."""
        self._choose(event.day)

    def action_day(self, by: int) -> None:
        """Choose another day; beyond the last one, the first of the next week."""
        on = self._scale()
        if on is None:
            return
        if 0 <= self._day + by < on.days:
            self._choose(self._day + by)
        else:
            self.action_week(by)
            self._choose(0 if by > 0 else on.days - 1)

    def _choose(self, day: int) -> None:
        self._day = day
        self.paint()

    def action_week(self, by: int) -> None:
        """Go to another week, or come back to the one that begins today."""
        on = self._scale()
        if by and on is not None:
            self._begin_at(on.date(0) + by * _WEEK)
        elif not by:
            self._begin_at(None)

    def _begin_at(self, day: datetime | None) -> None:
        self._start = "" if day is None else f"{day:%Y-%m-%d}"
        self._turn += 1
        self._is_reading = False
        self._fault = ""
        self._outdated = set(self._known)
        self._alone.clear()
        self.paint()

    def action_zone(self) -> None:
        """Choose whose days they are."""
        self.run_worker(self._choose_zone(), group="zone", exclusive=True)

    async def _choose_zone(self) -> None:
        zone = await self.ui.push_screen_wait(
            ZoneForm(self._zone, title="show the days of a zone", empty="the daemon's")
        )
        if zone is not None and zone != self._zone and self.is_whole:
            self._zone = zone
            on = self._scale()
            self._begin_at(on.date(0) if on is not None and self._start else None)

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        """List what happens to the stack on the chosen day."""
        on, week = self._scale(), self._known.get(event.key)
        if on is None or week is None:
            return
        view = self.ui.moment().view(self.ui.room_in_window())
        title = f"{printable(event.key)}, {on.date(self._day):%A %d %B %Y}"
        self.ui.push_screen(Details(title=title, lines=weeks.day_lines(week, on, self._day, view)))

    def action_open_stack(self) -> None:
        """Open the stack."""
        if self.grid.cursor_key is not None:
            self.ui.open_stack(self.grid.cursor_key)

    def leave(self) -> None:
        """Go back to where one came from."""
        self.dismiss()

    @property
    def grid(self) -> WeekGrid:
        """The table."""
        return self.query_one("#rows", WeekGrid)


def _concerns(event: system.Event) -> bool:
    """Return whether it changes the picture; that a schedule fires is in it already."""
    match event:
        case system.ChangeEvent(noun=noun, action=action):
            return noun in _NOUNS and action != "fire"
        case _:
            return False
