"""Whether an engine is worth being asked, from how it answered before.

Pure: times are seconds of one clock and arguments. An engine that does not answer is left
alone, except by its probe, which is how its return is noticed. One container that hangs its
calls does not make an engine that does not answer: the probe goes on being answered.
"""

from __future__ import annotations

from datetime import timedelta

from dockschedd import errors
from dockschedd.core import instants

#: Failures in a row, without an answer for as long as a question may take, that are enough.
ENOUGH = 3


class Breaker:
    """Of one host. Closed: calls are made; open: they are refused with the reason."""

    def __init__(self, host: str, *, limit: float) -> None:
        self._host = host
        self._limit = limit
        #: When the first question was asked that has had no answer since the last one.
        self._waiting_since: float | None = None
        self._failures = 0
        self._cause: errors.HostError | None = None
        self._tried_next: float | None = None

    def asked(self, now: float) -> None:
        """Note that a question was asked that is answered at once, where anybody answers."""
        if self._waiting_since is None:
            self._waiting_since = now

    def answered(self) -> None:
        """Note an answer, whatever it says."""
        self._waiting_since = None
        self._failures = 0
        self._cause = None

    def failed(self, error: errors.HostError, *, now: float, is_probe: bool) -> None:
        """Note that a call failed. A probe that fails is enough, in whatever way it does."""
        if not isinstance(error, errors.HostUnreachable):
            self.answered()
            if not is_probe:
                return
        self.asked(now)
        self._failures += 1
        if is_probe or (self._failures >= ENOUGH and self.silent(now) >= self._limit):
            self._cause = error

    def rests(self, *, until: float) -> None:
        """Note when the probe comes next."""
        self._tried_next = until

    def silent(self, now: float) -> float:
        """Return for how long a question has been waiting; 0: none is."""
        return 0.0 if self._waiting_since is None else now - self._waiting_since

    def refusal(self, now: float) -> errors.HostError | None:
        """Return what to raise in place of a call; None: it may be made."""
        cause = self._cause
        if cause is None:
            return None
        age = _words(self.silent(now))
        again = "is being tried again"
        if self._tried_next is not None and self._tried_next > now:
            again = f"is tried again in {_words(self._tried_next - now)}"
        message = f"host `{self._host}` has not answered for {age} and {again}: {cause.message}"
        if isinstance(cause, errors.HostTimeout):
            # Nothing was sent: there is no doubt about what the engine did with this call.
            return errors.HostUnreachable(message, hint=cause.hint)
        return type(cause)(message, code=cause.code, hint=cause.hint)


def _words(seconds: float) -> str:
    return instants.format_duration(timedelta(seconds=max(1, round(seconds))))
