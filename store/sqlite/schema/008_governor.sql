-- What holds machines back: kill switches, budgets, breakers, when a rule or policy first wanted
-- to act; and which automatic decisions stand by which rule, so that they can be undone together.
-- Older programs would let decisions stand that this does not know of, so they no longer write.

CREATE TABLE switches (
  id        TEXT PRIMARY KEY CHECK (id <> ''),
  kind      TEXT NOT NULL CHECK (kind IN ('global', 'measure', 'rule', 'detector', 'tenant')),
  key       TEXT NOT NULL CHECK ((kind = 'global') = (key = '')),
  pulled    INTEGER NOT NULL CHECK (pulled <> 0),
  pulled_by TEXT NOT NULL CHECK (pulled_by <> ''),
  first_by  TEXT CHECK (first_by <> ''),  -- who let it go first, NULL where nobody did
  second_by TEXT CHECK (second_by <> ''), -- and who did after that: with it the switch is released
  body      TEXT NOT NULL,
  CHECK (second_by IS NULL OR first_by IS NOT NULL AND second_by <> first_by)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX switches_pulled ON switches (kind, key) WHERE second_by IS NULL;

CREATE TRIGGER switches_are_pulled_first BEFORE INSERT ON switches WHEN NEW.first_by IS NOT NULL
BEGIN SELECT RAISE(ROLLBACK, 'a switch is pulled before it is released'); END;
CREATE TRIGGER switches_are_released_in_two_steps BEFORE UPDATE ON switches
WHEN OLD.second_by IS NOT NULL AND NEW.body <> OLD.body
  OR OLD.first_by IS NOT NULL AND NEW.first_by IS NOT OLD.first_by
  OR OLD.first_by IS NULL AND NEW.second_by IS NOT NULL
  OR NEW.kind <> OLD.kind OR NEW.key <> OLD.key OR NEW.pulled <> OLD.pulled OR NEW.pulled_by <> OLD.pulled_by
BEGIN SELECT RAISE(ROLLBACK, 'a switch is released by one person and then by another, and stays released'); END;
-- Once somebody has enrolled, those two are persons: an account, a token or a name is none.
CREATE TRIGGER switches_are_released_by_persons BEFORE UPDATE ON switches
WHEN NEW.first_by IS NOT NULL AND EXISTS (SELECT 1 FROM accounts WHERE state = 'active')
  AND (NOT EXISTS (SELECT 1 FROM persons WHERE id = NEW.first_by)
    OR NEW.second_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM persons WHERE id = NEW.second_by))
BEGIN SELECT RAISE(ROLLBACK, 'a switch is released by persons who work here'); END;
CREATE TRIGGER switches_are_kept BEFORE DELETE ON switches
BEGIN SELECT RAISE(ROLLBACK, 'switches are kept'); END;

CREATE TABLE budgets (
  key     TEXT PRIMARY KEY CHECK (key <> ''),
  full_at INTEGER NOT NULL -- when it is whole again
) STRICT, WITHOUT ROWID;

CREATE TABLE breakers (
  rule    TEXT PRIMARY KEY CHECK (rule <> ''),
  tripped INTEGER NOT NULL, -- 0 while it is closed
  body    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE debuts (
  of_what TEXT PRIMARY KEY CHECK (of_what <> ''),
  at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An automatic decision with an enforced measure that is in force or held, by each rule that it
-- rests on.
CREATE TABLE governed (
  rule     TEXT NOT NULL,
  decision TEXT NOT NULL REFERENCES decisions (id) DEFERRABLE INITIALLY DEFERRED,
  tenant   TEXT NOT NULL,
  PRIMARY KEY (rule, decision)
) STRICT, WITHOUT ROWID;
CREATE INDEX governed_by_decision ON governed (decision);
CREATE INDEX governed_by_tenant ON governed (tenant, decision);
INSERT OR IGNORE INTO governed (rule, decision, tenant)
  SELECT b.value ->> '$.rule', d.id, d.body ->> '$.tenant' FROM decisions d, json_each(d.body, '$.grounds.basis') b
  WHERE d.mode = 'live' AND (d.state = 'in_force' OR d.state = 'held') AND d.person IS NULL AND d.measure NOT IN ('none', 'notify');
