-- Persons who may see a record, as `patients` is of clinics: what the platform has on record. Served is what stands here
-- and in `grants`, which says what the signed log grants.
CREATE TABLE people (
    vault       TEXT   NOT NULL,
    person      TEXT   NOT NULL,
    permissions TEXT   NOT NULL,
    invitation  TEXT,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    PRIMARY KEY (vault, person)
);
CREATE INDEX people_by_person ON people (person);
-- What was granted before this was served at once.
INSERT INTO people (vault, person, permissions, invitation, created, updated)
SELECT vault, delegate, permissions, NULL, 0, 0 FROM grants;

-- By which each side shows the other that it has the secret of an invitation's link.
ALTER TABLE invitations ADD COLUMN sender_proof BLOB;
ALTER TABLE invitations ADD COLUMN receiver_proof BLOB;
CREATE INDEX invitations_by_email ON invitations (email, status);
CREATE UNIQUE INDEX invitations_pending_person ON invitations (kind, creator, email)
WHERE status = 'pending' AND clinic IS NULL;
