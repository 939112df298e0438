-- Form 14 keeps whom reports say that an asset attacked, until they are told or nothing comes of it, and
-- which credits billing has taken.

CREATE TABLE attacked (
  receipt     TEXT NOT NULL,
  asset       TEXT NOT NULL,
  victim      TEXT NOT NULL CHECK (victim <> ''),
  victim_port INTEGER NOT NULL CHECK (victim_port BETWEEN 0 AND 65535),
  source_port INTEGER NOT NULL CHECK (source_port BETWEEN 0 AND 65535),
  kind        TEXT NOT NULL CHECK (kind <> ''),
  protocol    TEXT NOT NULL CHECK (protocol <> ''),
  at          INTEGER NOT NULL,
  until       INTEGER NOT NULL,
  came        INTEGER NOT NULL,
  next        INTEGER NOT NULL,           -- when it is looked at
  began       INTEGER NOT NULL DEFAULT 0, -- when a mail about it was to leave first; 0: none was
  tries       INTEGER NOT NULL DEFAULT 0, -- mails that nobody took
  case_id     TEXT REFERENCES cases (id),
  contact     TEXT NOT NULL DEFAULT '',
  became      TEXT NOT NULL DEFAULT '' CHECK (became IN ('', 'told', 'same', 'no_contact', 'refused', 'nothing')),
  settled     INTEGER NOT NULL DEFAULT 0 CHECK ((settled <> 0) = (became <> '')),
  PRIMARY KEY (receipt, asset, victim)
) STRICT, WITHOUT ROWID;
CREATE INDEX attacked_open ON attacked (next, receipt, asset) WHERE settled = 0;
CREATE INDEX attacked_of_asset ON attacked (asset) WHERE settled = 0;
CREATE INDEX attacked_told ON attacked (contact, settled) WHERE became = 'told';
CREATE INDEX attacked_case ON attacked (case_id, victim) WHERE became = 'told';
CREATE INDEX attacked_settled ON attacked (settled) WHERE settled <> 0;

CREATE TABLE billed (
  credit TEXT PRIMARY KEY REFERENCES credits (id),
  at     INTEGER NOT NULL CHECK (at <> 0)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER billed_once BEFORE UPDATE ON billed BEGIN
  SELECT RAISE(ABORT, 'what billing has taken stays taken');
END;
