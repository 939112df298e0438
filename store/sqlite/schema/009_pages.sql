-- Form 9 keeps pages, which call people of the operator, and knows more kinds of clock. Which
-- words exist is the program's to hold (docket.ClockKind): a list here would have to be made anew
-- with each.

CREATE TABLE pages (
  n          INTEGER PRIMARY KEY, -- the order of their writing
  id         TEXT NOT NULL UNIQUE CHECK (id <> ''),
  case_id    TEXT NOT NULL REFERENCES cases (id),
  level      INTEGER NOT NULL CHECK (level BETWEEN 1 AND 3),
  body       TEXT NOT NULL,
  created    INTEGER NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  next_at    INTEGER NOT NULL DEFAULT 0,
  over_at    INTEGER NOT NULL DEFAULT 0,
  failed     INTEGER NOT NULL DEFAULT 0 CHECK (failed = 0 OR failed = 1 AND over_at <> 0),
  last_error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX pages_of_case ON pages (case_id, n);
CREATE INDEX pages_waiting ON pages (next_at, n) WHERE over_at = 0;

CREATE TABLE clocks_now (
  case_id  TEXT NOT NULL REFERENCES cases (id),
  kind     TEXT NOT NULL CHECK (kind <> '' AND kind <> 'invalid'),
  decision TEXT NOT NULL,
  due      INTEGER NOT NULL,
  paused   INTEGER NOT NULL CHECK (paused IN (0, 1)),
  ended    INTEGER NOT NULL,
  body     TEXT NOT NULL,
  PRIMARY KEY (case_id, kind, decision)
) STRICT, WITHOUT ROWID;
INSERT INTO clocks_now (case_id, kind, decision, due, paused, ended, body)
  SELECT case_id, kind, decision, due, paused, ended, body FROM clocks;
DROP TABLE clocks;
ALTER TABLE clocks_now RENAME TO clocks;
CREATE INDEX clocks_not_ended ON clocks (case_id, due) WHERE ended = 0;
CREATE INDEX clocks_due ON clocks (due, case_id) WHERE ended = 0 AND paused = 0;

-- Cases in which somebody said that production is down come before others (docket.Row.Urgent),
-- which makes other places of all of them.
DELETE FROM places;
