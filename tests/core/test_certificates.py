"""What is said of certificates before and after they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dockschedd.core import certificates

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ending(after: timedelta, owner: str = "the engine") -> certificates.Certificate:
    return certificates.Certificate(owner=owner, begins_at=NOW, ends_at=NOW + after)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (timedelta(days=30), None),
        (timedelta(days=29, hours=23), "expires in 29 days, on 2026-03-31"),
        (timedelta(days=1, hours=3), "expires in 1 day, on 2026-03-02"),
        (timedelta(hours=3), "expires today, on 2026-03-01"),
        (timedelta(), "expired on 2026-03-01"),
        (timedelta(days=-3), "expired on 2026-02-26"),
    ],
)
def test_a_certificate_is_warned_of_for_thirty_days(after: timedelta, said: str | None) -> None:
    """And from its end on."""
    expected = () if said is None else (f"the certificate of the engine {said}",)

    assert certificates.warnings([ending(after)], NOW) == expected


def test_the_first_to_end_comes_first() -> None:
    """Whoever reads one sentence reads the one that matters most."""
    found = [ending(timedelta(days=9), "b"), ending(timedelta(days=3), "a")]

    assert [each.split()[3] for each in certificates.warnings(found, NOW)] == ["a", "b"]
