"""How long certificates hold, and what to say before they end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: How long before its end a certificate is warned of.
SOON = timedelta(days=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """When one certificate of a connection holds."""

    #: Whose it is, as in "the certificate of the engine".
    owner: str
    begins_at: datetime
    ends_at: datetime


def warnings(found: Iterable[Certificate], now: datetime) -> tuple[str, ...]:
    """Return a sentence for each certificate that has ended or soon will, first to end first."""
    return tuple(
        _sentence(each, now)
        for each in sorted(found, key=lambda one: (one.ends_at, one.owner))
        if each.ends_at - now < SOON
    )


def _sentence(one: Certificate, now: datetime) -> str:
    day = f"{one.ends_at:%Y-%m-%d}"
    if one.ends_at <= now:
        return f"the certificate of {one.owner} expired on {day}"
    days = (one.ends_at - now).days
    left = "today" if days == 0 else "in 1 day" if days == 1 else f"in {days} days"
    return f"the certificate of {one.owner} expires {left}, on {day}"
