"""Names that both sides must agree on: paths, headers, places."""

from __future__ import annotations

from typing import Final

API_VERSION: Final = "1"
#: Sent with every answer: the program's version, and the version of the API.
VERSION_HEADER: Final = "Dockschedd-Version"
API_HEADER: Final = "Dockschedd-Api"
#: Sent by clients with an action: the same key is carried out once.
IDEMPOTENCY_HEADER: Final = "Idempotency-Key"
#: Sent with every answer, and logged: names one request.
REQUEST_ID_HEADER: Final = "Dockschedd-Request-Id"

SYSTEM_SOCKET: Final = "/run/dockschedd/dockschedd.sock"
#: Below $XDG_RUNTIME_DIR, for a daemon that an ordinary user runs.
USER_SOCKET: Final = "dockschedd/dockschedd.sock"
#: The Host header of requests over the Unix socket.
LOCAL_HOST: Final = "local-dockschedd.sock"

#: The built-in administrator: root and the daemon's own user, over the Unix socket.
LOCAL_USER: Final = "local"

DEFAULT_PAGE: Final = 100
LARGEST_PAGE: Final = 1000
LARGEST_BODY: Final = 1024 * 1024
