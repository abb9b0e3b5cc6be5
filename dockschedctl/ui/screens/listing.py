"""Tables of things that are not in the state: a page asks the daemon for them itself.

They are read when the page opens, whenever everything is read (`^r`, once a minute, after a lost
connection), and when an event concerns them; more of them when one scrolls near their end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

import msgspec
from textual.widgets import Static

from dockschedctl.commands import finding
from dockschedctl.failures import Failure
from dockschedctl.output import times
from dockschedctl.ui.link import is_logged_out
from dockschedctl.ui.screens.arranging import Arranging
from dockschedctl.ui.screens.details import Details
from dockschedctl.ui.state import Heard, Phase, Synced
from dockschedctl.wording import count, printable, sentence
from dockschedd.wire.system import ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from textual.widget import Widget

    from dockschedctl.client import Client
    from dockschedctl.output import tables
    from dockschedctl.ui.cells import Row
    from dockschedctl.ui.rows.moments import Moment
    from dockschedctl.ui.state import Event
    from dockschedctl.ui.widgets.grid import Grid

T = TypeVar("T")
A = TypeVar("A")
#: How many are asked for at once.
_PAGE: Final = 200
#: Nobody scrolls further; what is older is found with filters, and by the command line.
_MOST: Final = 2000
#: Seconds in which further reasons to read are gathered.
_GATHER: Final = 0.5


class Batch(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some of the things, for lists that have no pages of their own."""

    items: tuple[T, ...]
    next: str | None = None


