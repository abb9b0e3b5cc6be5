-- Many schedules that are due at one instant, and few runs that did not end well among many.

DROP INDEX schedules_due;
CREATE INDEX schedules_due ON schedules (next_at, id) WHERE next_at IS NOT NULL;

CREATE INDEX runs_troubled ON runs (id)
    WHERE status IN ('failed', 'partial', 'missed', 'interrupted');
