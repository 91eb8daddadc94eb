-- Later versions of identities, and what is given back to owners who lost their keys.
-- The backups of versions that are not the newest.
CREATE TABLE former_backups (
    owner   TEXT   NOT NULL,
    version BIGINT NOT NULL,
    backup  BLOB   NOT NULL,
    PRIMARY KEY (owner, version)
);

-- By which a version accepts the next.
CREATE TABLE successions (
    owner      TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    succession BLOB   NOT NULL,
    PRIMARY KEY (owner, version)
);

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
