-- Form 10 keeps what became of cases, by the versions of rules that they rest on, and what
-- tenants are owed that were restricted wrongly.

CREATE TABLE lessons (
  case_id TEXT NOT NULL REFERENCES cases (id),
  rule    TEXT NOT NULL CHECK (rule <> ''),
  version INTEGER NOT NULL CHECK (version > 0),
  outcome INTEGER NOT NULL CHECK (outcome > 0),
  audited INTEGER NOT NULL CHECK (audited IN (0, 1)),
  at      INTEGER NOT NULL,
  PRIMARY KEY (case_id, rule, version)
) STRICT, WITHOUT ROWID;

-- How many of each; counted by the database, so that nothing can be told and not counted.
CREATE TABLE tallies (
  rule    TEXT NOT NULL,
  version INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  audited INTEGER NOT NULL,
  n       INTEGER NOT NULL CHECK (n >= 0),
  PRIMARY KEY (rule, version, outcome, audited)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER lesson_counted AFTER INSERT ON lessons BEGIN
  INSERT INTO tallies (rule, version, outcome, audited, n) VALUES (NEW.rule, NEW.version, NEW.outcome, NEW.audited, 1)
    ON CONFLICT (rule, version, outcome, audited) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER lesson_forgotten AFTER DELETE ON lessons BEGIN
  UPDATE tallies SET n = n - 1 WHERE rule = OLD.rule AND version = OLD.version AND outcome = OLD.outcome AND audited = OLD.audited;
END;
CREATE TRIGGER lesson_fixed BEFORE UPDATE ON lessons BEGIN
  SELECT RAISE(ABORT, 'a lesson is never edited: a later one takes its place');
END;

CREATE TABLE credits (
  id       TEXT PRIMARY KEY CHECK (id <> ''),
  case_id  TEXT NOT NULL REFERENCES cases (id),
  tenant   TEXT NOT NULL CHECK (tenant <> ''),
  closed   INTEGER NOT NULL,
  state    TEXT NOT NULL CHECK (state IN ('proposed', 'granted', 'refused')),
  minutes  INTEGER NOT NULL CHECK (minutes > 0),
  amount   INTEGER NOT NULL CHECK (amount >= 0),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  body     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX credits_of_case ON credits (case_id, closed);
CREATE INDEX credits_closed ON credits (closed DESC, id);

-- What was granted or refused stays, and what is owed is not changed by granting it.
CREATE TRIGGER credit_settled BEFORE UPDATE ON credits
  WHEN OLD.state <> 'proposed' OR OLD.case_id <> NEW.case_id OR OLD.tenant <> NEW.tenant OR OLD.closed <> NEW.closed
    OR OLD.minutes <> NEW.minutes OR OLD.amount <> NEW.amount OR OLD.currency <> NEW.currency BEGIN
  SELECT RAISE(ABORT, 'a credit is proposed, then granted or refused, and stays as it is');
END;
CREATE TRIGGER credit_kept BEFORE DELETE ON credits BEGIN
  SELECT RAISE(ABORT, 'a credit is not taken away');
END;
