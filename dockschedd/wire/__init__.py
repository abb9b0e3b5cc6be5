"""What client and daemon say to each other: a leaf that both import.

Fields are only ever added, with defaults. Requests refuse unknown fields; replies may gain
some, and clients ignore those they do not know. Instants are RFC 3339 in UTC and end in
`_at`; durations are seconds and end in `_seconds`.
"""
