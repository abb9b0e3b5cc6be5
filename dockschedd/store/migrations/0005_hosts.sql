-- Hosts that are added while the daemon runs, and groups of hosts.

-- Docker Engines that were added through the API; those of the configuration are not here.
CREATE TABLE hosts (
    name               TEXT COLLATE "binary" PRIMARY KEY,
    url                TEXT NOT NULL,
    tls_ca             TEXT,                    -- files: absolute paths on the daemon's machine
    tls_cert           TEXT,
    tls_key            TEXT,
    plain_tcp          INTEGER NOT NULL CHECK (plain_tcp IN (0, 1)),
    ssh_key            TEXT,
    ssh_known_hosts    TEXT,
    zone               TEXT,                    -- IANA name; NULL: the daemon's zone
    calendar           TEXT,                    -- a name in calendars; NULL: none
    max_parallel_steps INTEGER CHECK (max_parallel_steps > 0),  -- NULL: the daemon's setting
    owner              TEXT NOT NULL,           -- a user's name, or local
    updated_at         TEXT NOT NULL
);

-- Named sets of hosts. Selectors name them with an @.
CREATE TABLE host_groups (
    name       TEXT COLLATE "binary" PRIMARY KEY,
    hosts      TEXT NOT NULL,                   -- JSON array of names, sorted
    owner      TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
