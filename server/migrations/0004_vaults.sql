-- Identities, vault logs and writes. The platform keeps the signed bytes as they came, beside the columns it needs to find them.
CREATE TABLE statements (
    owner       TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    fingerprint BLOB   NOT NULL,
    statement   BLOB   NOT NULL,
    created     BIGINT NOT NULL,
    PRIMARY KEY (owner, version)
);

CREATE TABLE backups (
    owner   TEXT   NOT NULL PRIMARY KEY,
    backup  BLOB   NOT NULL,
    updated BIGINT NOT NULL
);

CREATE TABLE vaults (
    vault  TEXT   NOT NULL PRIMARY KEY,
    cursor BIGINT NOT NULL
);

CREATE TABLE vault_log (
    vault   TEXT   NOT NULL,
    number  BIGINT NOT NULL,
    hash    BLOB   NOT NULL,
    entry   BLOB   NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (vault, number)
);

-- The tip of every manifest chain: one for each vault, author and capacity (the author's own id, or a clinic's).
CREATE TABLE chains (
    vault    TEXT   NOT NULL,
    author   TEXT   NOT NULL,
    capacity TEXT   NOT NULL,
    frontier BLOB   NOT NULL,
    PRIMARY KEY (vault, author, capacity)
);

CREATE TABLE writes (
    vault         TEXT   NOT NULL,
    cursor        BIGINT NOT NULL,
    author        TEXT   NOT NULL,
    capacity      TEXT   NOT NULL,
    number        BIGINT NOT NULL,
    manifest_hash BLOB   NOT NULL,
    manifest      BLOB   NOT NULL,
    batch         BLOB   NOT NULL,
    created       BIGINT NOT NULL,
    PRIMARY KEY (vault, cursor),
    UNIQUE (vault, author, capacity, number),
    UNIQUE (vault, manifest_hash)
);

-- Every revision stays. The newest of an entity is the one with the highest sequence.
CREATE TABLE revisions (
    vault      TEXT   NOT NULL,
    entity     BLOB   NOT NULL,
    sequence   BIGINT NOT NULL,
    cursor     BIGINT NOT NULL,
    position   BIGINT NOT NULL,
    leaf       BLOB   NOT NULL,
    leaf_hash  BLOB   NOT NULL,
    header     BLOB   NOT NULL,
    ciphertext BLOB   NOT NULL,
    PRIMARY KEY (vault, entity, sequence)
);
CREATE INDEX revisions_by_cursor ON revisions (vault, cursor, position);
