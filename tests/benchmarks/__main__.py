"""`python -m tests.benchmarks [NAME…]`: measure, and print a table."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from typing import TYPE_CHECKING

from tests.benchmarks import (
    conflicts,
    first_paint,
    footprint,
    listing,
    many,
    punctuality,
    stacks,
    ways,
)
from tests.benchmarks.figures import Figure, table
from tests.benchmarks.fleet import measure as fleet
from tests.benchmarks.machine import Machine, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BENCHMARKS: dict[str, Callable[[Machine, int], Iterable[Figure]]] = {
    "levels": stacks.levels,
    "chain": stacks.chain,
    "listing": listing.listing,
    "first-paint": first_paint.first_paint,
    "readiness": footprint.readiness,
    "idle": footprint.idle,
    "punctuality": punctuality.punctuality,
    "together": punctuality.together,
    "burst": punctuality.burst,
    "conflicts": conflicts.conflicts,
    "many": many.many,
    "fleet": fleet.measure,
    "ways": ways.ways,
}


def main() -> int:
    names = ", ".join(BENCHMARKS)
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {names}; default: all")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is repeated")
    parser.add_argument(
        "--minutes", type=float, help="fleet alone: follow its events for so long, and watch"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {names}")
    if options.minutes and options.names != ["fleet"]:
        parser.error("--minutes is an option of fleet")
    figures: list[Figure] = []
    with machine() as made:
        if options.minutes:
            for line in fleet.soak(made, options.minutes):
                print(line, flush=True)
            return 0
        for name in options.names or BENCHMARKS:
            print(f"{name} …", file=sys.stderr, flush=True)
            for figure in BENCHMARKS[name](made, options.rounds):
                # At once: whoever interrupts a long one has what was measured so far.
                print(f"  {figure}", file=sys.stderr, flush=True)
                figures.append(figure)
    if options.json:
        rows = [dataclasses.asdict(f) | {"ratio": f.ratio} for f in figures]
        print(json.dumps(rows, indent=2))
    else:
        print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}\n")
        print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
