"""The loops: what runs as long as the daemon does. They ask core, record, act and record."""
