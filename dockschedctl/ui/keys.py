"""Every key of every screen, in one place: bindings, footers and the key help are made of it.

Pure data; `bindings` makes of it what Textual wants.
`needs` is the permission without which a key is neither shown nor obeyed.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a key does."""

    #: As Textual names them, joined with commas.
    keys: str
    #: A method of the screen or the application; "" where a widget obeys the key.
    action: str
    #: A word or two for the footer.
    label: str
    #: A sentence for the key help.
    says: str
    needs: str | None = None
    #: In the footer; the key help has all.
    footer: bool = True
    #: How the key is written where its name is not what is on the keyboard.
    display: str | None = None
    #: Obeyed before any widget sees it, so that the next key finds the focus moved already.
    priority: bool = False


def _quietly(key: Key) -> Key:
    """Return the key without a place in the footer."""
    return msgspec.structs.replace(key, footer=False)


OPERATE: Final = "stack.operate"
HOLD: Final = "stack.hold"
READ_AUDIT: Final = "audit.read"
READ_HOSTS: Final = "host.read"
READ_SCHEDULES: Final = "schedule.read"
WRITE_SCHEDULES: Final = "schedule.write"
READ_RUNS: Final = "run.read"
READ_USERS: Final = "user.read"
WRITE_USERS: Final = "user.write"

GLOBAL: Final = (
    Key(keys="question_mark", action="help", label="Keys", says="Show all keys of this screen",
        display="?"),
    Key(keys="ctrl+p", action="command_palette", label="Commands", footer=False,
        says="Search everything that can be done", display="^p", priority=True),
    Key(keys="m", action="journal", label="Messages", footer=False,
        says="Show what has been reported since the start"),
    Key(keys="t", action="turn_theme", label="Theme", footer=False,
        says="Turn from dark to light and back"),
    Key(keys="ctrl+r", action="look_again", label="Reload", footer=False,
        says="Read everything again", display="^r"),
    Key(keys="l", action="log_in", label="Log in", footer=False,
        says="Log in, as somebody else or to another server"),
    Key(keys="q", action="quit", label="Quit", says="Leave"),
    Key(keys="ctrl+q", action="quit", label="Quit", footer=False, says="Leave, also from a form",
        display="^q", priority=True),
)  # fmt: skip

#: From page to page, in the order of the bar at their top; `going.PLACES` has the pages.
GOING: Final = (
    Key(keys="D", action="go('dashboard')", label="Stacks", footer=False,
        says="Go to all stacks"),
    Key(keys="S", action="go('schedules')", label="Schedules", footer=False,
        needs=READ_SCHEDULES, says="Go to the schedules"),
    Key(keys="W", action="go('week')", label="Week", footer=False, needs=READ_SCHEDULES,
        says="Go to the picture of seven days"),
    Key(keys="R", action="go('runs')", label="Runs", footer=False, needs=READ_RUNS,
        says="Go to the runs: what happened, and what failed"),
    Key(keys="A", action="go('audit')", label="Audit", footer=False, needs=READ_AUDIT,
        says="Go to the audit log"),
    Key(keys="H", action="go('hosts')", label="Hosts", footer=False, needs=READ_HOSTS,
        says="Go to the hosts"),
    Key(keys="U", action="go('users')", label="Users", footer=False, needs=READ_USERS,
        says="Go to the users"),
)  # fmt: skip

ACTIONS: Final = (
    Key(keys="s", action="act('start')", label="Start", needs=OPERATE,
        says="Start, after its plan has been shown"),
    Key(keys="x", action="act('stop')", label="Stop", needs=OPERATE,
        says="Stop, after its plan has been shown"),
    Key(keys="r", action="act('restart')", label="Restart", needs=OPERATE,
        says="Restart, after its plan has been shown"),
    Key(keys="p", action="act('pause')", label="Pause", needs=OPERATE, footer=False,
        says="Pause, after its plan has been shown"),
    Key(keys="u", action="act('unpause')", label="Unpause", needs=OPERATE, footer=False,
        says="Unpause, after its plan has been shown"),
    Key(keys="h", action="hold", label="Hold", needs=HOLD,
        says="Keep schedules from it for a while"),
    Key(keys="e", action="release", label="Release", needs=HOLD, footer=False,
        says="Let schedules act on it again"),
)  # fmt: skip

