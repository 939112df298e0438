-- Form 11 keeps what became of each page on each channel, and pages about no case, such as that a
-- switch was pulled.

CREATE TABLE pages_now (
  n          INTEGER PRIMARY KEY, -- the order of their writing
  id         TEXT NOT NULL UNIQUE CHECK (id <> ''),
  case_id    TEXT REFERENCES cases (id), -- NULL: about no case
  level      INTEGER NOT NULL CHECK (level BETWEEN 1 AND 3),
  body       TEXT NOT NULL,
  created    INTEGER NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  next_at    INTEGER NOT NULL DEFAULT 0,
  over_at    INTEGER NOT NULL DEFAULT 0,
  failed     INTEGER NOT NULL DEFAULT 0 CHECK (failed = 0 OR failed = 1 AND over_at <> 0),
  last_error TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO pages_now (n, id, case_id, level, body, created, attempts, next_at, over_at, failed, last_error)
  SELECT n, id, case_id, level, body, created, attempts, next_at, over_at, failed, last_error FROM pages;
DROP TABLE pages;
ALTER TABLE pages_now RENAME TO pages;
CREATE INDEX pages_of_case ON pages (case_id, n);
CREATE INDEX pages_waiting ON pages (next_at, n) WHERE over_at = 0;

CREATE TABLE page_tries (
  n    INTEGER PRIMARY KEY, -- the order of their writing
  page TEXT NOT NULL REFERENCES pages (id),
  body TEXT NOT NULL
) STRICT;
CREATE INDEX page_tries_of_page ON page_tries (page, n);
