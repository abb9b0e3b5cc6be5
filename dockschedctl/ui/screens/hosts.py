"""The hosts: which answer, since when the others do not, and what is wrong with the way there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from dockschedctl.failures import Failure
from dockschedctl.output import checks
from dockschedctl.output import hosts as texts
from dockschedctl.ui import bindings, keys
from dockschedctl.ui.rows import hosts
from dockschedctl.ui.screens.details import Details
from dockschedctl.ui.screens.listing import Batch, Listing
from dockschedctl.ui.state import Glanced
from dockschedd.wire.stacks import Host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from textual.binding import BindingType

    from dockschedctl.client import Client
    from dockschedctl.ui.cells import Row
    from dockschedctl.ui.rows.moments import Moment
    from dockschedctl.ui.state import Event


class HostsPage(Listing[Host]):
    """The list of hosts."""

    NOUN = "Hosts"
    PLACE = "hosts"
    ITEM = ("host", "hosts")
    NONE = "there are no hosts"
    COLUMNS = hosts.COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.HOSTS)

    def ask(self, client: Client, limit: int, cursor: str | None) -> Batch[Host]:
        """All of them come at once."""
        _ = limit, cursor
        return Batch(items=client.list_hosts().items)

    def rows(self, items: Sequence[Host], moment: Moment) -> Sequence[Row]:
        """Return a row for each."""
        return hosts.rows(items, moment)

    def orders(self) -> Mapping[str, Callable[[Host], Any]]:
        """Return how each column sorts them."""
        return hosts.ORDERS

    def concerns(self, event: Event) -> bool:
        """A host was lost or found."""
        return isinstance(event, Glanced)

    def worth_a_word(self, items: Sequence[Host]) -> Iterator[str]:
        """Say how many do not answer."""
        lost = sum(not host.reachable for host in items)
        if lost:
            yield f"✗ {lost} unreachable"

    def opened(self, item: Host) -> None:
        """Show the host, and what names it."""
        self.run_worker(self._open(item.name), group="open", exclusive=True)

    async def _open(self, name: str) -> None:
        try:
            found = await self.ui.link.ask(lambda client: client.show_host(name))
        except Failure as failure:
            self.ui.tell_failure(failure)
            return
        view = self.ui.moment().view(self.ui.room_in_window())
        await self.ui.push_screen(Details(title=name, lines=texts.host_text(found, view)))

    def action_check(self) -> None:
        """Look at the way to the host."""
        host = self.item()
        if host is not None:
            self.run_worker(self._check(host.name), group="open", exclusive=True)

    async def _check(self, name: str) -> None:
        self.ui.notify(f"· looking at the way to {name}", markup=False)
        try:
            found = await self.ui.link.ask(lambda client: client.check_host(name))
        except Failure as failure:
            self.ui.tell_failure(failure)
            return
        view = self.ui.moment().view(self.ui.room_in_window())
        await self.ui.push_screen(
            Details(title=f"check {name}", lines=checks.check_text(found, view))
        )
