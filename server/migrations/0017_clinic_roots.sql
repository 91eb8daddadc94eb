-- The roots that clinics had before the one they have, each with its signed word on which came next.
CREATE TABLE clinic_roots (
    clinic     TEXT   NOT NULL REFERENCES clinics (id),
    version    BIGINT NOT NULL,
    root       BLOB   NOT NULL,
    succession BLOB   NOT NULL,
    PRIMARY KEY (clinic, version)
);

-- Whether a code certifies one of those.
ALTER TABLE share_codes ADD COLUMN outdated BIGINT NOT NULL DEFAULT 0;
