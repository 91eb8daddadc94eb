-- The grants to persons that stand, as the signed logs say. Those to clinics are in `patients`, once the clinic has accepted.
CREATE TABLE grants (
    vault       TEXT   NOT NULL,
    delegate    TEXT   NOT NULL,
    permissions TEXT   NOT NULL,
    PRIMARY KEY (vault, delegate)
);
CREATE INDEX grants_by_delegate ON grants (delegate);
INSERT INTO chores (chore) VALUES ('grants');

-- Of which epoch the entities of a batch are: so far nobody has begun a second one.
ALTER TABLE batches ADD COLUMN epoch BIGINT NOT NULL DEFAULT 1;
