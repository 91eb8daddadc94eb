-- Single entities: what follows from their leaves, beside the columns by which they are found; who has access to each of them, and
-- the wraps that go with it. An empty BLOB means that there is nothing.
CREATE TABLE entities (
    vault            TEXT   NOT NULL,
    entity           BLOB   NOT NULL,
    kind             TEXT   NOT NULL,
    compartment      BIGINT NOT NULL,
    epoch            BIGINT NOT NULL,
    cursor           BIGINT NOT NULL,
    author           TEXT   NOT NULL,
    capacity         TEXT   NOT NULL,
    taken            BIGINT NOT NULL,
    due              BIGINT NOT NULL,
    deleted          BIGINT NOT NULL,
    content_sequence BIGINT NOT NULL,
    state            BLOB   NOT NULL,
    PRIMARY KEY (vault, entity)
);
CREATE INDEX entities_by_id ON entities (entity);
CREATE INDEX entities_by_cursor ON entities (vault, cursor, entity);

CREATE TABLE entity_links (
    link   BLOB NOT NULL,
    vault  TEXT NOT NULL,
    entity BLOB NOT NULL,
    PRIMARY KEY (link, vault, entity)
);
CREATE INDEX entity_links_by_entity ON entity_links (vault, entity);

-- The delegations that stand.
CREATE TABLE delegations (
    vault       TEXT   NOT NULL,
    entity      BLOB   NOT NULL,
    delegate    TEXT   NOT NULL,
    delegator   TEXT   NOT NULL,
    by_grant    BIGINT NOT NULL,
    PRIMARY KEY (vault, entity, delegate)
);
CREATE INDEX delegations_by_delegate ON delegations (delegate, vault, entity);
CREATE INDEX delegations_by_delegator ON delegations (vault, delegator);

-- The delegates' wraps since the entity's newest key, with the number of the leaf that each goes with.
CREATE TABLE entity_wraps (
    vault    TEXT   NOT NULL,
    entity   BLOB   NOT NULL,
    sequence BIGINT NOT NULL,
    position BIGINT NOT NULL,
    delegate TEXT   NOT NULL,
    wrap     BLOB   NOT NULL,
    PRIMARY KEY (vault, entity, sequence, position)
);
CREATE INDEX entity_wraps_by_delegate ON entity_wraps (vault, delegate, entity, sequence);

-- With which write a batch came.
CREATE TABLE batches (
    vault  TEXT   NOT NULL,
    batch  BLOB   NOT NULL,
    cursor BIGINT NOT NULL,
    PRIMARY KEY (vault, batch)
);
-- A batch begins with a4 00 50 and its id, as its encoding is deterministic.
INSERT INTO batches (vault, batch, cursor) SELECT vault, SUBSTR(batch, 4, 16), cursor FROM writes WHERE LENGTH(batch) > 0;

-- Wraps that were added to a batch later.
CREATE TABLE batch_wraps (
    vault    TEXT   NOT NULL,
    batch    BLOB   NOT NULL,
    position BIGINT NOT NULL,
    wrap     BLOB   NOT NULL,
    PRIMARY KEY (vault, batch, position)
);

-- What a migration leaves to be done by the program: here, to derive `entities` from the revisions that there are.
CREATE TABLE chores (
    chore TEXT NOT NULL PRIMARY KEY
);
INSERT INTO chores (chore) VALUES ('entities');
