"""Schedules from what is there: crontabs and systemd units, as proposals. Pure."""
