"""Schedules from a crontab to a document and back, with the installed programs."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest

from tests.engines import wait_until

pytestmark = pytest.mark.docker


def test_a_crontab_becomes_schedules_that_fire(ctl, compose_up, engine, tmp_path):
    """Imported, applied, exported, applied again without a change, pruned; and one fires."""
    web = f"dcl{secrets.token_hex(3)}"
    compose_up("sample", web)
    wait_until(lambda: web in ctl("stack", "ls", "-o", "name"))
    crontab = tmp_path / "crontab"
    crontab.write_text(
        f"# asleep at night\n0 22 * * * docker compose -p {web} stop\n"
        f"0 6 * * * cd /srv/{web} && docker compose start > /dev/null 2>&1\n"
        "0 3 * * * /opt/backup.sh\n"
    )
    proposed = tmp_path / "proposed.yaml"
    proposed.write_text(ctl("import", "crontab", str(crontab), "--tz", "Europe/Berlin"))

    assert ctl.json("schedule", "ls") == []
    ctl("schedule", "apply", "-f", str(proposed), "--diff", expect=1)
    ctl("schedule", "apply", "-f", str(proposed))
    ctl("schedule", "apply", "-f", str(proposed), "--diff")
    names = [f"{web}-start", f"{web}-stop"]
    assert [each["name"] for each in ctl.json("schedule", "ls")] == names

    before = ctl.json("schedule", "ls")
    for form in ("yaml", "toml", "json"):
        exported = ctl("schedule", "export", "-o", form)
        again = ctl.run("schedule", "apply", "-f", "-", "--diff", "--prune", stdin=exported)
        assert again.returncode == 0, again.stdout + again.stderr
        ctl("schedule", "apply", "-f", "-", "--prune", stdin=exported)
    assert ctl.json("schedule", "ls") == before

    soon = (datetime.now(UTC) + timedelta(seconds=6)).isoformat()
    document = json.loads(ctl("schedule", "export", names[1], "-o", "json"))
    document["schedules"] = [{"name": "soon", "action": "stop", "selector": web, "at": soon}]
    written = json.dumps(document)
    ctl("schedule", "apply", "-f", "-", "--prune", expect=2, stdin=written)
    ctl("schedule", "apply", "-f", "-", "--prune", "--yes", stdin=written)
    assert [each["name"] for each in ctl.json("schedule", "ls")] == ["soon"]
    wait_until(lambda: set(engine.states(web).values()) == {"exited"}, within=15)

    told = [(e["action"], e["target"]) for e in ctl.json("audit", "ls")]
    assert {("schedule.add", name) for name in (*names, "soon")} <= set(told)
    assert {("schedule.remove", name) for name in names} <= set(told)


def test_what_is_wrong_changes_nothing(ctl, compose_up):
    """All faults at once, exit code 2; the right entries are not applied either."""
    web = f"dcl{secrets.token_hex(3)}"
    compose_up("sample", web)
    wait_until(lambda: web in ctl("stack", "ls", "-o", "name"))
    document = f"""
version: 1
schedules:
  - {{name: good, action: stop, selector: {web}, when: every weekday at 22:00}}
  - {{name: bad, action: stop, selector: {web}, when: mondays at 6}}
  - {{name: worse, action: stop, selector: nobody, cron: 0 25 * * *}}
