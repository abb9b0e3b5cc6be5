"""Pages that are generated: the description of the API, the problems, the table of metrics."""

from __future__ import annotations

import json

from dockschedd.api import exposition, metrics, openapi
from dockschedd.api.routes import ROUTES
from dockschedd.wire import problems

_INTRODUCTION = """\
# Problems

Every answer of 400 and above is a problem ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)),
`application/problem+json`:

| field | what it says |
|---|---|
| `code` | what went wrong; stable, for scripts |
| `title` | what the code means, below |
| `status` | the HTTP status again |
| `detail` | what it was this time, as a sentence |
| `hint` | what to do about it, where that is known |
| `faults` | all that is wrong with the request: `path`, `code`, `message`, `hint` |

Nothing has changed when a request was answered with a problem; after `internal`, look.
`/readyz` is the one exception in form: it answers 503 with its own reply.

| code | status | what it means | operations |
|---|---|---|---|
"""


def openapi_text() -> str:
    """Return the OpenAPI description as it is written down."""
    return json.dumps(openapi.document(), indent=2, ensure_ascii=False) + "\n"


def problems_text() -> str:
    """Return the page about problems, by status and code."""
    rows = []
    for code, (status, title) in sorted(problems.CODES.items(), key=lambda i: (i[1][0], i[0])):
        rows.append(f"| `{code}` | {status} | {title} | {_where(code)} |\n")
    return _INTRODUCTION + "".join(rows)


def metrics_table() -> str:
    """Return the table of docs/metrics.md, each metric under the name of its samples."""
    rows = ["| metric | kind | labels | what it says |\n", "|---|---|---|---|\n"]
    for each in metrics.METRICS:
        name = f"{each.name}_total" if each.kind is metrics.Kind.COUNTER else each.name
        labels = ", ".join(f"`{label}`" for label in each.labels)
        rows.append(f"| `{name}` | {each.kind} | {labels} | {each.help} |\n")
    seconds = "process_cpu_seconds"
    process = (f"{n}_total" if n == seconds else n for n in exposition.PROCESS)
    names = ", ".join(f"`{name}`" for name in process)
    rows.append(f"| {names} | | | The process, as all exporters tell it |\n")
    return "".join(rows)


def _where(code: str) -> str:
    found = [route.op for route in ROUTES if code in openapi.codes(route)]
    if len(found) == len(ROUTES):
        return "all"
    if len(found) > len(ROUTES) // 2:
        return "most"
    return ", ".join(found) or "none in particular"
