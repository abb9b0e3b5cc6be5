"""The token by which a monitoring system reads measurements, and nothing else.

One secret in a file, as long as the file says so: no user, no session, no expiry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dockschedd.access import keys
from dockschedd.errors import Startup

if TYPE_CHECKING:
    from pathlib import Path

#: Characters; 32 of hexadecimal are 128 bits.
SHORTEST: Final = 32
#: Group may read: whoever scrapes from this machine needs the same file.
_ALLOWED: Final = 0o740


def token(path: Path) -> bytes:
    """Return what the file holds. Raises Startup (`metrics-token`, `keys-open`)."""
    try:
        found = keys.read_private(path, allowed=_ALLOWED).strip()
    except OSError as exc:
        raise Startup(
            f"`metrics_token_file` `{path}` cannot be read: {exc.strerror}",
            code="metrics-token",
            hint="leave the setting out if nobody reads /metrics over the network",
        ) from exc
    if len(found) < SHORTEST or not found.isalnum():
        raise Startup(
            f"`metrics_token_file` `{path}` does not hold a token",
            code="metrics-token",
            hint=f"it must be one line of {SHORTEST} or more letters and digits: "
            f"openssl rand -hex 32 > {path}",
        )
    return found
