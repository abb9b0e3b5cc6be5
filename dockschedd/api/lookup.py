"""Things that a request names and that have to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import suggest
from dockschedd.errors import NotFound

if TYPE_CHECKING:
    from dockschedd import ports
    from dockschedd.core import model


async def schedule(unit: ports.Unit, name: str) -> model.Schedule:
    """Return the schedule of that name or id. Raises NotFound (`schedule-not-found`)."""
    found = await unit.schedules.get(name)
    if found is None:
        near = suggest.closest(name, await unit.schedules.names(near=name))
        raise NotFound(
            f"there is no schedule `{name}`",
            code="schedule-not-found",
            hint=f"did you mean `{near}`?" if near else "`dockschedctl schedule ls` lists them",
        )
    return found
