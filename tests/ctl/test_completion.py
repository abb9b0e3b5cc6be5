"""The tab key: names from the daemon, and silence where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from dockschedctl import credentials
from dockschedd.wire import calendars, groups, schedules, stacks
from tests.ctl import samples, stub

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def complete(ctl):
    """What bash is offered for a line whose last word is being typed."""

    def ask(line: str) -> tuple[list[str], str, int]:
        words = line.split(" ")
        result = subprocess.run(
            [sys.executable, "-m", "dockschedctl"],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(ctl.home),
                **ctl.environ,
                "_DOCKSCHEDCTL_COMPLETE": "complete_bash",
                "COMP_WORDS": line,
                "COMP_CWORD": str(len(words) - 1),
            },
        )  # fmt: skip
        return result.stdout.split(), result.stderr, result.returncode

    return ask


def test_names_come_from_the_daemon(complete, daemon) -> None:
    """Stacks with their host, and without where that is enough; schedules by name."""
    far = samples.stack("edge/queue")
    daemon.on("GET /v1/stacks", stacks.StackPage(items=(*samples.STACKS, far)))
    daemon.on("GET /v1/schedules", schedules.SchedulePage(items=samples.SCHEDULES))

    assert complete("dockschedctl stack stop local/")[0] == [
        "local/db",
        "local/web",
        "local/queue",
    ]
    assert complete("dockschedctl sleep local/d")[0] == ["local/db"]
    assert complete("dockschedctl stack show w")[0] == ["web"]
    assert complete("dockschedctl stack show q")[0] == []
    assert complete("dockschedctl schedule show n")[0] == ["nightly"]
    assert complete("dockschedctl run ls --schedule m")[0] == ["morning"]
    assert [r.query.get("prefix") for r in daemon.requests if r.path == "/v1/schedules"] == [
        "n",
        "m",
    ]


def test_calendars_are_offered_where_one_is_named(complete, daemon) -> None:
    """To calendar's own commands, and to the options of schedules."""
    found = calendars.CalendarSummary(
        name="holidays", count=0, first=None, last=None, owner="alice",
        updated_at=samples.NOW, schedules=0,
    )  # fmt: skip
    daemon.on("GET /v1/calendars", calendars.Calendars(items=(found,)))

    assert complete("dockschedctl calendar rm h")[0] == ["holidays"]
    assert complete("dockschedctl schedule edit nightly --except h")[0] == ["holidays"]
    assert complete("dockschedctl schedule edit day --also-asleep h")[0] == ["holidays"]


def test_groups_are_offered_where_one_is_named(complete, daemon) -> None:
    """To group's own commands; as selectors, with the stacks that their hosts have."""
    edge = groups.GroupSummary(
        name="edge", hosts=("local",), stacks=3, owner="alice", updated_at=samples.NOW, schedules=0
    )
    far = samples.stack("far/queue")
    daemon.on("GET /v1/groups", groups.Groups(items=(edge,)))
    daemon.on("GET /v1/hosts", stacks.Hosts(items=samples.HOSTS))
    daemon.on("GET /v1/stacks", stacks.StackPage(items=(*samples.STACKS, far)))

    assert complete("dockschedctl group rm e")[0] == ["edge"]
    assert complete("dockschedctl group add new l")[0] == ["local"]
    assert complete("dockschedctl group edit edge --remove l")[0] == ["local"]
    assert complete("dockschedctl stack stop @")[0] == [
        "@edge/*",
        "@edge/db",
        "@edge/queue",
        "@edge/web",
    ]
    assert complete("dockschedctl sleep @edge/w")[0] == ["@edge/web"]


def test_commands_and_forms_need_no_daemon(complete) -> None:
    """What the program knows by itself."""
    assert complete("dockschedctl sta")[0] == ["status", "stack"]
    assert complete("dockschedctl stack unp")[0] == ["unpause"]
    assert complete("dockschedctl stack ls -o j")[0] == ["json"]
    assert complete("dockschedctl schedule add x aw")[0] == ["awake"]
    assert complete("dockschedctl schedule edit x --enforce ")[0] == ["boundary", "always"]
    assert complete("dockschedctl sleep web 23:00-07:00 --by p")[0] == ["pause"]
    assert complete("dockschedctl user add bob --role o")[0] == ["operator"]


