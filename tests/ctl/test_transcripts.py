"""What commands say and end with, word for word: what is done, what is refused, what is wrong.

DOCKSCHEDD_UPDATE_GOLDEN=1 writes the files anew. `test_golden` has what is looked at on screens.
"""

from __future__ import annotations

import shlex
from datetime import date

import pytest

from dockschedctl.output.runs import short
from dockschedd.wire import access, calendars, foresight, groups, problems, runs, schedules
from tests.ctl import foresight_samples, reference, samples, stub
from tests.ctl.conftest import check_golden
from tests.ctl.test_golden import ANSWERS, SCREENS

RUN = short(samples.RUN_ID)
DONE = runs.Runs(items=(samples.SUCCEEDED,))
CALENDAR = calendars.Calendar(
    name="holidays",
    dates=(date(2026, 12, 24), date(2026, 12, 25)),
    owner="alice",
    updated_at=samples.NOW,
    schedules=1,
    used_by=("nightly",),
)
APPLIED = schedules.Applied(
    dry_run=False, added=(), changed=(), removed=(), unchanged=("nightly",)
)
MORE = {
    "GET /v1/runs": runs.RunPage(items=(samples.SUCCEEDED,)),
    f"GET /v1/runs/{samples.RUN_ID}": samples.SUCCEEDED,
    f"POST /v1/runs/{samples.RUN_ID}/cancel": samples.RUNNING,
    f"POST /v1/runs/{samples.RUN_ID}/resume": samples.SUCCEEDED,
    "GET /v1/runs/stats": foresight_samples.STATS,
    "POST /v1/runs": DONE,
    "POST /v1/schedules": samples.SCHEDULES[1],
    "PATCH /v1/schedules/nightly": samples.SCHEDULES[1],
    "DELETE /v1/schedules/nightly": None,
    "POST /v1/schedules/nightly/enable": samples.SCHEDULES[1],
    "POST /v1/schedules/nightly/disable": samples.schedule(enabled=False, next_at=None),
    "POST /v1/schedules/nightly/run": DONE,
    "POST /v1/documents": APPLIED,
    "GET /v1/upcoming": foresight.Upcoming(
        from_at=samples.NOW,
        complete=True,
        frozen=None,
        items=(
            foresight.Coming(
                at=samples.at(hours=-1), action="stop", schedule="nightly", selector="local/*"
            ),
            foresight.Coming(
                at=samples.at(hours=-10), action="start", schedule="morning", selector="local/*"
            ),
        ),
    ),
    "GET /v1/conflicts": foresight_samples.CONFLICTS,
    "GET /v1/stacks/local/web/why": foresight_samples.WHY,
    "DELETE /v1/stacks/local/web/hold": None,
    "DELETE /v1/freeze": None,
    "POST /v1/stacks/local/web/requirements": ANSWERS["GET /v1/requirements"],
    "DELETE /v1/stacks/local/web/requirements/local/db": None,
    "GET /v1/groups": groups.Groups(items=()),
    "GET /v1/calendars": calendars.Calendars(items=()),
    "GET /v1/calendars/holidays": CALENDAR,
    "POST /v1/calendars": CALENDAR,
    "PATCH /v1/calendars/holidays": CALENDAR,
    "DELETE /v1/calendars/holidays": calendars.CalendarRemoved(
        name="holidays", taken_out_of=("nightly",)
    ),
    "POST /v1/users": samples.user(),
    "GET /v1/users/alice": samples.user(),
    "PATCH /v1/users/alice": samples.user(disabled=True),
    "DELETE /v1/users/alice": None,
    "POST /v1/audit/verify": access.AuditVerdict(
        ok=True, checked=3, head_seq=3, head_digest="e7" * 32, bad_seq=None, reason=None
    ),
    "POST /v1/login": samples.tokens(),
    "POST /v1/logout": None,
    "PUT /v1/me/password": None,
}

#: One line each, as somebody types it.
DONE_WELL = [
    "audit verify",
    "calendar add holidays 2026-12-24 2026-12-25",
    "calendar edit holidays --add 2026-12-26",
    "calendar ls",
    "calendar rm holidays",
    "calendar show holidays",
    "context ls",
    "context add far https://far.example:8443",
    "context use default",
    "import crontab -",
    "import systemd -",
    "login --user alice --password-stdin",
    "logout",
    "plan stop local/web",
    "release local/web",
    f"run cancel {RUN}",
    f"run resume {RUN}",
    "run ls --failed --since 12h",
    "run stats",
    f"run watch {RUN}",
    "run watch",
    "schedule add nightly stop 'local/*' --cron '0 22 * * mon-fri'",
    "schedule apply -f -",
    "schedule conflicts",
    "schedule disable nightly",
    "schedule edit nightly --cron '0 22 * * mon-fri'",
    "schedule enable nightly",
    "schedule export",
    "schedule preview",
    "schedule rm nightly",
    "schedule run nightly",
    "schedule week 'local/*' --from mon --tz Europe/Berlin",
    "stack pause web",
    "stack require local/web --on local/db",
    "stack restart web",
    "stack start web",
    "stack stop web",
    "stack stop web --no-wait",
    "stack unpause web",
    "stack unrequire local/web --on local/db",
    "thaw",
    "user add alice --role admin --password-stdin",
    "user edit alice --disable",
    "user rm alice",
    "user show alice",
    "version",
    "why local/web",
]
STDIN = {
    "import crontab": "0 22 * * * docker compose -p web stop\n@reboot backup\n",
    "schedule apply": "version: 1\nschedules: []\n",
    "login": "correct horse battery\n",
    "passwd": "correct horse battery\nanother horse battery\n",
    "user add": "correct horse battery\n",
}

