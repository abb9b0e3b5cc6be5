"""Durations as people write and read them: `90s`, `15m`, `1h30m`, `2d`.

The same grammar as the daemon's. Pure.
"""

from __future__ import annotations

import re

_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|w|d|h|m|s)", re.ASCII)
_SECONDS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
LONGEST = 365 * 86400.0


def seconds(text: str) -> float:
    """Return the seconds that `1h30m` names; zero is allowed.

    Raises ValueError, with a sentence for a person, for anything else and for more than a year.
    """
    written = re.sub(r"\s+", "", text.lower())
    parts = list(_PART.finditer(written))
    if not parts or "".join(part[0] for part in parts) != written:
        extra = f"; did you mean `{written}s`?" if written.isdecimal() else ""
        raise ValueError(f"`{text}` is not a duration, write for example 90s, 15m or 1h30m{extra}")
    total = sum(float(part[1]) * _SECONDS[part[2]] for part in parts)
    if total > LONGEST:
        raise ValueError(f"`{text}` is longer than a year")
    return round(total, 3)


def text(duration: float) -> str:
    """Return a duration for a person: `0.4s`, `12.3s`, `2m05s`, `3h04m`, `2d03h`."""
    if duration < 60:  # noqa: PLR2004 (a minute)
        tenths = round(max(duration, 0.0), 1)
        if tenths < 60:  # noqa: PLR2004 (a minute)
            return f"{tenths:.1f}s"
    minutes, rest = divmod(round(duration), 60)
    if minutes < 60:  # noqa: PLR2004 (an hour)
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:  # noqa: PLR2004 (two days)
        return f"{hours}h{minutes:02d}m"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02d}h"


def written(duration: float) -> str:
    """Return the shortest text that `seconds` reads back, to the millisecond: `1h30m`."""
    rest = round(duration * 1000)
    out = ""
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, round(_SECONDS[unit] * 1000))
        out += f"{count}{unit}" if count else ""
    return out or "0s"
