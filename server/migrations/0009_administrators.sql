-- Administrators of the platform read what there is, which is ciphertext. Nothing over the network makes one.
ALTER TABLE accounts ADD COLUMN administrator BIGINT NOT NULL DEFAULT 0;
