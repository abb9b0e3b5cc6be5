"""Every error that a person may see: a sentence, a stable code and a hint.

A class exists only where some caller catches it; everything else is a code.
Foreign exceptions are translated where their library is imported and chained as the cause.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is wrong with what a person wrote."""

    #: Where: a field's path (`cron`, `hosts.local.url`); "" for the whole.
    path: str
    code: str
    message: str
    hint: str | None = None


class DockschedError(Exception):
    """Something went wrong that a person has to know about."""

    code = "internal"

    def __init__(
        self, message: str | None = None, *, code: str | None = None, hint: str | None = None
    ) -> None:
        self.message = message or (self.__doc__ or "").strip().partition("\n")[0]
        self.code = code or type(self).code
        self.hint = hint
        super().__init__(self.message)


class Invalid(DockschedError):
    """What was asked for cannot be understood or can never work."""

    code = "invalid"

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"{first.message}{more}", code=first.code, hint=first.hint)


class NotFound(DockschedError):
    """There is nothing of that name."""

    code = "not-found"


class Conflict(DockschedError):
    """The state of things does not allow it."""

    code = "conflict"


class Unauthenticated(DockschedError):
    """You are not logged in."""

    code = "unauthenticated"


class Forbidden(DockschedError):
    """You may not do this."""

    code = "forbidden"


class HostError(DockschedError):
    """The Docker Engine did not do what it was asked."""

    code = "host-error"
    #: True where the same call may succeed later without anybody changing anything.
    transient = False


class HostUnreachable(HostError):
    """The Docker Engine cannot be reached."""

    code = "host-unreachable"
    transient = True


class HostTimeout(HostUnreachable):
    """The Docker Engine did not answer in time; what it did with the call is not known."""

    code = "host-timeout"


class ContainerGone(HostError):
    """The container does not exist any more."""

    code = "container-gone"


class HostRefused(HostError):
    """The Docker Engine refused the call."""

    code = "host-refused"


class StoreError(DockschedError):
    """The database could not be used."""

    code = "store-error"


class Startup(DockschedError):
    """dockschedd cannot start."""

    code = "startup"