class Listing(Arranging, Generic[T]):
    """The table of one noun.

    A page says what it lists by its class variables, `ask`, `rows`, `orders` and `concerns`,
    and in `opened` what happens when a row is opened.
    """

    #: One of them, and several.
    ITEM: ClassVar[tuple[str, str]] = ("", "")
    #: New ones come first, and those that are known never change.
    GROWS: ClassVar[bool] = False
    #: Nouns of the event stream: when one of them changes, what is shown may have changed.
    CHANGES: ClassVar[frozenset[str]] = frozenset()
    #: What is said where there are none.
    NONE: ClassVar[str] = ""
    DEFAULT_CSS = """
    Listing #fault { height: auto; padding: 0 1; color: $error; display: none; }
    Listing #fault.-shown { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        #: None before they were read.
        self.items: tuple[T, ...] | None = None
        self._next: str | None = None
        self._by_key: dict[str, T] = {}
        self._read_at: datetime | None = None
        self._fault = ""
        self._is_reading = False
        self._is_outdated = False

    # ------------------------------------------------------------ what a page says of itself

    def ask(self, client: Client, limit: int, cursor: str | None) -> finding.Page[T]:
        """Return some of the things; called in a thread."""
        raise NotImplementedError

    def rows(self, items: Sequence[T], moment: Moment) -> Sequence[Row]:
        """Return a row for each, in the same order."""
        raise NotImplementedError

    def orders(self) -> Mapping[str, Callable[[T], Any]]:
        """Return how each column that has a key sorts them."""
        return {}

    def concerns(self, event: Event) -> bool:
        """Return whether they may have changed by that."""
        match event:
            case Heard(event=ChangeEvent(noun=noun)):
                return noun in self.CHANGES
            case _:
                return False

    def opened(self, item: T) -> None:
        """Show one of them in full."""

    def worth_a_word(self, items: Sequence[T]) -> Iterator[str]:
        """Yield what the line above the table says of them besides their number."""
        _ = items
        yield from ()

    # ------------------------------------------------------------ showing

    def body(self) -> Iterator[Widget]:
        """What went wrong is said beside the table."""
        summary, *rest = super().body()
        yield summary
        yield Static("", id="fault", markup=False)
        yield from rest

    def begin(self) -> None:
        """Begin to read."""
        super().begin()
        self.watch(self.grid, "scroll_y", self._follow, init=False)
        self.read()

    def paint(self) -> None:
        """Show them, and go on reading where their end is near."""
        moment = self.ui.moment()
        items = self._sorted(self.items or ())
        rows = self.rows(items, moment)
        self._by_key = {row.key: item for row, item in zip(rows, items, strict=True)}
        gone = self.how.marked - self._by_key.keys()
        if gone:
            self.how = self.how.changed(marked=self.how.marked - gone)
        shown = tuple(
            msgspec.structs.replace(row, marked=True) if row.key in self.how.marked else row
            for row in rows
            if self.how.matches(" ".join(cell.text for cell in row.cells))
        )
        follows = self.GROWS and self.grid.is_at_top
        self.grid.fill(shown, empty=self._nothing(), sorted_by=self.sorted_by)
        if follows:
            self.grid.go_to_top()
        self.grid.grey(self.is_stale or bool(self._fault))
        self._show_fault(moment)
        if self.items is not None:
            number = (
                f"{len(items)}+ {self.ITEM[1]}" if self._next else count(len(items), *self.ITEM)
            )
            self.sum_up(len(shown), number, *self.worth_a_word(items))
        self._follow()

    def _sorted(self, items: tuple[T, ...]) -> tuple[T, ...]:
        order = self.orders().get(self.how.sort)
        if order is None:
            return items
        return tuple(sorted(items, key=order, reverse=self.how.reverse))

    def _nothing(self) -> str:
        if self.items is None:
            if self._fault:
                return ""
            return "reading" if self.ui.state.phase is Phase.LIVE else "waiting for the daemon"
        if not self.items:
            return self.NONE
        among = f" among the first {len(self.items)}" if self._next else ""
        return f"no {self.ITEM[0]}{among} has these words; Esc shows all"

    def _show_fault(self, moment: Moment) -> None:
        text = ""
        if self._fault:
            age = ""
            if self._read_at is not None:
                age = f"what is shown is {times.span(moment.now - self._read_at)} old: "
            text = f"✗ {age}{self._fault}"
        line = self.query_one("#fault", Static)
        line.update(text)
        line.set_class(bool(text), "-shown")

    @property
    def goes_on(self) -> bool:
        """Whether there are more than have been read."""
        return self._next is not None

    # ------------------------------------------------------------ reading

    def heard(self, event: Event) -> None:
        """Read again what may have changed."""
        if isinstance(event, Synced) or self.concerns(event):
            self.read()

    def read(self) -> None:
        """Read all that is shown, now or after what is being read; without a daemon, later."""
        if not self.is_whole or self.ui.state.phase is not Phase.LIVE:
            return
        if self._is_reading:
            self._is_outdated = True
        else:
            self._begin(self._read())

    def read_anew(self) -> None:
        """Forget what was read, and ask for something else."""
        self.forget()
        self.read()

    def forget(self) -> None:
        """Show nothing until it is read again."""
        self.workers.cancel_group(self, "read")
        self.items, self._next, self._fault = None, None, ""
        self._is_reading = self._is_outdated = False
        if self.is_whole:
            self.paint()

    def _follow(self) -> None:
        """Read more once the last rows come near."""
        if not self.is_whole:
            return
        grid = self.grid
        height = grid.size.height
        known = len(self.items or ())
        if self._next is None or self._fault or self._is_reading or not height or known >= _MOST:
            return
        if grid.scroll_offset.y + 2 * height >= len(grid.rows):
            self._begin(self._read_on(self._next))

    def on_grid_moved(self) -> None:
        """Read more where the cursor comes near the end."""
        self._follow()

    def _begin(self, work: Any) -> None:
        self._is_reading = True
        self.run_worker(work, group="read")

    async def _read(self) -> None:
        known = self.items or ()
        wanted = _PAGE if self.GROWS else max(_PAGE, len(known))
        found = await self._answer(lambda client: self._pages(client, wanted))
        if found is not None:
            self._take(tuple(item for page in found for item in page.items), found[-1].next)
            self._read_at = self.ui.link.env.now()
        self._settle()

    def _take(self, found: tuple[T, ...], following: str | None) -> None:
        known = self.items or ()
        if self.GROWS and found and found[-1] in known:
            # What is older was read already, and is as it was.
            self.items = (*found, *known[known.index(found[-1]) + 1 :])
        else:
            self.items, self._next = found, following

    def _pages(self, client: Client, wanted: int) -> list[finding.Page[T]]:
        return list(
            finding.pages(lambda limit, cursor: self.ask(client, limit, cursor), limit=wanted)
        )

    async def _read_on(self, cursor: str) -> None:
        found = await self._answer(lambda client: self.ask(client, _PAGE, cursor))
        if found is not None:
            self.items = (*(self.items or ()), *found.items)
            self._next = found.next
        self._settle()

    async def _answer(self, question: Callable[[Client], A]) -> A | None:
        """Return the answer; what went wrong is said beside the table."""
        try:
            found = await self.ui.link.ask(question)
        except Failure as failure:
            hint = f" ({sentence(failure.hint)})" if failure.hint else ""
            self._fault = printable(f"{sentence(failure.message)}{hint}")
            if is_logged_out(failure):
                self.ui.tell_failure(failure)
            return None
        self._fault = ""
        return found

    def _settle(self) -> None:
        self._is_reading = False
        if not self.is_whole:
            return
        self.paint()
        if self._is_outdated:
            self._is_outdated = False
            self.set_timer(_GATHER, self.read)

    # ------------------------------------------------------------ rows

    def item(self) -> T | None:
        """Return what is under the cursor."""
        return self._by_key.get(self.grid.cursor_key or "")

    def chosen(self) -> tuple[T, ...]:
        """Return what an action is for: what is marked, else what is under the cursor."""
        return tuple(self._by_key[key] for key in self.targets() if key in self._by_key)

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        """Show one of them in full."""
        if event.key in self._by_key:
            self.opened(self._by_key[event.key])

    def tell(
        self,
        title: str,
        question: Callable[[Client], A],
        text: Callable[[A, tables.View], Iterable[str]],
        *,
        meanwhile: str = "reading",
    ) -> None:
        """Open a window with the answer to a question, as the command line writes it."""
        self.run_worker(self._tell(title, question, text, meanwhile), group="tell", exclusive=True)

    async def _tell(
        self,
        title: str,
        question: Callable[[Client], A],
        text: Callable[[A, tables.View], Iterable[str]],
        meanwhile: str,
    ) -> None:
        window = Details(title=title, lines=(f"… {meanwhile}",))
        await self.ui.push_screen(window)
        try:
            found = await self.ui.link.ask(question)
        except Failure as failure:
            window.dismiss()
            self.ui.tell_failure(failure)
        else:
            window.show(text(found, self.ui.moment().view(self.ui.room_in_window())))

    def leave(self) -> None:
        """Go back to where one came from."""
        self.dismiss()
