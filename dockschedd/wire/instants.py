"""The type of instants on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

#: Always with an offset; the daemon writes UTC (`2026-11-24T07:00:00Z`).
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
