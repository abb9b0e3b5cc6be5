"""What is recorded when somebody is turned away before a handler is reached.

Who is known and may not: always audited. A token that is not good: audited, so many per
origin. Whoever shows nothing, or a token that has only expired, is logged: an unknown client
must not be able to fill the disk.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from dockschedd.api import auth
from dockschedd.core import people
from dockschedd.errors import DockschedError, Forbidden

if TYPE_CHECKING:
    from datetime import datetime

    from dockschedd.api.services import Services

log = logging.getLogger(__name__)

_SUSPICIOUS: Final = frozenset({"token-invalid", "session-ended"})


async def record(
    services: Services,
    error: DockschedError,
    *,
    caller: auth.Caller,
    principal: auth.Principal | None,
    request: str,
    now: datetime,
) -> None:
    """Record that `request` (method and path) was refused with `error`."""
    actor = principal.name if principal else auth.NOBODY
    fields = {"actor": actor, "origin": caller.origin, "code": error.code, "target": request}
    log.warning("request.refused", extra=fields)
    audited = isinstance(error, Forbidden) or (
        error.code in _SUSPICIOUS and services.throttle.may_record(caller.origin, now)
    )
    if not audited:
        return
    entry = people.AuditRecord(
        at=now,
        actor=actor,
        origin=caller.origin,
        action="request",
        target=request,
        outcome="refused",
        detail=error.message,
    )
    async with services.store.transaction() as unit:
        await unit.audit.append(entry)
