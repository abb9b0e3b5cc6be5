"""How often logins may fail: a token bucket for each origin and for each account.

Pure but for its own state; `now` is an argument. Asks for a token before a password is looked
at, so that guesses made at the same time count as well, and gives it back when the guess was
right. Never looks at whether an account exists. Its memory is bounded.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dockschedd.errors import DockschedError

#: Characters of a name that are told apart; users' names are shorter.
_LONGEST: Final = 128


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """So many at once, and one more after each `every`."""

    burst: int
    every: timedelta


#: Behind one address there may be several people.
PER_ORIGIN: Final = Limit(burst=20, every=timedelta(seconds=6))
#: 120 guesses an hour: nothing against twelve characters, and a person waits half a minute.
PER_ACCOUNT: Final = Limit(burst=5, every=timedelta(seconds=30))
#: Refusals of bad tokens that one origin can put into the audit log.
PER_RECORD: Final = Limit(burst=20, every=timedelta(minutes=1))
#: Of each kind; about 1 MB in all.
MOST: Final = 4096


class TooManyAttempts(DockschedError):
    """There were too many failed attempts."""

    code = "too-many-attempts"

    def __init__(self, wait: timedelta) -> None:
        #: Whole seconds, from 1.
        self.retry_after = max(1, math.ceil(wait.total_seconds()))
        super().__init__(hint=f"try again in {self.retry_after} s")


class Throttle:
    """The buckets of one daemon; they start full, also after a restart."""

    def __init__(
        self, *, per_origin: Limit = PER_ORIGIN, per_account: Limit = PER_ACCOUNT, most: int = MOST
    ) -> None:
        self._origins = _Buckets(per_origin, most)
        self._accounts = _Buckets(per_account, most)
        self._records = _Buckets(PER_RECORD, most)

    def take(self, *, origin: str, account: str | None, now: datetime) -> None:
        """Take a token for one attempt; None: the account is not known before the attempt.

        Raises TooManyAttempts, and then takes none.
        """
        wait = self._origins.wait(origin, now)
        if account is not None:
            wait = max(wait, self._accounts.wait(account, now))
        if wait > timedelta():
            raise TooManyAttempts(wait)
        self._origins.add(origin, -1, now)
        if account is not None:
            self._accounts.add(account, -1, now)

    def give_back(self, *, origin: str, account: str | None, now: datetime) -> None:
        """Return the token of an attempt that was no failure."""
        self._origins.add(origin, 1, now)
        if account is not None:
            self._accounts.add(account, 1, now)

    def may_record(self, origin: str, now: datetime) -> bool:
        """Return whether one more refusal of that origin goes into the audit log."""
        if self._records.wait(origin, now) > timedelta():
            return False
        self._records.add(origin, -1, now)
        return True


class _Buckets:
    """Buckets by name; the one that was used longest ago is forgotten first."""

    def __init__(self, limit: Limit, most: int) -> None:
        self._limit = limit
        self._most = most
        #: Name → tokens and when that was so.
        self._levels: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def wait(self, name: str, now: datetime) -> timedelta:
        missing = 1 - self._level(_shorten(name), now)
        return self._limit.every * missing if missing > 0 else timedelta()

    def add(self, name: str, tokens: int, now: datetime) -> None:
        name = _shorten(name)
        level = min(self._level(name, now) + tokens, float(self._limit.burst))
        self._levels[name] = (level, now)
        self._levels.move_to_end(name)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)

    def _level(self, name: str, now: datetime) -> float:
        level, since = self._levels.get(name, (float(self._limit.burst), now))
        if now < since:
            # A clock that was put back must not lock anybody out until it has caught up.
            self._levels[name] = (level, now)
            return level
        return min(level + (now - since) / self._limit.every, float(self._limit.burst))


def _shorten(name: str) -> str:
    """Return what stands for the name: a whole IPv6 network belongs to one subscriber."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name[:_LONGEST]
    if address.version == 4:  # noqa: PLR2004
        return name
    return str(ipaddress.ip_network((address, 64), strict=False))
