"""The hosts: which answer, since when the others do not, and what is wrong with the way there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from dockschedctl.output import checks
from dockschedctl.output import hosts as texts
from dockschedctl.ui import bindings, keys
from dockschedctl.ui.rows import hosts
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
    CHANGES = frozenset({"host"})
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
        return isinstance(event, Glanced) or super().concerns(event)

    def worth_a_word(self, items: Sequence[Host]) -> Iterator[str]:
        """Say how many do not answer."""
        lost = sum(not host.reachable for host in items)
        if lost:
            yield f"✗ {lost} unreachable"

    def opened(self, item: Host) -> None:
        """Show the host, and what names it."""
        self.tell(item.name, lambda client: client.show_host(item.name), texts.host_text)

    def action_check(self) -> None:
        """Look at the way to the host."""
        host = self.item()
        if host is not None:
            self.tell(
                f"check {host.name}",
                lambda client: client.check_host(host.name),
                checks.check_text,
                meanwhile="looking at the way to it",
            )