"""
    done = ctl.run("schedule", "apply", "-f", "-", stdin=document)

    assert done.returncode == 2
    assert "schedules[1].when: `6` is an hour of the morning or of the evening" in done.stderr
    assert "schedules[2].cron: `25` is outside the hour field" in done.stderr
    assert ctl.json("schedule", "ls") == []


def test_a_time_in_words_is_read_back(ctl, compose_up):
    """At the terminal, for a new schedule and for a preview."""
    web = f"dcl{secrets.token_hex(3)}"
    compose_up("sample", web)
    wait_until(lambda: web in ctl("stack", "ls", "-o", "name"))
    ctl("schedule", "add", "n", "stop", web, "--when", "first monday of the month at 06:30")

    assert ctl.json("schedule", "show", "n")["cron"] == "30 6 * * mon#1"
    said = ctl("schedule", "preview", "--when", "every 2 hours between 8 and 18", "--tz", "UTC")
    assert said.startswith("at 08:00, 10:00, 12:00, 14:00, 16:00 and 18:00 every day, UTC")
    assert "did you mean `weekday`?" in ctl.run(
        "schedule", "add", "m", "stop", web, "--when", "every weekdy at 22:00"
    ).stderr  # fmt: skip


def test_needs_and_holds_go_through_a_document_and_back(ctl, compose_up, engine):
    """Exported, taken away, applied again: the same; the stacks are left as they are."""
    names = [f"dcl{secrets.token_hex(3)}" for _ in range(2)]
    for name in names:
        compose_up("sample", name)
    web, db = (f"local/{name}" for name in names)
    wait_until(lambda: {web, db} <= set(ctl("stack", "ls", "-o", "name").split()))
    ctl("stack", "require", web, "--on", db)
    ctl("hold", web, "--down", "--for", "1h", "--no-act", "--reason", "new disk")
    ctl("hold", db, "--up", "--forever")
    before = ctl.json("stack", "requirements"), [
        {key: each[key] for key in ("stack", "wants", "owner", "reason", "until_at")}
        for each in ctl.json("hold", "ls")
    ]  # fmt: skip
    states = engine.states(names[0]), engine.states(names[1])

    for form in ("yaml", "toml", "json"):
        exported = ctl("schedule", "export", "-o", form)
        ctl("schedule", "apply", "-f", "-", "--diff", "--prune", stdin=exported)
        nothing = json.dumps({"version": 1, "schedules": [], "requirements": [], "holds": []})
        ctl("schedule", "apply", "-f", "-", "--diff", expect=0, stdin=nothing)
        ctl("schedule", "apply", "-f", "-", "--prune", expect=2, stdin=nothing)
        ctl("schedule", "apply", "-f", "-", "--prune", "--yes", stdin=nothing)
        assert (ctl.json("stack", "requirements"), ctl.json("hold", "ls")) == ([], [])
        said = ctl("schedule", "apply", "-f", "-", stdin=exported)
        assert "requirements: 1 added, 0 unchanged; holds: 2 added, 0 unchanged" in said
        ctl("schedule", "apply", "-f", "-", "--diff", "--prune", stdin=exported)
        after = ctl.json("stack", "requirements"), [
            {key: each[key] for key in ("stack", "wants", "owner", "reason", "until_at")}
            for each in ctl.json("hold", "ls")
        ]  # fmt: skip
        assert after[1] == before[1]
        assert [e["needs"] for e in after[0]] == [e["needs"] for e in before[0]]

    assert (engine.states(names[0]), engine.states(names[1])) == states
    around = json.dumps({"version": 1, "schedules": [],
                         "requirements": [{"stack": db, "needs": [web]}]})  # fmt: skip
    done = ctl.run("schedule", "apply", "-f", "-", stdin=around)
    assert done.returncode == 2
    assert f"stacks would need each other: {db} → {web} → {db}" in done.stderr


def test_contradictions_of_a_document_are_told_and_strictly_refused(ctl, compose_up):
    """As a warning; with --strict nothing is applied."""
    web = f"dcl{secrets.token_hex(3)}"
    compose_up("sample", web)
    wait_until(lambda: web in ctl("stack", "ls", "-o", "name"))
    document = f"""
version: 1
schedules:
  - {{name: down, action: stop, selector: {web}, cron: 0 22 * * *}}
  - {{name: up, action: start, selector: {web}, cron: 0 22 * * *}}
"""
    refused = ctl.run("schedule", "apply", "-f", "-", "--strict", stdin=document)
    listed = ctl.json("schedule", "ls")
    said = ctl("schedule", "apply", "-f", "-", stdin=document)

    assert refused.returncode != 0
    assert f"both act on `local/{web}` at 22:00" in refused.stderr
    assert listed == []
    assert f"warning: conflict: both act on `local/{web}` at 22:00" in said
