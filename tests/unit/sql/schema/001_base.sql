-- A small schema for the tests of the generator and the driver.
CREATE TABLE agent (
    tenant BLOB NOT NULL,
    id     BLOB NOT NULL CHECK (length(id) = 16),
    name   TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE lead (
    tenant     BLOB NOT NULL,
    id         BLOB NOT NULL CHECK (length(id) = 16),
    agent      BLOB,
    name       TEXT,
    body       BLOB,
    likelihood REAL NOT NULL DEFAULT 0,
    touches    INTEGER,
    hot        INTEGER NOT NULL DEFAULT 0 CHECK (hot IN (0, 1)),
    mark       BLOB NOT NULL DEFAULT x'00ff',
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, agent) REFERENCES agent (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX lead_name ON lead (tenant, name);

CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    word   TEXT NOT NULL UNIQUE,
    body   BLOB NOT NULL
) STRICT;
