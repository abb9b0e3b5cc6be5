"""What hosts have of their own, calendars and zones, as it is told where stacks are shown."""

from __future__ import annotations

from msgspec.structs import replace

from tests.ctl import samples

READS = (
    "calendar `holidays` keeps schedules from host `local` until 00:00 on 27 November 2026, UTC"
)


def test_a_day_off_is_told_where_the_stack_is_shown(ctl, daemon) -> None:
    """Beside what comes next."""
    daemon.on("GET /v1/stacks/local/web", replace(samples.whole_stack(), day_off=READS))
    lines = ctl("stack", "show", "local/web").out.splitlines()

    assert f"  {READS}" in lines
    assert any(line.startswith("  next: ") for line in lines)


def test_the_status_tells_of_days_off(ctl, daemon) -> None:
    """After the hosts."""
    daemon.on("GET /v1/status", replace(samples.STATUS, days_off=(READS,)))
    lines = ctl("status").out.splitlines()
    hosts = [number for number, line in enumerate(lines) if line.startswith("host ")]

    assert lines[hosts[-1] + 1] == f"day off: {READS}"


def test_whose_zone_a_new_schedule_got_is_said(ctl, daemon) -> None:
    """Only where a host has one of its own; `-o json` has it as well."""
    made = replace(samples.SCHEDULES[1], zone="Asia/Tokyo", zone_reason="that of host `local`")
    daemon.on("POST /v1/schedules", made)
    daemon.on(f"GET /v1/schedules/{made.name}/preview", samples.PREVIEW)
    added = ctl("schedule", "add", "nightly", "stop", "local/web", "--cron", "0 22 * * *")
    nights = replace(samples.NIGHTS, zone="Asia/Tokyo", zone_reason="that of host `local`")
    daemon.on("POST /v1/schedules", nights)
    slept = ctl("sleep", "local/web", "23:00-07:00")
    daemon.on("POST /v1/schedules", samples.NIGHTS)
    plain = ctl("sleep", "local/web", "23:00-07:00")

    said = "zone Asia/Tokyo, that of host `local`\n"
    assert said in added.err
    assert slept.err == said
    assert plain.err == ""
    sent = [r.body for r in daemon.requests if r.method == "POST"]
    assert [body.get("zone") for body in sent] == [None, None, None]
