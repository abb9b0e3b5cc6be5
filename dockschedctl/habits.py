"""What people type who know docker, systemctl or cron, and the command that does it here.

Only hints are made of it: a second name for a command would have to be documented and kept.
"""

from __future__ import annotations

from typing import Final

#: Of the whole command line.
AT_THE_ROOT: Final = {
    **dict.fromkeys(("ps", "ls", "list", "top", "stats"), "stack ls"),
    **dict.fromkeys(("start", "up", "wake"), "stack start"),
    **dict.fromkeys(("stop", "down"), "stack stop"),
    **{word: f"stack {word}" for word in ("restart", "pause", "unpause", "require")},
    **dict.fromkeys(("show", "inspect"), "stack show"),
    **dict.fromkeys(("log", "logs", "history", "journal"), "run ls"),
    **{word: f"run {word}" for word in ("watch", "cancel", "resume")},
    **dict.fromkeys(("jobs", "cron", "timers", "schedules"), "schedule ls"),
    **dict.fromkeys(("preview", "next", "upcoming", "list-timers"), "schedule preview"),
    **{word: f"schedule {word}" for word in ("add", "apply", "conflicts", "enable", "disable")},
    "crontab": "import crontab",
    "export": "schedule export",
    "help": "--help",
    "su": "login",
}
#: Of the commands of one noun.
OF_A_NOUN: Final = {
    **dict.fromkeys(("list", "ps", "history"), "ls"),
    **dict.fromkeys(("inspect", "info", "get", "status", "cat", "logs"), "show"),
    **dict.fromkeys(("delete", "remove", "del"), "rm"),
    **dict.fromkeys(("create", "new"), "add"),
    **dict.fromkeys(("set", "update", "change", "modify", "rename"), "edit"),
    **dict.fromkeys(("up", "wake"), "start"),
    "down": "stop",
    **dict.fromkeys(("follow", "wait", "attach"), "watch"),
    **dict.fromkeys(("abort", "kill", "stop"), "cancel"),
    **dict.fromkeys(("retry", "continue"), "resume"),
    **dict.fromkeys(("check", "lint"), "conflicts"),
    **dict.fromkeys(("next", "upcoming"), "preview"),
    "resume": "unpause",
}