#: Told in the key help; grids bind them themselves.
MOVING: Final = (
    Key(keys="", action="", label="", says="Move", display="↑ ↓ j k"),
    Key(keys="", action="", label="", says="Move by pages", display="PgUp PgDn"),
    Key(keys="", action="", label="", says="Go to the first row, to the last", display="g G"),
)

FILTERING: Final = (
    Key(keys="slash", action="filter", label="Filter", says="Show only rows that have the words",
        display="/", priority=True),
    Key(keys="enter", action="leave_filter", label="", footer=False, priority=True,
        says="In the filter: go back to the rows", display="⏎"),
)  # fmt: skip
SORTING: Final = (
    Key(keys="o", action="sort", label="Sort", says="Sort by the next column"),
    Key(keys="O", action="reverse", label="Reverse", footer=False, says="Sort the other way"),
)

#: For the stack that one is at.
WRITE: Final = Key(
    keys="n", action="add", label="Schedule", needs=WRITE_SCHEDULES,
    says="Write a schedule for it, such as asleep at night",
)  # fmt: skip

DASHBOARD: Final = (
    Key(keys="enter", action="", label="Open", says="Open the stack; fold a host",
        display="⏎"),
    *FILTERING,
    Key(keys="escape", action="clear", label="Clear", footer=False, priority=True,
        says="Show all rows again, and take marks away", display="Esc"),
    Key(keys="space", action="mark", label="Mark", says="Mark for an action on several",
        needs=OPERATE, display="␣"),
    Key(keys="asterisk", action="mark_all", label="Mark all", footer=False, needs=OPERATE,
        says="Mark all rows that are shown, or none", display="*"),
    *SORTING,
    Key(keys="z", action="fold", label="Fold", footer=False,
        says="Fold all hosts, or unfold them"),
    _quietly(WRITE),
    *ACTIONS,
    Key(keys="L", action="open_last", label="Last run", footer=False, needs=READ_RUNS,
        says="Open its newest run: how it went, and what went wrong"),
)  # fmt: skip

#: Of tables that one goes to and comes back from.
LISTING: Final = (
    *FILTERING,
    Key(keys="escape", action="clear", label="Back", priority=True, display="Esc",
        says="Show all rows again, then go back"),
)  # fmt: skip

HOSTS: Final = (
    Key(keys="enter", action="", label="Open", says="Show the host, and what names it",
        display="⏎"),
    *LISTING,
    *SORTING,
    Key(keys="c", action="check", label="Check", needs=READ_HOSTS,
        says="Look at the way to the host, and how to mend it"),
)  # fmt: skip

#: What is done to a schedule; buttons have them too.
OF_SCHEDULE: Final = (
    Key(keys="n", action="add", label="New", needs=WRITE_SCHEDULES,
        says="Write a new schedule, and see what it would do"),
    Key(keys="e", action="edit", label="Edit", needs=WRITE_SCHEDULES,
        says="Change it, and see what it would do then"),
    Key(keys="r", action="run", label="Run", needs=OPERATE,
        says="Do now what it does, after its plan has been shown"),
    Key(keys="d", action="turn", label="On/off", needs=WRITE_SCHEDULES,
        says="Disable it, or enable it again"),
    Key(keys="x,delete", action="remove", label="Delete", needs=WRITE_SCHEDULES, footer=False,
        display="x", says="Delete it, after it has been shown"),
    Key(keys="c", action="conflicts", label="Conflicts", needs=READ_SCHEDULES,
        says="Show which schedules contradict each other"),
    Key(keys="z", action="zone", label="Zone", footer=False, needs=READ_SCHEDULES,
        says="Choose the zone in which instants are shown"),
)  # fmt: skip
SCHEDULES: Final = (
    Key(keys="enter", action="", label="Open", says="Show it in full, with its next instants",
        display="⏎"),
    *(key if key.action == "clear" else _quietly(key) for key in LISTING),
    *map(_quietly, SORTING),
    *OF_SCHEDULE,
)  # fmt: skip

