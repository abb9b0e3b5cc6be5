"""What goes wrong, as a person reads it: a sentence, details, a hint and an exit code.

Raised wherever something is found out, shown once, by cli.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedctl.exits import Exit, of_problem
from dockschedctl.wording import printable, sentence

if TYPE_CHECKING:
    from dockschedd.wire import problems


class Failure(Exception):
    """The command ends here."""

    def __init__(
        self,
        message: str,
        *,
        exit_code: Exit = Exit.FAILED,
        details: tuple[str, ...] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
        self.details = details
        self.hint = hint

    def lines(self) -> list[str]:
        """Return what stderr shows: `error: …`, the details, `hint: …`."""
        out = [f"error: {sentence(self.message)}"]
        if self.details:
            out += ["", *(f"  {line}".rstrip() for line in self.details)]
        if self.hint:
            out += ["", f"hint: {sentence(self.hint)}"]
        return [printable(line) for line in out]


class Usage(Failure):
    """The command line cannot be understood."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, exit_code=Exit.USAGE, hint=hint)


class ApiProblem(Failure):
    """The daemon did not carry out a request."""

    def __init__(self, problem: problems.Problem) -> None:
        self.problem = problem
        self.code = problem.code
        message = problem.detail or problem.title
        details: tuple[str, ...] = ()
        hint = problem.hint
        match problem.faults:
            case ():
                pass
            case (fault,):
                message = f"{fault.path}: {fault.message}" if fault.path else fault.message
                hint = fault.hint or hint
            case faults:
                message = f"{len(faults)} things are wrong with what was asked"
                details = tuple(line for fault in faults for line in _fault_lines(fault))
                hint = None
        super().__init__(
            message,
            exit_code=of_problem(problem.code, problem.status),
            details=details,
            hint=hint or _HINTS.get(problem.code),
        )


#: Where the daemon cannot know what helps, as it does not know the client.
_HINTS = {
    "unauthenticated": "log in with `dockschedctl login`",
    "token-invalid": "log in again with `dockschedctl login`",
    "token-expired": "log in again with `dockschedctl login`",
    "session-ended": "log in again with `dockschedctl login`",
}


def _fault_lines(fault: problems.FieldFault) -> list[str]:
    lines = [f"{fault.path}: {fault.message}" if fault.path else fault.message]
    if fault.hint:
        lines.append(f"  hint: {fault.hint}")
    return lines
