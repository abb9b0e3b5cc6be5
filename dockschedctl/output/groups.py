"""Groups as people read them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.output.tables import Column, Table
from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.output.tables import View
    from dockschedd.wire import groups

GROUPS: Table[groups.GroupSummary] = Table(
    columns=(
        Column(head="GROUP", cell=lambda g, _: g.name),
        Column(head="HOSTS", cell=lambda g, _: " ".join(g.hosts) or "none", elastic=True),
        Column(head="STACKS", cell=lambda g, _: str(g.stacks)),
        Column(head="SCHEDULES", cell=lambda g, _: str(g.schedules)),
        Column(head="OWNER", cell=lambda g, _: g.owner, wide=True),
        Column(head="CHANGED", cell=lambda g, view: view.time(g.updated_at), wide=True),
    ),
    name=lambda g: g.name,
    empty="there are no groups",
)


def group_text(group: groups.Group, view: View) -> Iterator[str]:
    """Yield one group: its hosts, how many stacks they have, and who names it."""
    yield f"{group.name}: {' '.join(group.hosts) or 'no hosts'}"
    yield f"  stacks: {group.stacks}"
    named = "".join(f" {name}" for name in group.used_by) or " none"
    more = group.schedules - len(group.used_by)
    yield f"  schedules:{named}{f' and {more} more' if more else ''}"
    yield f"  owner: {group.owner}"
    yield f"  changed: {view.time(group.updated_at)}"
    yield from (f"  warning: {printable(line)}" for line in group.warnings)
