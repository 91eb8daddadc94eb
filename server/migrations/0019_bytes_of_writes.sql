-- How many bytes the items of a write had when it came, so that pages of writes are cut without looking at every item.
ALTER TABLE writes ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
UPDATE writes SET bytes = (SELECT COALESCE(SUM(LENGTH(leaf) + LENGTH(header) + LENGTH(ciphertext)), 0) FROM revisions
                           WHERE revisions.vault = writes.vault AND revisions.cursor = writes.cursor);
