"""The fields of the form of a schedule: when each means something, and what is said of it.

Pure data. The names are those of the wire, but for `by` and `timeout`.
"""

from __future__ import annotations

from typing import Final

import msgspec

WISHES: Final = ("asleep", "awake")
ACTIONS: Final = ("start", "stop", "restart", "pause", "unpause")
#: What is waited for is a dependency; of all else it is the containers' end.
WAITS: Final = ("start", "unpause")
#: How it is written when it fires → the field that says it.
WAYS: Final = {"words": "when", "cron": "cron", "once": "at"}
TRIGGERS: Final = ("window", *WAYS.values())
#: Sent also where they are empty: the daemon says what is missing.
ALWAYS: Final = ("name", "action", "selector")
FLAGS: Final = ("remember", "everything", "rerun_oneshots", "in_place")
#: What stands there at first.
EXAMPLES: Final = {
    "window": "daily 23:00-07:00",
    "when": "every day at 22:00",
    "cron": "0 22 * * *",
}
PARTS_OF_CRON: Final = ("minute", "hour", "day", "month", "weekday")
_USUAL: Final = {
    "by": "words",
    "sleep_by": "stop",
    "enforce": "boundary",
    "catch_up": "latest",
    "if_busy": "wait",
    "dependents": "refuse",
    "on_error": "continue",
    "enabled": "yes",
    **dict.fromkeys(FLAGS, "no"),
}
#: As they are of any schedule.
QUIET: Final = {"deadline": ("1h",), "spread": ("0",), "timeout": ("10m",)}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One question."""

    name: str
    label: str
    #: What it may be; empty: any text.
    choices: tuple[str, ...] = ()
    #: A line that explains it.
    says: str
    #: Shown in an empty field.
    sample: str = ""
    #: Offered to whoever begins to write one of them.
    examples: tuple[str, ...] = ()
    #: Shown only where one asks for more.
    folded: bool = True
    #: Of these actions only; empty: of all.
    actions: tuple[str, ...] = ()
    #: Of these triggers only: window, words, cron, once; empty: of all.
    kinds: tuple[str, ...] = ()
    #: It is an option of the runs.
    of_run: bool = False
    #: Several names.
    is_list: bool = False
    #: Not of one that is there already.
    only_new: bool = False


def usual(name: str, action: str) -> str:
    """Return what counts where nobody has chosen; "" for fields of text."""
    if name == "catch_up" and action == "restart":
        return "skip"
    return _USUAL.get(name, "")


_YES: Final = ("no", "yes")
_AGAIN: Final = ("words", "cron")
FIELDS: Final = (
    Field(name="action", label="What", choices=(*WISHES, *ACTIONS), folded=False,
          says="asleep or awake: between times, outside the opposite; others: at an instant"),
    Field(name="selector", label="Stacks", sample="such as local/web", folded=False,
          says="web · local/web · dev/* · prod-*/db-* · @GROUP/*; → takes what is offered"),
    Field(name="by", label="Written", choices=("words", "cron", "once"), folded=False,
          actions=ACTIONS, says="in words, as five fields of cron, or as a date"),
    Field(name="window", label="Window", sample="such as mon-fri 08:00-18:00", folded=False,
          examples=("daily 23:00-07:00", "mon-fri 08:00-18:00",
                    "mon-fri 08:00-18:00, sat 10:00-14:00", "weekdays 20:00-07:00",
                    "weekends 00:00-24:00", "sat,sun 00:00-24:00",
                    "fri 20:00-24:00, sat,sun 00:00-24:00"),
          says="daily 23:00-07:00 · mon-fri 08:00-18:00, sat 10:00-14:00 · fri 22:00-06:00"),
    Field(name="when", label="When", sample="such as every weekday at 22:00", folded=False,
          examples=("every day at 22:00", "every weekday at 22:00", "every sunday at 03:00",
                    "every 15 minutes", "every hour", "first monday of the month at 06:30",
                    "last day of the month at 23:00", "weekends at 10:00", "tomorrow at 18:00",
                    "daily at 22:00"),
          says="every weekday at 22:00 · first monday of the month at 06:30 · tomorrow at 6"),
    Field(name="cron", label="Cron", sample="such as 0 22 * * mon-fri", folded=False,
          examples=("0 22 * * *", "0 22 * * mon-fri", "*/15 * * * *", "30 6 * * mon#1",
                    "0 23 L * *", "@hourly", "@daily", "@weekly", "@monthly", "@yearly"),
          says="minute hour day month weekday: 0 22 * * mon-fri · */15 * * * * · @daily"),
    Field(name="at", label="Once at", sample="such as 2026-12-24 18:00", folded=False,
          says="a date and a time in the zone: 2026-12-24 18:00"),
    Field(name="zone", label="Zone", sample="that of its hosts", folded=False,
          says="such as Europe/Berlin; empty: its hosts', if they share one, or the daemon's"),
    Field(name="name", label="Name", folded=False,
          says="letters, digits, `.`, `_` and `-`"),
    Field(name="enabled", label="Enabled", choices=("yes", "no"), only_new=True,
          says="no: it does not fire before it is enabled"),
    Field(name="sleep_by", label="Sleep by", choices=("stop", "pause"), kinds=("window",),
          says="how its stacks are put to sleep"),
    Field(name="enforce", label="Enforce", choices=("boundary", "always"), kinds=("window",),
          says="boundary: at its edges; always: what is otherwise is put right at once"),
    Field(name="also_asleep", label="Also asleep", is_list=True, kinds=("window",),
          sample="no calendar", says="calendars on whose dates its stacks are asleep all day"),
    Field(name="catch_up", label="Catch up", choices=("latest", "skip", "all"),
          kinds=("words", "cron", "once"), says="what to do with what was missed"),
    Field(name="deadline", label="Deadline", sample="such as 1h", kinds=("words", "cron", "once"),
          says="how late it may start: 15m, 1h"),
    Field(name="except_on", label="Except on", is_list=True, kinds=_AGAIN,
          sample="no calendar", says="calendars on whose dates it does not fire"),
    Field(name="if_busy", label="If busy", choices=("wait", "skip", "replace"),
          says="what it does while another run is under way on a stack"),
    Field(name="spread", label="Spread", sample="none",
          says="each stack at an offset of its own below this: 10m"),
    Field(name="dependents", label="Dependents", choices=("refuse", "stop", "ignore"),
          of_run=True, actions=(*WISHES, "stop", "pause"),
          says="while what needs it is up: leave it up, stop that too, or take no notice"),
    Field(name="remember", label="Remember", choices=_YES, of_run=True,
          actions=("stop", "pause"), says="the next start starts what ran, not everything"),
    Field(name="everything", label="Everything", choices=_YES, of_run=True, actions=("start",),
          says="also start what did not run when the stack was put to sleep"),
    Field(name="rerun_oneshots", label="One-shots", choices=_YES, of_run=True,
          actions=("start", "restart"), says="run containers again that have finished"),
    Field(name="in_place", label="In place", choices=_YES, of_run=True, actions=("restart",),
          says="container by container, without stopping all first"),
    Field(name="on_error", label="On error", choices=("continue", "halt"), of_run=True,
          says="what happens to the other containers when one fails"),
    Field(name="timeout", label="Timeout", of_run=True, sample="the containers' own",
          says="how long to wait: to start for a dependency, else for containers to stop"),
)  # fmt: skip
BY_NAME: Final = {each.name: each for each in FIELDS}
