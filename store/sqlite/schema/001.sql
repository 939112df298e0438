-- The books, form 1. A value is kept whole as JSON in body; beside it stand the columns that
-- are asked for or constrained. Moments are nanoseconds since 1970, 0 where not known. What is
-- only asked for is read out of body (AS), so it cannot say anything else.

CREATE TABLE cases (
  id      TEXT PRIMARY KEY CHECK (id <> ''),
  tenant  TEXT NOT NULL CHECK (tenant <> ''),
  family  TEXT NOT NULL CHECK (family <> ''),
  opened  INTEGER NOT NULL,
  state   TEXT NOT NULL CHECK (state IN ('open', 'under_review', 'closed', 'reopened')),
  outcome TEXT NOT NULL CHECK (outcome IN ('none', 'confirmed', 'victim', 'policy_mismatch', 'false_positive', 'inconclusive', 'covered')),
  body    TEXT NOT NULL,
  cleared TEXT AS (body ->> '$.cleared') -- when it was last, NULL where never
) STRICT;
CREATE INDEX cases_by_opening ON cases (opened DESC, id);
CREATE INDEX cases_not_closed ON cases (opened DESC, id) WHERE state <> 'closed';
CREATE INDEX cases_by_family ON cases (family, opened DESC, id);
CREATE INDEX cases_by_tenant ON cases (tenant, opened DESC, id);
CREATE INDEX cases_by_tenant_and_family ON cases (tenant, family, opened DESC, id);
CREATE INDEX cases_cleared ON cases (tenant, id) WHERE cleared IS NOT NULL OR outcome IN ('policy_mismatch', 'false_positive');

CREATE TABLE entries (
  case_id TEXT NOT NULL REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
  seq     INTEGER NOT NULL,
  kind    TEXT NOT NULL CHECK (kind IN ('found', 'decided', 'said', 'acted', 'flagged', 'clock', 'case', 'told', 'enforced', 'looked')),
  ref     TEXT NOT NULL,
  state   TEXT NOT NULL,
  body    TEXT NOT NULL,
  PRIMARY KEY (case_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER entries_without_gaps BEFORE INSERT ON entries
WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM entries WHERE case_id = NEW.case_id), 0)
BEGIN SELECT RAISE(ROLLBACK, 'entries of a case are numbered from 1 without gaps'); END;
CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ROLLBACK, 'entries are only appended'); END;
CREATE TRIGGER entries_are_kept BEFORE DELETE ON entries
BEGIN SELECT RAISE(ROLLBACK, 'entries are only appended'); END;

CREATE TABLE decisions (
  made       INTEGER PRIMARY KEY, -- the order of their making
  id         TEXT NOT NULL UNIQUE CHECK (id <> ''),
  case_id    TEXT NOT NULL REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
  state      TEXT NOT NULL CHECK (state IN ('proposed', 'held', 'in_force', 'lapsed', 'lifted', 'superseded', 'suppressed', 'refused')),
  mode       TEXT NOT NULL CHECK (mode IN ('shadow', 'live')),
  measure    TEXT NOT NULL CHECK (measure IN ('none', 'notify', 'challenge', 'shut', 'limit', 'drop-flow', 'throttle', 'freeze', 'isolate', 'suspend', 'deny')),
  from_at    INTEGER NOT NULL,
  until_at   INTEGER NOT NULL CHECK (until_at > from_at),
  body       TEXT NOT NULL,
  person     TEXT AS (body ->> '$.actor.person'), -- who took it, NULL where a machine did
  supersedes TEXT AS (body ->> '$.supersedes')    -- in whose place it is, NULL where in none's
) STRICT;
CREATE INDEX decisions_of_case ON decisions (case_id, made);
-- What a dossier holds however many there are, what it holds the newest of, and what persons
-- put in the place of others, which it holds too.
CREATE INDEX decisions_lasting ON decisions (case_id, made)
  WHERE mode = 'live' AND (state NOT IN ('suppressed', 'superseded') OR person IS NOT NULL);
CREATE INDEX decisions_passing ON decisions (case_id, made)
  WHERE NOT (mode = 'live' AND (state NOT IN ('suppressed', 'superseded') OR person IS NOT NULL));
CREATE INDEX decisions_chosen ON decisions (case_id, supersedes)
  WHERE mode = 'live' AND person IS NOT NULL AND supersedes IS NOT NULL;
CREATE INDEX decisions_standing ON decisions (case_id, state, measure)
  WHERE mode = 'live' AND state IN ('proposed', 'held', 'in_force');

-- The assets that live decisions name which are not over.
CREATE TABLE named_assets (
  asset    TEXT NOT NULL,
  decision TEXT NOT NULL REFERENCES decisions (id) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (asset, decision)
) STRICT, WITHOUT ROWID;
CREATE INDEX named_by_decision ON named_assets (decision);

CREATE TABLE clocks (
  case_id  TEXT NOT NULL REFERENCES cases (id),
  kind     TEXT NOT NULL CHECK (kind IN ('lease', 'hearing', 'tenant_answer', 'our_answer', 'appeal', 'joined', 'review', 'quiet')),
  decision TEXT NOT NULL,
  due      INTEGER NOT NULL,
  paused   INTEGER NOT NULL CHECK (paused IN (0, 1)),
  ended    INTEGER NOT NULL,
  body     TEXT NOT NULL,
  PRIMARY KEY (case_id, kind, decision)
) STRICT, WITHOUT ROWID;
CREATE INDEX clocks_not_ended ON clocks (case_id, due) WHERE ended = 0;
CREATE INDEX clocks_due ON clocks (due, case_id) WHERE ended = 0 AND paused = 0;

