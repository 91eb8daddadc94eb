-- A clinic's published keys, and its secret ones, each sealed to one member.
CREATE TABLE clinic_keys (
    clinic    TEXT   NOT NULL PRIMARY KEY REFERENCES clinics (id),
    root      BLOB   NOT NULL,
    statement BLOB   NOT NULL,
    roster    BLOB   NOT NULL,
    head      BLOB   NOT NULL,
    updated   BIGINT NOT NULL
);

CREATE TABLE clinic_envelopes (
    clinic  TEXT   NOT NULL REFERENCES clinics (id),
    account TEXT   NOT NULL,
    purpose TEXT   NOT NULL,
    version BIGINT NOT NULL,
    sealed  BLOB   NOT NULL,
    PRIMARY KEY (clinic, account, purpose, version)
);
