-- Accounts, their sessions and the little profile that Tidepool's clients keep in clear.
-- Portable SQL: BIGINT (also for times, in milliseconds, and for truth values), TEXT and BLOB only.
CREATE TABLE accounts (
    id             TEXT   NOT NULL PRIMARY KEY,
    username       TEXT   NOT NULL UNIQUE,
    password_hash  TEXT   NOT NULL,
    roles          TEXT   NOT NULL,
    email_verified BIGINT NOT NULL,
    created        BIGINT NOT NULL
);

CREATE TABLE account_emails (
    email    TEXT   NOT NULL PRIMARY KEY,
    account  TEXT   NOT NULL REFERENCES accounts (id),
    written  TEXT   NOT NULL,
    position BIGINT NOT NULL
);
CREATE INDEX account_emails_by_account ON account_emails (account);

CREATE TABLE sessions (
    token_hash BLOB   NOT NULL PRIMARY KEY,
    account    TEXT   NOT NULL REFERENCES accounts (id),
    created    BIGINT NOT NULL,
    expires    BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires);

CREATE TABLE profiles (
    account TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    body    TEXT NOT NULL
);
