"""Logs are one line per event with its fields, for people, for the journal and for machines."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from dockschedd import log


def record(**fields):
    made = logging.makeLogRecord({"msg": "run.ended", "levelname": "INFO", "levelno": 20} | fields)
    made.created = 1_700_000_000.5
    return made


def test_a_line_for_people_has_the_instant_the_event_and_its_fields():
    """Values with blanks are quoted; instants are RFC 3339."""
    line = log.ConsoleFormatter(journal=False).format(
        record(stack="local/web", reason="it is down", at=datetime(2026, 1, 2, tzinfo=UTC))
    )

    assert line == (
        "2023-11-14T22:13:20.500Z info run.ended stack=local/web"
        ' reason="it is down" at=2026-01-02T00:00:00Z'
    )


def test_a_line_for_the_journal_has_its_priority_and_no_instant():
    """The journal keeps its own instants, and reads the priority in front (sd-daemon(3))."""
    assert log.ConsoleFormatter(journal=True).format(record()) == "<6>info run.ended"


def test_a_line_for_machines_is_one_json_object():
    """Fields stand beside the event's name."""
    row = json.loads(log.JsonFormatter().format(record(run="1")))

    assert row == {
        "at": "2023-11-14T22:13:20.500Z",
        "level": "info",
        "event": "run.ended",
        "run": "1",
    }


def test_nobody_can_write_a_line_of_ours():
    """A line break in a value stays inside its quotes."""
    line = log.ConsoleFormatter(journal=False).format(record(name="x\nerror forged"))

    assert "\n" not in line


def test_what_is_logged_within_a_run_names_it():
    """In each form; a run that the line names itself wins, and outside there is none."""
    with log.of_run("r1"):
        assert json.loads(log.JsonFormatter().format(record()))["run"] == "r1"
        assert log.ConsoleFormatter(journal=True).format(record()) == "<6>info run.ended run=r1"
        assert json.loads(log.JsonFormatter().format(record(run="r2")))["run"] == "r2"

    assert "run" not in json.loads(log.JsonFormatter().format(record()))