CREATE TABLE flags (
  id       TEXT PRIMARY KEY CHECK (id <> ''),
  tenant   TEXT NOT NULL CHECK (tenant <> ''),
  family   TEXT NOT NULL CHECK (family <> ''),
  case_id  TEXT REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
  from_at  INTEGER NOT NULL,
  until_at INTEGER NOT NULL CHECK (until_at > from_at),
  revoked  INTEGER NOT NULL,
  body     TEXT NOT NULL
) STRICT;
CREATE INDEX flags_by_tenant ON flags (tenant, from_at, id);
CREATE INDEX flags_of_case ON flags (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX flags_of_family ON flags (tenant, family, from_at, id);
CREATE INDEX flags_by_end ON flags (tenant, family, until_at DESC, from_at DESC, id DESC);

CREATE TABLE findings (
  id       TEXT NOT NULL CHECK (id <> ''),
  revision TEXT NOT NULL CHECK (revision IN ('provisional', 'final')),
  body     TEXT NOT NULL,
  PRIMARY KEY (id, revision)
) STRICT;

-- The outbox: what leaves, each once, and what became of it. over_at is since when it is not
-- tried any more, 0 while it waits.
CREATE TABLE orders (
  n          INTEGER PRIMARY KEY, -- the order of their writing
  id         TEXT NOT NULL UNIQUE CHECK (id <> ''),
  decision   TEXT NOT NULL REFERENCES decisions (id),
  body       TEXT NOT NULL,
  created    INTEGER NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0, -- that came to nothing
  next_at    INTEGER NOT NULL DEFAULT 0,
  over_at    INTEGER NOT NULL DEFAULT 0,
  failed     INTEGER NOT NULL DEFAULT 0 CHECK (failed = 0 OR failed = 1 AND over_at <> 0),
  last_error TEXT NOT NULL DEFAULT '',
  receipt    TEXT,                       -- the last one
  heard      INTEGER NOT NULL DEFAULT 0, -- how many receipts said something new
  lift       INTEGER AS (body ->> '$.lift'), -- 1, or NULL
  confirmed  TEXT AS (receipt ->> '$.state') -- what the receipt says, NULL where nobody confirmed
) STRICT;
CREATE INDEX orders_of_decision ON orders (decision, n);
CREATE INDEX orders_waiting ON orders (next_at, n) WHERE over_at = 0;

-- The assets that orders name which are not over.
CREATE TABLE waiting_assets (
  asset TEXT NOT NULL,
  n     INTEGER NOT NULL REFERENCES orders (n),
  PRIMARY KEY (asset, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_by_order ON waiting_assets (n);

CREATE TABLE notices (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE CHECK (id <> ''),
  case_id    TEXT NOT NULL REFERENCES cases (id),
  decision   TEXT NOT NULL REFERENCES decisions (id),
  body       TEXT NOT NULL,
  created    INTEGER NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  next_at    INTEGER NOT NULL DEFAULT 0,
  over_at    INTEGER NOT NULL DEFAULT 0,
  failed     INTEGER NOT NULL DEFAULT 0 CHECK (failed = 0 OR failed = 1 AND over_at <> 0),
  last_error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX notices_of_case ON notices (case_id, n);
CREATE INDEX notices_of_decision ON notices (decision);
CREATE INDEX notices_waiting ON notices (next_at, n) WHERE over_at = 0;

-- What recipients of notices took or refused.
CREATE TABLE deliveries (
  n      INTEGER PRIMARY KEY, -- the order of their making
  notice TEXT NOT NULL REFERENCES notices (id),
  body   TEXT NOT NULL
) STRICT;
CREATE INDEX deliveries_of_notice ON deliveries (notice, n);

CREATE TABLE taken (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- The ledger. The hashes of a leaf are its own and those of the subtrees that it completes.
CREATE TABLE leaves (
  n      INTEGER PRIMARY KEY,
  leaf   TEXT NOT NULL,
  hashes BLOB NOT NULL CHECK (length(hashes) > 0 AND length(hashes) % 32 = 0)
) STRICT;

CREATE TRIGGER leaves_without_gaps BEFORE INSERT ON leaves
WHEN NEW.n <> coalesce((SELECT max(n) + 1 FROM leaves), 0)
BEGIN SELECT RAISE(ROLLBACK, 'leaves of the ledger are numbered from 0 without gaps'); END;
CREATE TRIGGER leaves_stay BEFORE UPDATE ON leaves
BEGIN SELECT RAISE(ROLLBACK, 'leaves of the ledger are only appended'); END;
CREATE TRIGGER leaves_are_kept BEFORE DELETE ON leaves
BEGIN SELECT RAISE(ROLLBACK, 'leaves of the ledger are only appended'); END;

-- What the leaves commit to. It is personal data: body may be taken away, the line stays.
CREATE TABLE contents (
  n      INTEGER PRIMARY KEY REFERENCES leaves (n),
  tenant TEXT NOT NULL CHECK (tenant <> ''),
  body   TEXT
) STRICT;

-- The keys of commitments; NULL once erased.
CREATE TABLE keys (
  tenant TEXT PRIMARY KEY CHECK (tenant <> ''),
  key    BLOB CHECK (key IS NULL OR length(key) = 32)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER keys_are_made_once BEFORE UPDATE ON keys
WHEN NEW.key IS NOT NULL OR NEW.tenant <> OLD.tenant
BEGIN SELECT RAISE(ROLLBACK, 'a key is made once, and may only be erased'); END;
CREATE TRIGGER keys_are_remembered BEFORE DELETE ON keys
BEGIN SELECT RAISE(ROLLBACK, 'that a key was erased is remembered'); END;