STACK: Final = (
    Key(keys="escape,backspace", action="back", label="Back", says="Go back to the list",
        display="Esc"),
    Key(keys="1", action="tab('containers')", label="Containers", footer=False,
        says="Containers, in the order in which they start"),
    Key(keys="2", action="tab('schedules')", label="Schedules", footer=False,
        says="What acts on it by itself"),
    Key(keys="3", action="tab('history')", label="History", footer=False,
        says="Its runs; Enter opens one"),
    Key(keys="4", action="tab('why')", label="Why", footer=False,
        says="What decided its state"),
    WRITE,
    *ACTIONS,
)  # fmt: skip

RUNS: Final = (
    Key(keys="enter", action="", label="Open", says="Show the run: its steps and its errors",
        display="⏎"),
    Key(keys="f", action="troubled", label="Failed",
        says="Show only what did not end well, or everything again"),
    Key(keys="1", action="period('all')", label="All", footer=False,
        says="Show runs of all times"),
    Key(keys="2", action="period('night')", label="Last night", footer=False,
        says="Show what has been since 18:00 yesterday"),
    Key(keys="3", action="period('today')", label="Today", footer=False,
        says="Show what has been since midnight"),
    Key(keys="4", action="period('week')", label="7 days", footer=False,
        says="Show what has been in the last seven days"),
    Key(keys="s", action="like('stack')", label="Stack",
        says="Show only runs of the same stack, or of all again"),
    Key(keys="c", action="like('schedule')", label="Schedule",
        says="Show only runs of the same schedule, or of all again"),
    Key(keys="v", action="like('status')", label="State",
        says="Show only runs in the same state, or in all again"),
    *LISTING,
)  # fmt: skip

RUN: Final = (
    Key(keys="escape,backspace", action="back", label="Back", says="Go back", display="Esc"),
    Key(keys="enter", action="open_stack", label="Stack", says="Go to its stack", display="⏎"),
    Key(keys="c", action="cancel_run", label="Cancel", needs="run.cancel",
        says="Let nothing of it begin any more, after it has been shown what that means"),
    Key(keys="r", action="resume_run", label="Resume", needs=OPERATE,
        says="Do what is left of it, after that has been shown"),
    Key(keys="w", action="explain", label="Why", needs="stack.read",
        says="What had decided the state of its stack when it ended"),
    Key(keys="s", action="open_schedule", label="Schedule", needs="schedule.read",
        says="Go to the schedule that it comes from"),
    Key(keys="n", action="open_next", label="Next run",
        says="Go to the run that took its place, or continues it"),
)  # fmt: skip

AUDIT: Final = (
    Key(keys="enter", action="", label="Open", says="Show all that is known of the entry",
        display="⏎"),
    *LISTING,
    Key(keys="f", action="search", label="Search", needs=READ_AUDIT,
        says="Search the whole log for what somebody did, or for an action"),
    Key(keys="v", action="verify", label="Verify", needs=READ_AUDIT,
        says="Check that the log is whole"),
)  # fmt: skip

USERS: Final = (
    Key(keys="enter", action="", label="Open", says="Show the user", display="⏎"),
    *LISTING,
    *SORTING,
    Key(keys="d", action="turn", label="Disable", needs=WRITE_USERS,
        says="Keep the user from logging in, or let a disabled one in again"),
    Key(keys="c", action="promote", label="Change role", needs=WRITE_USERS,
        says="Give the user another role"),
)  # fmt: skip

