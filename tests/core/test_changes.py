"""What the audit log's records tell whoever shows what people set up."""

from __future__ import annotations

from dockschedd.core import changes
from dockschedd.core.people import AuditRecord
from tests.fake_clock import START


def record(action: str, target: str = "x", **more: str) -> AuditRecord:
    fields = {"actor": "alice", "origin": "-", "outcome": "ok"} | more
    return AuditRecord(at=START, action=action, target=target, **fields)


def told(*records: AuditRecord) -> list[tuple[str, str, str]]:
    return [(c.noun.value, c.name, c.action) for c in changes.of_records(records)]


def test_every_change_is_told_in_its_order_and_the_audit_log_last() -> None:
    """By noun and name, with the second half of what the audit log calls it."""
    assert told(
        record("hold.place", "local/web"), record("schedule.add", "nightly"), record("user.edit")
    ) == [
        ("hold", "local/web", "place"),
        ("schedule", "nightly", "add"),
        ("user", "x", "edit"),
        ("audit", "", "add"),
    ]


def test_there_is_one_freeze_whatever_happens_to_it() -> None:
    """It has no name; its end is told apart by who or what ended it."""
    assert told(record("freeze", "schedules")) == [("freeze", "", "freeze"), ("audit", "", "add")]
    assert told(record("thaw", "schedules"))[0] == ("freeze", "", "thaw")
    assert told(record("freeze.expire", "schedules"))[0] == ("freeze", "", "expire")


def test_what_is_no_change_of_something_that_is_kept_is_only_in_the_audit_log() -> None:
    """Logins, runs and actions have ways of their own to be followed; refusals change nothing."""
    for each in (record("login"), record("run.finish"), record("stack.stop"),
                 record("audit.verify"), record("schedule.add", outcome="refused")):  # fmt: skip
        assert told(each) == [("audit", "", "add")]
    assert told() == []


def test_whoever_is_told_may_read_it() -> None:
    """Each noun has a permission, that of reading it."""
    assert set(changes.NEEDS) == set(changes.Noun)
    assert all(needed.value.endswith(".read") for needed in changes.NEEDS.values())
