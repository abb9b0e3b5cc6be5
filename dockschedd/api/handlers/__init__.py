"""One function per operation, named as in the table: wire in, a call, wire out.

No SQL, no engine, no HTTP. A function is given the call and, where the table has one, the
body or the query.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from dockschedd.api.handlers import (
    applying,
    audit,
    auth,
    calendars,
    drafts,
    events,
    foresight,
    groups,
    holds,
    hosts,
    metrics,
    requirements,
    runs,
    schedules,
    stacks,
    system,
    users,
    weeks,
)
from dockschedd.api.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NOUNS = (
    *(applying, audit, auth, calendars, drafts, events, foresight, groups, holds),
    *(hosts, metrics, requirements, runs, schedules, stacks, system, users, weeks),
)


def _find(op: str) -> Callable[..., Any]:
    found = [vars(noun)[op] for noun in _NOUNS if op in vars(noun)]
    assert len(found) == 1, op
    operation: Callable[..., Any] = found[0]
    return operation


#: op → its function; a row of the table without one is an error at import.
OPERATIONS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {route.op: _find(route.op) for route in ROUTES}
)
