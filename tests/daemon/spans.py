"""A daily window, as a table of minutes would tell it; it knows no edges but by looking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from datetime import datetime

MINUTE = timedelta(minutes=1)
DAY = 24 * 60
#: Zone → minutes ahead of UTC; none of them changes its clocks.
ZONES = {"UTC": 0, "Asia/Kolkata": 330, "America/Phoenix": -420}


@dataclass(frozen=True)
class Span:
    """A daily window, as a table of minutes would tell it."""

    opens: int
    closes: int
    zone: str
    wants: str

    @property
    def text(self) -> str:
        return "-".join(f"{at // 60:02}:{at % 60:02}" for at in (self.opens, self.closes))

    def awake(self, at: datetime) -> bool:
        minute = (at.hour * 60 + at.minute + ZONES[self.zone]) % DAY
        inside = (minute - self.opens) % DAY < (self.closes - self.opens) % DAY
        return inside is (self.wants == "awake")

    def last_edge(self, now: datetime) -> datetime:
        at = now.replace(second=0, microsecond=0)
        while self.awake(at) is self.awake(at - MINUTE):
            at -= MINUTE
        return at


@st.composite
def spans(draw):
    """A window with an edge in the next hours, as it is noon in the beginning."""
    zone = draw(st.sampled_from(sorted(ZONES)))
    opens = (draw(st.integers(11 * 60, 16 * 60)) + ZONES[zone]) % DAY
    closes = (opens + draw(st.integers(2, 300))) % DAY
    return Span(opens, closes, zone, draw(st.sampled_from(("awake", "asleep"))))
