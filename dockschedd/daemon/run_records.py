"""How a run is told of: its fields in the log, and its records in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockschedd.core import model, people

if TYPE_CHECKING:
    from datetime import datetime


def names(run: model.Run) -> dict[str, str]:
    """Return the fields that name what the run does."""
    return {"stack": str(run.stack), "action": run.action.value}


def audit(
    run: model.Run, action: str, at: datetime, outcome: str, detail: str
) -> people.AuditRecord:
    """Return the record of something that the daemon did with the run."""
    who = f"schedule {run.schedule_name} of {run.actor}" if run.schedule_id else run.actor
    return people.AuditRecord(
        at=at,
        actor="dockschedd",
        origin="-",
        action=action,
        target=str(run.stack),
        outcome=outcome,
        detail=f"{run.action} {run.id} for {who}{': ' if detail else ''}{detail}",
    )
