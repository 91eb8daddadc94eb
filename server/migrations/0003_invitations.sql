-- Pending grants. One table for a patient's invitation to a clinic and for a clinic's to its future members.
CREATE TABLE invitations (
    invitation_key TEXT   NOT NULL PRIMARY KEY,
    kind           TEXT   NOT NULL,
    creator        TEXT   NOT NULL REFERENCES accounts (id),
    clinic         TEXT   REFERENCES clinics (id),
    email          TEXT   NOT NULL,
    context        TEXT   NOT NULL,
    status         TEXT   NOT NULL,
    details        BLOB,
    created        BIGINT NOT NULL,
    modified       BIGINT NOT NULL,
    expires        BIGINT
);
CREATE INDEX invitations_by_creator ON invitations (creator, created);
CREATE INDEX invitations_by_clinic ON invitations (clinic, status);
-- One invitation of one patient waits at one clinic at a time, whatever two requests at once may try.
CREATE UNIQUE INDEX invitations_pending ON invitations (kind, creator, clinic, email) WHERE status = 'pending';