#: Nouns whose words are held by the tests of their own.
ELSEWHERE = {"host", "group"}
#: What is wrong → what the daemon says of it, where it is asked.
REFUSED = {
    "stakc": None,
    "ps": None,
    "ui": None,
    "stop web": None,
    "schedule list": None,
    "stack lst": None,
    "stack stop": None,
    "stack stop web --tiemout 3s": None,
    "stack stop web --timeout soon": None,
    "stack ls -o jsn": None,
    "run ls --status faild": None,
    "run show zzz": None,
    "schedule add x stop web": None,
    "schedule add x halt web --cron @daily": None,
    "schedule edit nightly": None,
    "schedule preview x --cron @daily": None,
    "hold web": None,
    "hold web --up": None,
    "login": None,
    "passwd": None,
    "context rm default": None,
    "stack stp web": None,
    "schedule add x stp web --cron @daily": None,
    "--server ftp://x stack ls": None,
    "--server unix:///nowhere/none.sock status": None,
    "stack show wbe": None,
    "stack stop local/web": stub.Refuse(
        "dependents-up", "`local/web` is not stopped: `local/shop`, which needs it, is up",
        hint="take them down as well with `--dependents stop`",
    ),
    "schedule show nightlyy": stub.Refuse(
        "schedule-not-found", "there is no schedule `nightlyy`", hint="did you mean `nightly`?"
    ),
    "audit ls": stub.Refuse("forbidden", "`bob` may not read the audit log"),
    "whoami": stub.Refuse("unauthenticated", "log in first"),
    "schedule add y stop web --cron '61 * * * *' --deadline x": stub.Refuse(
        "invalid",
        faults=(
            problems.FieldFault(path="cron", code="cron-invalid", message="`61` is no minute",
                                hint="minutes go from 0 to 59"),
            problems.FieldFault(path="deadline", code="duration-invalid",
                                message="`x` is no duration", hint=None),
        ),
    ),
    f"run cancel {RUN}": stub.Refuse("run-over", "the run is over: succeeded"),
}  # fmt: skip


def transcript(ctl, daemon, line: str, **how: object) -> str:
    """Return the line, what it wrote to stdout and stderr, and what it ended with."""
    stdin = next((text for word, text in STDIN.items() if line.startswith(word)), "")
    result = ctl(*shlex.split(line), stdin=stdin, **how)
    out, err = (text.replace(daemon.url, "unix:///stub.sock") for text in (result.out, result.err))
    told = [f"$ dockschedctl {line}", *out.splitlines()]
    told += [f"2> {text}".rstrip() for text in err.splitlines()]
    return "\n".join([*told, f"exit code {result.code}", ""])


def named(line: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in line).split()).lower()[:60]


@pytest.fixture
def full(daemon) -> stub.Stub:
    """A daemon that has something of everything, where all goes well."""
    for what, answer in (ANSWERS | MORE).items():
        daemon.on(what, answer)
    return daemon


@pytest.mark.parametrize("line", DONE_WELL)
def test_what_is_done_is_told_in_the_same_words(ctl, full, line: str) -> None:
    """stdout has the data, stderr the talk, and the exit code is 0, or 1 where it is a finding."""
    told = transcript(ctl, full, line)

    assert told.endswith(f"\nexit code {int(line == 'schedule conflicts')}\n")
    check_golden(f"said/{named(line)}.txt", told)


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_wrong_is_told_with_a_way_out(ctl, full, line: str) -> None:
    """`error:` and a sentence on stderr, nothing on stdout, and an exit code that tells which."""
    refusal = REFUSED[line]
    if refusal is not None:
        for what in list(full.routes):
            full.on(what, refusal)
        full.on("GET /v1/runs", MORE["GET /v1/runs"])
        full.on("GET /v1/schedules/nightlyy", refusal)
    told = transcript(ctl, full, line)

    assert "\n2> error: " in told
    assert told.count("\n") == told.count("\n2>") + 2
    assert "exit code 0" not in told
    check_golden(f"refused/{named(line)}.txt", told)


def test_every_command_has_a_transcript_or_a_screen() -> None:
    """A new command comes with a file that shows what it says."""
    lines = [tuple(shlex.split(line)) for line in DONE_WELL]
    lines += [tuple(shlex.split(line)) for line in REFUSED]
    seen = [*lines, *SCREENS.values(), ("completion",), ("hold", "place")]
    untold = [
        path
        for path in reference.paths()
        if path not in reference.groups()
        and path[0] not in ELSEWHERE
        and not any(each[: len(path)] == path for each in seen)
    ]

    assert untold == []