def test_what_a_group_means_without_a_command_is_offered_too(complete, daemon) -> None:
    """`hold` is followed by `ls` or by a stack, and takes the options of `hold STACK`."""
    daemon.on("GET /v1/stacks", stacks.StackPage(items=samples.STACKS))

    assert {"place", "ls", "local/web", "web"} <= set(complete("dockschedctl hold ")[0])
    assert complete("dockschedctl hold w")[0] == ["web"]
    assert complete("dockschedctl hold --unt")[0] == ["--until"]
    assert complete("dockschedctl hold web --unt")[0] == ["--until"]


def test_zones_are_those_of_this_machine(complete) -> None:
    """As the database of zones has them; statuses of runs are known here."""
    assert complete("dockschedctl schedule add x stop web --tz Europe/Berl")[0] == [
        "Europe/Berlin"
    ]
    assert complete("dockschedctl run ls --status par")[0] == ["partial"]


@pytest.fixture
def script(ctl, daemon, tmp_path):
    """A directory with the program and the script of a shell, and the variables of both."""

    def made(shell: str) -> tuple[Path, dict[str, str]]:
        program = tmp_path / "bin" / "dockschedctl"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dockschedctl "$@"\n')
        program.chmod(0o755)
        path = tmp_path / "script"
        path.write_text(ctl("completion", shell).out)
        environ = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(ctl.home),
            **ctl.environ,
        }
        return path, environ

    return made


def _asked(shell: str, program: str, environ: dict[str, str]) -> tuple[list[str], str]:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed: apt-get install {shell}")
    done = subprocess.run(
        [shell, "-c", program], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines(), done.stderr


def test_fish_offers_names_with_what_they_are(script, daemon, tmp_path) -> None:
    """One question for each tab; where there is nothing to offer, files are."""
    daemon.on("GET /v1/schedules", schedules.SchedulePage(items=samples.SCHEDULES[:2]))
    path, environ = script("fish")
    (tmp_path / "crontab.txt").touch()
    ask = f"source {path}; cd {tmp_path}; complete --do-complete"
    names = _asked("fish", f'{ask} "dockschedctl schedule rm n"', environ)
    files = _asked("fish", f'{ask} "dockschedctl import crontab cron"', environ)

    assert names[0][0].split("\t")[0] == "nightly"
    assert "stop local/*" in names[0][0]
    assert len(daemon.requests) == 1
    assert ("crontab.txt" in files[0][0], names[1], files[1]) == (True, "", "")


def test_bash_offers_names(script, daemon) -> None:
    """Through the function of the script, as the tab key calls it."""
    daemon.on("GET /v1/stacks", stacks.StackPage(items=samples.STACKS))
    path, environ = script("bash")
    offered = _asked(
        "bash",
        f"source {path}; COMP_WORDS=(dockschedctl stack stop local/); COMP_CWORD=3; "
        "complete -p dockschedctl >/dev/null && _dockschedctl_completion dockschedctl; "
        'printf "%s\\n" "${COMPREPLY[@]}"',
        environ,
    )

    assert offered == (["local/db", "local/web", "local/queue"], "")


@pytest.mark.parametrize(
    "line",
    [
        "dockschedctl stack stop w",
        "dockschedctl schedule rm n",
        "dockschedctl run show a",
        "dockschedctl user rm b",
    ],
)
def test_without_a_daemon_there_is_silence(complete, line: str) -> None:
    """Nothing is offered and nothing is written between the characters that somebody types."""
    assert complete(line) == ([], "", 0)


def test_who_may_not_ask_gets_silence_too(complete, daemon) -> None:
    """A refusal is nothing to offer."""
    daemon.on("GET /v1/stacks", stub.Refuse("unauthenticated"))

    assert complete("dockschedctl stack stop w") == ([], "", 0)


def test_completing_never_renews_a_login(complete, ctl, daemon) -> None:
    """It gives up after a second, and a refresh token that is used and not replaced is lost."""
    daemon.on("GET /v1/stacks", stacks.StackPage(items=samples.STACKS))
    old = samples.tokens(lasts=-timedelta(days=36500))
    credentials.Shelf(ctl.config, daemon.url).store(credentials.of_tokens(daemon.url, old))

    assert complete("dockschedctl stack stop w") == ([], "", 0)
    assert daemon.requests == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_can_be_read_by_it(ctl, shell: str, tmp_path) -> None:
    """`completion SHELL` prints what the shell takes."""
    result = ctl("completion", shell)

    assert result.code == 0
    assert "_DOCKSCHEDCTL_COMPLETE" in result.out
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed: apt-get install {shell}")
    (tmp_path / "script").write_text(result.out)
    subprocess.run([path, "-n", tmp_path / "script"], check=True, capture_output=True)
