-- Attachments: large contents beside an entity, in sealed chunks. `chunks` is 0 until the upload is complete; `sequence` is that of
-- the entity's newest content when it began, so that only a later content can hold what opens it; `due` is when to look whether it
-- is wanted at all.
CREATE TABLE attachments (
    vault      TEXT   NOT NULL,
    attachment BLOB   NOT NULL,
    entity     BLOB   NOT NULL,
    sequence   BIGINT NOT NULL,
    chunks     BIGINT NOT NULL,
    due        BIGINT NOT NULL,
    PRIMARY KEY (vault, attachment)
);
CREATE INDEX attachments_by_entity ON attachments (vault, entity);
CREATE INDEX attachments_by_due ON attachments (due);

CREATE TABLE attachment_chunks (
    vault      TEXT   NOT NULL,
    attachment BLOB   NOT NULL,
    position   BIGINT NOT NULL,
    digest     BLOB   NOT NULL,
    sealed     BLOB   NOT NULL,
    PRIMARY KEY (vault, attachment, position)
);
