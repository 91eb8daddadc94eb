-- By how many patients a code may be used; without a number by any.
ALTER TABLE share_codes ADD COLUMN uses BIGINT;

-- Which invitation used which code.
CREATE TABLE share_code_uses (
    invitation_key TEXT NOT NULL PRIMARY KEY REFERENCES invitations (invitation_key),
    code           TEXT NOT NULL REFERENCES share_codes (code),
    account        TEXT NOT NULL REFERENCES accounts (id)
);
CREATE INDEX share_code_uses_by_code ON share_code_uses (code, account);

-- What a clinic has decided: whether its patients need medical record numbers, whether no two may have the same, and whether
-- it wants no mail about invitations.
CREATE TABLE clinic_settings (
    clinic       TEXT   NOT NULL PRIMARY KEY REFERENCES clinics (id),
    mrn_required BIGINT NOT NULL,
    mrn_unique   BIGINT NOT NULL,
    quiet        BIGINT NOT NULL
);
