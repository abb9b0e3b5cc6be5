"""What people see, word for word; DOCKSCHEDD_UPDATE_GOLDEN=1 writes the files anew."""

from __future__ import annotations

import pytest

from dockschedctl import cli
from dockschedctl.invocation import Invocation
from dockschedd.wire import access, holds, requirements, runs, schedules, stacks
from tests.ctl import check_samples, reference, samples, week_samples
from tests.ctl.conftest import check_golden

ANSWERS = {
    "GET /v1/status": samples.STATUS,
    "GET /v1/stacks": stacks.StackPage(items=samples.STACKS),
    "GET /v1/stacks/local/web": samples.whole_stack(),
    "GET /v1/hosts": stacks.Hosts(items=samples.HOSTS),
    "GET /v1/hosts/edge": samples.HOST,
    "POST /v1/hosts/edge/check": check_samples.CHECK,
    "GET /v1/schedules": schedules.SchedulePage(items=samples.SCHEDULES),
    "GET /v1/requirements": requirements.Requirements(items=samples.REQUIREMENTS),
    "GET /v1/holds": holds.Holds(items=(samples.HOLD,)),
    "PUT /v1/stacks/local/db/hold": holds.HoldPlaced(hold=samples.HOLD, run=None),
    "PUT /v1/freeze": samples.FREEZE,
    "GET /v1/schedules/morning/preview": samples.SPREAD,
    "GET /v1/schedules/nightly": samples.SCHEDULES[1],
    "GET /v1/schedules/office": samples.SCHEDULES[4],
    "GET /v1/schedules/office/preview": samples.EDGES,
    "POST /v1/schedules": samples.NIGHTS,
    f"GET /v1/runs/{samples.NEXT_ID}": samples.WOKEN,
    "GET /v1/schedules/nightly/preview": samples.PREVIEW,
    "GET /v1/runs": runs.RunPage(items=(samples.RUNNING, samples.FAILED)),
    f"GET /v1/runs/{samples.RUN_ID}": samples.FAILED,
    "POST /v1/plans": runs.Plans(items=(samples.PLAN,)),
    "GET /v1/users": access.UserPage(items=(samples.user(), samples.user("bob", disabled=True))),
    "GET /v1/audit": access.AuditPage(items=samples.AUDIT),
    "GET /v1/me": samples.ME,
    "GET /v1/week": week_samples.WEEK,
}

SCREENS = {
    "status": ("status",),
    "stack-ls": ("stack", "ls"),
    "stack-show": ("stack", "show", "local/web"),
    "stack-requirements": ("stack", "requirements"),
    "host-ls": ("host", "ls"),
    "host-show": ("host", "show", "edge"),
    "host-check": ("host", "check", "edge"),
    "schedule-ls": ("schedule", "ls"),
    "schedule-show": ("schedule", "show", "nightly"),
    "schedule-show-window": ("schedule", "show", "office"),
    "schedule-preview-window": ("schedule", "preview", "office"),
    "sleep": ("sleep", "local/web", "23:00-07:00"),
    "schedule-preview": ("schedule", "preview", "nightly"),
    "schedule-week": ("schedule", "week"),
    "schedule-preview-spread": ("schedule", "preview", "morning"),
    "hold": ("hold", "local/db", "--up", "--for", "3h"),
    "hold-ls": ("hold", "ls"),
    "freeze": ("freeze",),
    "run-ls": ("run", "ls"),
    "run-show": ("run", "show", samples.RUN_ID),
    "run-show-warnings": ("run", "show", samples.NEXT_ID),
    "stack-stop-plan": ("stack", "stop", "web", "--plan"),
    "user-ls": ("user", "ls"),
    "audit-ls": ("audit", "ls"),
    "whoami": ("whoami",),
}


@pytest.fixture
def screens(ctl, daemon):
    """A daemon that has something of everything."""
    for what, answer in ANSWERS.items():
        daemon.on(what, answer)
    return lambda *argv, **how: ctl(*argv, **how).out.replace(daemon.url, "unix:///stub.sock")


@pytest.mark.parametrize("name", SCREENS)
def test_in_a_pipe_there_is_plain_text(screens, name: str) -> None:
    """No colour, nothing cut off, no trailing blanks."""
    text = screens(*SCREENS[name])

    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())
    check_golden(f"{name}.txt", text)


@pytest.mark.parametrize("name", SCREENS)
def test_on_a_terminal_of_80_columns_lines_fit(ctl, screens, name: str) -> None:
    """Elastic columns give way; NO_COLOR and --no-color take the colour away."""
    coloured = screens(*SCREENS[name], tty=True)
    bare = screens("--no-color", *SCREENS[name], tty=True)
    ctl.environ["NO_COLOR"] = "1"

    assert screens(*SCREENS[name], tty=True) == bare
    assert "\x1b" not in bare
    if name in ("status", "stack-ls", "run-ls", "schedule-ls", "user-ls", "audit-ls", "host-ls"):
        assert all(len(line) <= 80 for line in bare.splitlines() if not line.startswith("daemon:"))
        assert "\x1b" in coloured
    check_golden(f"{name}.tty.txt", bare)


@pytest.mark.parametrize(
    "name",
    [
        *("stack-ls", "stack-requirements", "run-ls", "schedule-ls", "audit-ls", "host-ls"),
        "hold-ls",
    ],
)
def test_wide_tables_have_everything(screens, name: str) -> None:
    """All columns, with instants in UTC."""
    check_golden(f"{name}.wide.txt", screens(*SCREENS[name], "-o", "wide"))


@pytest.mark.parametrize(
    "name",
    ["stack-ls", "host-ls", "host-show", "host-check", "schedule-show",
    "schedule-show-window", "status", "run-show", "hold",
     "stack-requirements"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_data_is_stable(screens, name: str, form: str) -> None:
    """A change of what scripts read is a visible change of a file."""
    check_golden(f"{name}.{form}", screens(*SCREENS[name], "-o", form))


@pytest.mark.parametrize("words", reference.paths(), ids=" ".join)
def test_help_is_plain_text_with_examples(ctl, words: tuple[str, ...]) -> None:
    """Each command explains itself in 80 columns; what does something has an example."""
    result = ctl(*words, "--help")

    assert (result.code, result.err) == (0, "")
    assert all(len(line) <= 80 for line in result.out.splitlines())
    if words not in reference.groups() and words != ("logout",):
        assert "Examples:\n  " in result.out
        assert f"dockschedctl {' '.join(words)}" in result.out
    check_golden(f"help/{'-'.join(words) or 'root'}.txt", result.out)


def test_summaries_of_nouns_are_those_of_their_modules(ctl) -> None:
    """The root lists nouns without importing them: what it says of them must be true."""
    root = cli.root()
    context = root.make_context(
        "dockschedctl", [], obj=Invocation(env=None), resilient_parsing=True
    )
    for name, noun in cli.NOUNS.items():
        command = root.get_command(context, name)
        first = (command.help or "").partition("\n")[0].rstrip(".")
        assert first == noun.summary, name


def test_examples_in_help_are_commands_that_exist(ctl) -> None:
    """Each example parses up to its command, with options that the command has."""
    import shlex

    for words in reference.paths():
        for line in reference.examples(words):
            command = line.partition(" | ")[2 if " | xargs" in line else 0]
            given = shlex.split(line.split(" | ")[0].split(" > ")[0].removeprefix("sudo "))
            assert given[0] == "dockschedctl", command
            reference.parse(tuple(given[1:]))
