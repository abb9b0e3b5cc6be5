"""The terminal UI: pure state first, then the screens against the real API."""
