"""One request, as its handler sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockschedd.api import auth
from dockschedd.core import people

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dockschedd.api.services import Services


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """An answer that is no JSON."""

    #: With its parameters.
    content_type: str
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request whose sender may make it; `now` is the instant at which it came."""

    services: Services
    now: datetime
    #: None only where the table says that anybody may call.
    principal: auth.Principal | None
    origin: str
    #: The variable parts of the path.
    path: Mapping[str, str]
    idempotency_key: str | None = None
    #: The Accept header; only operations that answer with text look at it.
    accept: str = ""

    @property
    def who(self) -> auth.Principal:
        """The principal of a route that has one."""
        assert self.principal is not None
        return self.principal

    def record(
        self, action: str, target: str, *, outcome: str = "ok", detail: str = ""
    ) -> people.AuditRecord:
        """Return what the audit log says about something that the caller does."""
        return people.AuditRecord(
            at=self.now,
            actor=self.principal.name if self.principal else auth.NOBODY,
            origin=self.origin,
            action=action,
            target=target,
            outcome=outcome,
            detail=detail,
        )
