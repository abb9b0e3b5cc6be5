"""Mistakes and habits: what was meant is named, and what was done can be undone."""

from __future__ import annotations

import shlex

import msgspec
import pytest

from dockschedctl import cli, habits
from dockschedctl.output import adding, tables
from dockschedctl.output.tables import View
from dockschedd.wire import runs
from tests.ctl import reference, samples


@pytest.mark.parametrize("word", habits.AT_THE_ROOT)
def test_a_habit_is_answered_with_a_command_that_exists(ctl, word: str) -> None:
    """What docker, systemctl and cron are asked leads to the command that does it here."""
    meant = tuple(habits.AT_THE_ROOT[word].split())

    assert word not in cli.NOUNS
    assert meant == ("--help",) or meant in reference.paths()
    result = ctl(word, "web")
    assert f"hint: did you mean `dockschedctl {' '.join(meant)}`?" in result.err
    assert result.code == 2


def test_habits_of_nouns_are_of_commands_that_some_noun_has(ctl) -> None:
    """`schedule list` is `schedule ls`; where the noun has no such command nothing is said."""
    known = {path[1] for path in reference.paths() if len(path) == 2}

    assert set(habits.OF_A_NOUN.values()) <= known
    assert "did you mean `dockschedctl user rm`?" in ctl("user", "delete", "bob").err
    assert "hint: see `dockschedctl audit --help`" in ctl("audit", "delete").err


def test_a_group_with_a_command_of_its_own_shows_how_it_is_used(ctl) -> None:
    """`hold --help` has the options of `hold STACK`, and the commands below it."""
    told = ctl("hold", "--help").out

    assert told.startswith(
        "Usage: dockschedctl hold [OPTIONS] STACK\n       dockschedctl hold COMMAND"
    )
    assert "--until TIME" in told
    assert told.index("--until TIME") < told.index("Commands:") < told.index("Examples:")


@pytest.mark.parametrize(
    "removed",
    [
        *samples.SCHEDULES[:3],
        samples.SCHEDULES[4],
        samples.schedule(
            "it's",
            action="start",
            selector="prod-*/db 1",
            catch_up="all",
            deadline_seconds=7200.0,
            if_busy="replace",
            spread_seconds=90.0,
            except_on=("holidays", "closing"),
            enabled=False,
            options=runs.Options(wait_timeout_seconds=30.0, everything=True, rerun_oneshots=True),
        ),
        samples.schedule(
            action="restart",
            catch_up="skip",
            options=runs.Options(
                stop_timeout_seconds=5.0, in_place=True, on_error="halt", dependents="ignore"
            ),
        ),
    ],
    ids=lambda schedule: schedule.name,
)
def test_a_schedule_that_was_removed_can_be_added_as_it_was(ctl, daemon, removed) -> None:
    """The command that is shown sends what the schedule was."""
    path = f"/v1/schedules/{removed.name}"
    daemon.on(f"GET {path.replace(chr(39), '%27')}", removed)
    daemon.on(f"DELETE {path.replace(chr(39), '%27')}", None)
    daemon.on("POST /v1/schedules", removed)
    told = ctl("schedule", "rm", removed.name).err
    line = told.partition("hint: add it again with `")[2].rstrip("`\n")
    ctl(*shlex.split(line)[1:], "-o", "json")
    (sent,) = (r.body for r in daemon.requests if r.method == "POST")

    for name in ("name", "action", "selector", "cron", "window", "zone", "enabled"):
        assert sent[name] == getattr(removed, name), name
    assert (removed.at is None) is (sent["at"] is None)
    for name, default in (
        ("catch_up", "latest" if removed.action != "restart" else "skip"),
        ("if_busy", "wait"),
        ("sleep_by", None if removed.window is None else "stop"),
        ("enforce", None if removed.window is None else "boundary"),
    ):
        assert (sent[name] or default) == getattr(removed, name), name
    for name in ("except_on", "also_asleep"):
        assert tuple(sent[name]) == getattr(removed, name)
    if removed.window is None:
        assert msgspec.convert(sent["options"], runs.Options) == removed.options


def test_what_is_over_is_not_offered_again(ctl, daemon) -> None:
    """A one-off in the past would be refused."""
    daemon.on("GET /v1/schedules/once", samples.schedule("once", done=True))
    daemon.on("DELETE /v1/schedules/once", None)

    assert ctl("schedule", "rm", "once").err == "removed once\n"


def test_long_sentences_are_broken_between_words_on_a_terminal() -> None:
    """What follows is indented; in a pipe a sentence is one line, and words are never broken."""
    narrow = View(now=samples.NOW, width=20)
    text = "  note: one two three four-five-six-seven-eight nine"

    assert tables.folded(text, narrow, indent="  ") == [
        "  note: one two",
        "    three",
        "    four-five-six-seven-eight",
        "    nine",
    ]
    assert tables.folded(text, View(now=samples.NOW)) == [text]
    assert tables.folded("short", narrow) == ["short"]


def test_commands_in_hints_are_never_broken(ctl) -> None:
    """They are there to be copied."""
    ctl.width = 40
    told = ctl("schedule", "add", "x", "stop", "web", tty=True).err

    (hint,) = (line for line in told.splitlines() if line.startswith("hint:"))
    assert "--cron '0 22 * * mon-fri'" in hint


def test_the_command_of_a_window_has_its_window() -> None:
    """Its edges need no catching up."""
    assert adding.command(samples.SCHEDULES[4]) == (
        "dockschedctl schedule add office awake 'dev/*' --window 'mon-fri 08:00-18:00' "
        "--tz Europe/Berlin --sleep-by pause --enforce always"
    )
