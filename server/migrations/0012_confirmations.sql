-- Whoever follows a link that was sent to an address has shown that he reads mail there. Of the link only a hash is kept.
CREATE TABLE confirmations (
    key_hash BLOB   NOT NULL PRIMARY KEY,
    account  TEXT   NOT NULL REFERENCES accounts (id),
    expires  BIGINT NOT NULL
);
CREATE INDEX confirmations_by_account ON confirmations (account);
