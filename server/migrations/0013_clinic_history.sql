-- Everything that clinics ever published: whatever was signed in their name is judged by the head that it names.
CREATE TABLE clinic_statements (
    clinic    TEXT   NOT NULL REFERENCES clinics (id),
    version   BIGINT NOT NULL,
    digest    BLOB   NOT NULL,
    statement BLOB   NOT NULL,
    PRIMARY KEY (clinic, version)
);

CREATE TABLE clinic_rosters (
    clinic TEXT NOT NULL REFERENCES clinics (id),
    digest BLOB NOT NULL,
    roster BLOB NOT NULL,
    PRIMARY KEY (clinic, digest)
);

CREATE TABLE clinic_heads (
    clinic TEXT NOT NULL REFERENCES clinics (id),
    digest BLOB NOT NULL,
    roster BLOB NOT NULL,
    head   BLOB NOT NULL,
    PRIMARY KEY (clinic, digest)
);
INSERT INTO chores (chore) VALUES ('clinic_history');
