-- Clinics, who runs them, their share codes and their patients.
CREATE TABLE clinics (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    details    TEXT   NOT NULL,
    share_code TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    updated    BIGINT NOT NULL
);

CREATE TABLE clinic_members (
    clinic  TEXT   NOT NULL REFERENCES clinics (id),
    account TEXT   NOT NULL REFERENCES accounts (id),
    roles   TEXT   NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (clinic, account)
);
CREATE INDEX clinic_members_by_account ON clinic_members (account);

-- Codes in their canonical form. A random code certifies nothing and has neither nonce nor expiry.
CREATE TABLE share_codes (
    code     TEXT   NOT NULL PRIMARY KEY,
    clinic   TEXT   NOT NULL REFERENCES clinics (id),
    nonce    BLOB,
    expires  BIGINT,
    label    TEXT,
    disabled BIGINT NOT NULL,
    created  BIGINT NOT NULL
);
CREATE INDEX share_codes_by_clinic ON share_codes (clinic);

CREATE TABLE patients (
    clinic      TEXT   NOT NULL REFERENCES clinics (id),
    account     TEXT   NOT NULL REFERENCES accounts (id),
    permissions TEXT   NOT NULL,
    details     TEXT   NOT NULL,
    sealed      BLOB,
    created     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    PRIMARY KEY (clinic, account)
);
CREATE INDEX patients_by_account ON patients (account);
