"""What is right and wrong with the ways to hosts, as people read it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dockschedctl.output.tables import View
    from dockschedd.wire import hosts

_OUTCOME = len("warning")


def verdict(check: hosts.HostCheck) -> str:
    """Return the worst that was found."""
    if not check.ok:
        return "failed"
    return "warning" if any(each.outcome == "warning" for each in check.findings) else "ok"


def check_text(check: hosts.HostCheck, view: View) -> Iterator[str]:
    """Yield the verdict, and a line for each step, with how to mend what is not right."""
    yield f"{check.host}: {view.word(verdict(check))}"
    longest = max((len(each.step) for each in check.findings), default=0)
    for each in check.findings:
        pad = " " * (_OUTCOME - len(each.outcome))
        step = each.step.ljust(longest)
        yield f"  {view.word(each.outcome)}{pad}  {step}  {printable(each.message)}"
        if each.hint is not None:
            yield f"  {' ' * _OUTCOME}  {' ' * longest}  hint: {printable(each.hint)}"
