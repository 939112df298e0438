-- Form 21 keeps which notices wait to be posted to machines of tenants, beside the people whom they wait for.
-- Older programs would take what a machine took for what a person was told, so they no longer write.
-- What was written before is posted to nobody.

CREATE TABLE posts (
  n          INTEGER PRIMARY KEY REFERENCES notices (n), -- gone once it waits for no machine any more
  attempts   INTEGER NOT NULL DEFAULT 0,
  next_at    INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX posts_due ON posts (next_at, n);
