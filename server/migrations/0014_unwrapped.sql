-- Whether a batch is wrapped to identities only, because the vault keys were burnt when it came: its owner's client wraps it to the
-- next vault key before she grants that to anybody else.
ALTER TABLE batches ADD COLUMN unwrapped BIGINT NOT NULL DEFAULT 0;
CREATE INDEX batches_unwrapped ON batches (vault, unwrapped);
