-- Form 12 adds what is known of those who report abuse: whom to thank, whom to tell what came of a
-- report, and how often each of them was right. A contact is there until its last mail has left. And
-- who works here is sealed in the ledger from this form on: those who do already with this step.

CREATE TABLE reported (
  receipt  TEXT NOT NULL,
  asset    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  came     INTEGER NOT NULL,
  reporter TEXT NOT NULL,
  contact  TEXT NOT NULL,
  thread   TEXT NOT NULL,
  class    TEXT NOT NULL,
  doubted  INTEGER NOT NULL CHECK (doubted IN (0, 1)),
  thanked  INTEGER NOT NULL CHECK (thanked IN (0, 1)),
  case_id  TEXT REFERENCES cases (id),
  settled  INTEGER NOT NULL DEFAULT 0, -- when nothing more was to be done about it; 0: something is
  PRIMARY KEY (receipt, asset)
) STRICT, WITHOUT ROWID;
CREATE INDEX reported_to_thank ON reported (came, receipt) WHERE thanked = 0;
CREATE INDEX reported_open ON reported (came, receipt, asset) WHERE settled = 0;
CREATE INDEX reported_of_asset ON reported (asset, came);
CREATE INDEX reported_settled ON reported (settled) WHERE settled <> 0;

-- A case counts once for each reporter, however many of their reports came to it.
CREATE TABLE reporter_cases (
  reporter TEXT NOT NULL,
  case_id  TEXT NOT NULL REFERENCES cases (id),
  outcome  TEXT NOT NULL,
  PRIMARY KEY (reporter, case_id)
) STRICT, WITHOUT ROWID;
