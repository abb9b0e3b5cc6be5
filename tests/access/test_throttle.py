"""How often logins may fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.access import throttle
from dockschedd.access.throttle import Limit, Throttle, TooManyAttempts

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def fail(on: Throttle, at: datetime = NOW, *, origin: str = "a", account: str | None = "x") -> int:
    """An attempt that fails: how long to wait, or 0."""
    try:
        on.take(origin=origin, account=account, now=at)
    except TooManyAttempts as refused:
        return refused.retry_after
    return 0


def test_after_some_failures_on_an_account_the_next_has_to_wait() -> None:
    """From whatever addresses they come; and the wait that is told is enough."""
    limited = Throttle()
    tries = [fail(limited, origin=f"10.0.0.{n}") for n in range(8)]

    assert tries[:5] == [0] * 5
    assert all(wait > 0 for wait in tries[5:])
    assert fail(limited, NOW + tries[5] * SECOND, origin="10.0.0.9") == 0
    assert fail(limited, NOW + tries[5] * SECOND, origin="10.0.0.9") > 0


def test_after_some_failures_of_an_origin_the_next_has_to_wait() -> None:
    """Whatever accounts they try."""
    limited = Throttle()
    tries = [fail(limited, account=f"user-{n}") for n in range(25)]

    assert tries.index(max(tries)) == throttle.PER_ORIGIN.burst
    assert fail(limited, account=None) > 0
    assert fail(limited, origin="b", account="user-1") == 0


def test_what_succeeds_costs_nothing() -> None:
    """Somebody who knows the password can log in all day long."""
    limited = Throttle()
    for _ in range(100):
        limited.take(origin="a", account="x", now=NOW)
        limited.give_back(origin="a", account="x", now=NOW)

    assert fail(limited) == 0


def test_attempts_that_have_not_ended_count() -> None:
    """A hundred guesses at the same time are no way around it."""
    limited = Throttle()

    assert sum(fail(limited) == 0 for _ in range(100)) == throttle.PER_ACCOUNT.burst


def test_refused_attempts_do_not_make_it_worse() -> None:
    """A client that keeps trying is let in as soon as the time is up."""
    limited = Throttle()
    for _ in range(50):
        fail(limited)

    assert fail(limited, NOW + throttle.PER_ACCOUNT.every) == 0


def test_a_clock_that_is_put_back_locks_nobody_out() -> None:
    """And gives nothing away."""
    limited = Throttle()
    for _ in range(10):
        fail(limited, NOW)
    back = NOW - timedelta(days=1)

    assert fail(limited, back) > 0
    assert fail(limited, back + 2 * throttle.PER_ACCOUNT.every) == 0


def test_an_ipv6_network_is_one_origin() -> None:
    """A subscriber has 2^64 addresses, and gets no more attempts for it."""
    limited = Throttle(per_origin=Limit(burst=2, every=SECOND))
    tries = [fail(limited, origin=f"2001:db8::{n:x}", account=None) for n in range(4)]

    assert [wait > 0 for wait in tries] == [False, False, True, True]
    assert fail(limited, origin="2001:db8:0:1::1", account=None) == 0


def test_memory_is_bounded() -> None:
    """A flood of names, also of endless ones, leaves so many buckets and no more."""
    limited = Throttle(most=100)
    for number in range(1000):
        fail(limited, origin=f"o{number}", account=f"{number}" + "x" * 10_000)

    assert len(limited._origins._levels) == 100
    assert len(limited._accounts._levels) == 100
    assert max(map(len, limited._accounts._levels)) < 200


def test_refusals_that_are_recorded_are_limited_too() -> None:
    """Bad tokens cannot fill the audit log."""
    limited = Throttle()

    assert sum(limited.may_record("a", NOW) for _ in range(1000)) == throttle.PER_RECORD.burst
    assert limited.may_record("a", NOW + throttle.PER_RECORD.every)
    assert limited.may_record("b", NOW)


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 5), st.integers(1, 10))
def test_no_more_get_through_than_the_limit_says(gaps, burst, every) -> None:
    """However the attempts are spread, at most burst + time / every of them are let through."""
    limited = Throttle(per_account=Limit(burst=burst, every=every * SECOND))
    at, through = NOW, 0
    for number, gap in enumerate(gaps):
        at += gap * SECOND
        through += fail(limited, at, origin=f"o{number}") == 0

    assert through <= burst + (at - NOW) / (every * SECOND)


@given(st.lists(st.integers(0, 20), max_size=60))
def test_the_wait_that_is_told_is_the_wait_that_is_needed(gaps) -> None:
    """After retry_after an attempt is let through, and one second earlier would not do."""
    limited = Throttle(per_account=Limit(burst=3, every=10 * SECOND))
    at = NOW
    for number, gap in enumerate(gaps):
        at += gap * SECOND
        wait = fail(limited, at, origin=f"o{number}")
        if wait:
            with pytest.raises(TooManyAttempts):
                limited.take(origin="z", account="x", now=at + (wait - 1) * SECOND)
            assert fail(limited, at + wait * SECOND, origin="z") == 0
            at += wait * SECOND
