"""What helps where a step did not succeed, by the code of its error. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedctl.wording import printable

if TYPE_CHECKING:
    from dockschedd.wire import runs

_LOST: Final = (
    "what the engine did with the call is not known; see whether it hangs: "
    "`systemctl status docker` on that host"
)
_NOT_READY: Final = "`docker logs {container}` says why"
_OF_CODE: Final = {
    "host-timeout": _LOST,
    "host-answer-lost": _LOST,
    "host-unreachable": "`dockschedctl host check {host}` says what is wrong",
    "host-filtered": "allow it in the socket proxy: docs/socket-proxy.md has the whole list",
    "host-refused": "`docker inspect {container}` and `docker logs {container}` say more",
    "container-gone": "it was removed or created anew: `dockschedctl stack show {stack}` shows "
    "what is there",
    "wait-timeout": f"{_NOT_READY}; `--timeout` waits longer",
    "condition-broken": _NOT_READY,
    "internal": "the log of the daemon says more: `journalctl -u dockschedd`",
}


def of_step(step: runs.Step, stack: str) -> str | None:
    """Return what a person can do about the step of a run on the stack; None: nothing."""
    hint = _OF_CODE.get(step.error_code or "")
    if hint is None:
        return None
    host = stack.partition("/")[0]
    return hint.format(container=printable(step.container), host=host, stack=stack)
