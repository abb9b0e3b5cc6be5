"""Holidays with the installed programs: what is left out, and what comes again."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest

from tests.engines import wait_until

pytestmark = pytest.mark.docker

FOLDED = """BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:Closed
DTSTART;VALUE=DATE:{first:%Y%m%d}
DTEND;VALUE=
 DATE:{end:%Y%m%d}
END:VEVENT
END:VCALENDAR
"""


def test_a_schedule_rests_on_the_dates_of_its_calendar(ctl, compose_up, engine, tmp_path):
    """Every minute, but not today nor tomorrow; when the dates are gone it fires."""
    web = f"cal{secrets.token_hex(3)}"
    compose_up("sample", web)
    wait_until(lambda: web in ctl("stack", "ls", "-o", "name"))
    today = datetime.now(UTC).date()
    file = tmp_path / "closed.ics"
    file.write_text(FOLDED.format(first=today, end=today + timedelta(days=2)))
    ctl("calendar", "add", "closed", "-f", str(file))

    ctl("schedule", "add", "each", "stop", web, "--cron", "* * * * *", "--tz", "UTC",
        "--except", "closed")  # fmt: skip
    resting = ctl.json("schedule", "show", "each")
    exported = ctl("schedule", "export", "-o", "json")
    preview = ctl("schedule", "preview", "each", "-n", "1")
    refused = ctl.run("calendar", "rm", "closed")
    assert resting["next_at"][:10] == f"{today + timedelta(days=2)}"
    assert resting["reads"] == "every minute, except on closed, UTC"
    assert "are in calendar closed: no occurrence" in preview
    assert (refused.returncode, "named by `each`" in refused.stderr) == (1, True)
    assert set(engine.states(web).values()) == {"running"}

    ctl("calendar", "edit", "closed", f"{today}..{today + timedelta(days=1)}", "--remove")
    wait_until(lambda: set(engine.states(web).values()) == {"exited"}, within=75)

    ctl("schedule", "apply", "-f", "-", "--diff", stdin=exported, expect=1)
    ctl("schedule", "apply", "-f", "-", stdin=exported)
    ctl("schedule", "apply", "-f", "-", "--diff", stdin=exported)
    assert ctl.json("schedule", "show", "each")["next_at"] == resting["next_at"]

    document = {**json.loads(exported), "schedules": [], "calendars": []}
    ctl("schedule", "apply", "-f", "-", "--prune", "--yes", stdin=json.dumps(document))
    assert ctl.json("calendar", "ls") == []
    told = [entry["action"] for entry in ctl.json("audit", "ls")]
    assert [action for action in reversed(told) if action.startswith("calendar.")] == [
        "calendar.add",
        "calendar.edit",
        "calendar.edit",
        "calendar.remove",
    ]
