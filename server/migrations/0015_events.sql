-- What has changed, for whom, so that a client which was away learns what it missed. Each says only where something has
-- changed; the newest of its kind is enough.
CREATE TABLE events (
    account TEXT   NOT NULL REFERENCES accounts (id),
    kind    TEXT   NOT NULL,
    owner   TEXT   NOT NULL,
    clinic  TEXT   NOT NULL,
    number  BIGINT NOT NULL,
    PRIMARY KEY (account, kind, owner, clinic)
);
CREATE UNIQUE INDEX events_by_number ON events (account, number);

-- How many events each account has had, and when, among those of all accounts, the newest came.
CREATE TABLE event_counts (
    account TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    number  BIGINT NOT NULL,
    place   BIGINT NOT NULL
);
CREATE INDEX event_counts_by_place ON event_counts (place);

CREATE TABLE event_places (newest BIGINT NOT NULL);
INSERT INTO event_places (newest) VALUES (0);