WEEK: Final = (
    Key(keys="enter", action="", label="Day", says="List what happens to the stack on the day",
        display="⏎"),
    Key(keys="left", action="day(-1)", label="", footer=False, says="Choose the day before",
        display="←"),
    Key(keys="right", action="day(1)", label="", footer=False, says="Choose the next day",
        display="→"),
    Key(keys="p", action="week(-1)", label="Previous", says="Go to the week before"),
    Key(keys="n", action="week(1)", label="Next", says="Go to the next week"),
    Key(keys="c", action="week(0)", label="Now", footer=False,
        says="Come back to the week that begins today"),
    Key(keys="z", action="zone", label="Zone", footer=False,
        says="Choose the zone whose days are shown"),
    *LISTING,
    Key(keys="o", action="open_stack", label="Stack", says="Open the stack"),
)  # fmt: skip

#: In texts that may be longer than their window.
SCROLLING: Final = (
    Key(keys="down,j", action="scroll_text(1)", label="", footer=False, says="Scroll"),
    Key(keys="up,k", action="scroll_text(-1)", label="", footer=False, says="Scroll"),
    Key(keys="pagedown", action="scroll_text(10)", label="", footer=False, says="Scroll"),
    Key(keys="pageup", action="scroll_text(-10)", label="", footer=False, says="Scroll"),
)
CONFIRM: Final = (
    Key(keys="y", action="agree", label="Do it", says="Do it"),
    Key(keys="escape,n", action="refuse", label="Cancel", says="Leave it", display="Esc"),
    *SCROLLING,
)
#: Of windows that only show something.
CLOSE: Final = (
    Key(keys="escape,q,question_mark", action="close", label="Close", says="Close it",
        display="Esc"),
)  # fmt: skip
READ: Final = (*CLOSE, *SCROLLING)
#: Of forms, where letters are text.
FORM: Final = (Key(keys="escape", action="close", label="Cancel", says="Leave it", display="Esc"),)
#: Of the form of a schedule, where letters are text too.
SCHEDULE_FORM: Final = (
    Key(keys="ctrl+s", action="save", label="Save", says="Save, after conflicts have been shown",
        display="^s", priority=True),
    Key(keys="ctrl+o", action="more", label="More", says="Show or hide the policies",
        display="^o", priority=True),
    Key(keys="tab,down", action="go(1)", label="Next", says="Go to the next question",
        display="↓"),
    Key(keys="shift+tab,up", action="go(-1)", label="", footer=False, display="↑",
        says="Go to the question before"),
    Key(keys="pagedown", action="scroll_told(1)", label="", footer=False, display="PgDn",
        says="Scroll what is told of it", priority=True),
    Key(keys="pageup", action="scroll_told(-1)", label="", footer=False, display="PgUp",
        says="Scroll back", priority=True),
    Key(keys="escape", action="close", label="Cancel", says="Leave it", display="Esc"),
)  # fmt: skip

SCREENS: Final = {
    "Dashboard": DASHBOARD,
    "Stack": STACK,
    "Schedules": SCHEDULES,
    "Runs": RUNS,
    "Run": RUN,
    "Audit": AUDIT,
    "Week": WEEK,
    "Hosts": HOSTS,
    "Users": USERS,
}

#: Forms with keys of their own; what they do is in the documentation alone.
FORMS: Final = {"Schedule form": SCHEDULE_FORM}


def groups(noun: str) -> tuple[tuple[str, tuple[Key, ...]], ...]:
    """Return what is obeyed on a page, each group below its heading."""
    own = SCREENS.get(noun, ())
    return ((noun, own), ("Rows", MOVING), ("Pages", GOING), ("Everywhere", GLOBAL))


def needed(noun: str, action: str, parameters: tuple[object, ...] = ()) -> str | None:
    """Return the permission that an action needs on a page; None where none is."""
    written = f"{action}({', '.join(map(repr, parameters))})" if parameters else action
    tables = (SCREENS.get(noun, ()), GOING, GLOBAL)
    return next((key.needs for table in tables for key in table if key.action == written), None)
