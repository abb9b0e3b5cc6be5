"""Schedules. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dockschedctl.ui.cells import Cell, Column, Row, said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dockschedctl.ui.rows.moments import Moment
    from dockschedd.wire import schedules

COLUMNS: Final = (
    Column(head="SCHEDULE", elastic=True, least=10),
    Column(head="ACTION"),
    Column(head="NEXT", elastic=True, least=12),
    Column(head="READS", elastic=True, least=16),
    Column(head="SELECTOR", elastic=True, least=8, drop=2),
    Column(head="OWNER", elastic=True, least=6, drop=1),
)
#: On a page of their own they can be sorted.
LISTED: Final = (
    Column(key="schedule", head="SCHEDULE", elastic=True, least=10),
    Column(key="action", head="ACTION"),
    Column(key="selector", head="SELECTOR", elastic=True, least=8),
    Column(key="next", head="NEXT"),
    Column(head="READS", elastic=True, least=16),
    Column(key="owner", head="OWNER", elastic=True, least=6, drop=1),
)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
ORDERS: Final[Mapping[str, Callable[[schedules.Schedule], Any]]] = {
    "schedule": lambda each: each.name,
    "action": lambda each: (each.action, each.name),
    "selector": lambda each: (each.selector, each.name),
    # What comes next first; behind it what is disabled, then what is done.
    "next": lambda each: (each.done, not each.enabled, each.next_at or _LAST, each.name),
    "owner": lambda each: (each.owner, each.name),
}
#: Each schedule in its own zone.
OWN: Final = "own"


def listed(
    items: Sequence[schedules.Schedule], moment: Moment, *, zone: str = ""
) -> tuple[Row, ...]:
    """Return a row for each; next instants in that zone, in its OWN, or here."""
    chosen = moment if zone in ("", OWN) else _in(moment, zone)
    return tuple(
        Row(
            key=each.name,
            cells=(
                said(each.name),
                Cell(each.action),
                said(each.selector),
                _next(each, _in(moment, each.zone) if zone == OWN else chosen),
                said(each.reads, "dim"),
                said(each.owner, "dim"),
            ),
        )
        for each in items
    )


def known_zone(zone: str) -> bool:
    """Return whether this machine knows the zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _in(moment: Moment, zone: str) -> Moment:
    """Return the moment there; where the zone is not known here, as it is here."""
    return msgspec.structs.replace(moment, zone=ZoneInfo(zone)) if known_zone(zone) else moment


def rows(items: Sequence[schedules.Schedule], moment: Moment) -> tuple[Row, ...]:
    """Return a row for each."""
    return tuple(
        Row(
            key=each.name,
            cells=(
                said(each.name),
                Cell(each.action),
                _next(each, moment),
                said(each.reads),
                said(each.selector, "dim"),
                said(each.owner, "dim"),
            ),
        )
        for each in items
    )


def _next(schedule: schedules.Schedule, moment: Moment) -> Cell:
    if schedule.done:
        return Cell("✓ done", "dim")
    if not schedule.enabled:
        return Cell("■ disabled", "warn")
    if schedule.next_at is None:
        return Cell("-", "dim")
    action = f"{schedule.next_action} " if schedule.window is not None else ""
    return Cell(f"{action}{moment.ahead(schedule.next_at)}")
