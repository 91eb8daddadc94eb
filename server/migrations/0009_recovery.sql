-- Owners who have lost their keys: later versions of identities, and what others give back to them.

-- The backups of versions that have been succeeded.
CREATE TABLE former_backups (
    owner   TEXT   NOT NULL,
    version BIGINT NOT NULL,
    backup  BLOB   NOT NULL,
    PRIMARY KEY (owner, version)
);

-- By which a version accepts the one after it, where it has; with the number of the latter.
CREATE TABLE successions (
    owner      TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    succession BLOB   NOT NULL,
    PRIMARY KEY (owner, version)
);

-- Whose newest identity is not yet the one that signs the vault log.
CREATE TABLE recoveries (
    owner TEXT   NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
);

-- What is given back: by whom, in whose name, and to which of the owner's identities.
CREATE TABLE give_backs (
    vault     TEXT   NOT NULL,
    giver     TEXT   NOT NULL,
    capacity  TEXT   NOT NULL,
    recipient BLOB   NOT NULL,
    part      BIGINT NOT NULL,
    message   BLOB   NOT NULL,
    created   BIGINT NOT NULL,
    PRIMARY KEY (vault, giver, capacity, recipient, part)
);
