-- Form 6 adds roles: viewer, lead and auditor beside reviewer and admin, since when each person has
-- theirs, and accounts that a provider of OpenID Connect signs in.

-- The column roles goes on holding as much of them as programs of earlier forms know, which only read.
ALTER TABLE persons ADD COLUMN may TEXT NOT NULL DEFAULT '' CHECK (may = trim(
  CASE WHEN ' ' || may || ' ' LIKE '% reviewer %' THEN 'reviewer ' ELSE '' END ||
  CASE WHEN ' ' || may || ' ' LIKE '% admin %' THEN 'admin ' ELSE '' END ||
  CASE WHEN ' ' || may || ' ' LIKE '% viewer %' THEN 'viewer ' ELSE '' END ||
  CASE WHEN ' ' || may || ' ' LIKE '% lead %' THEN 'lead ' ELSE '' END ||
  CASE WHEN ' ' || may || ' ' LIKE '% auditor %' THEN 'auditor ' ELSE '' END));
UPDATE persons SET may = roles;

CREATE TABLE tenures (
  person   TEXT NOT NULL REFERENCES persons (id),
  role     TEXT NOT NULL CHECK (role IN ('reviewer', 'admin', 'viewer', 'lead', 'auditor')),
  from_at  INTEGER NOT NULL,
  until_at INTEGER CHECK (until_at >= from_at), -- NULL as long as it goes on
  given_by TEXT CHECK (given_by <> ''),         -- NULL: the machine's owner
  ended_by TEXT CHECK (ended_by IS NULL OR ended_by <> '' AND until_at IS NOT NULL),
  PRIMARY KEY (person, role, from_at)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tenures_open ON tenures (person, role) WHERE until_at IS NULL;
CREATE TRIGGER tenures_stay BEFORE DELETE ON tenures
BEGIN SELECT RAISE(ABORT, 'a tenure is never taken away'); END;
CREATE TRIGGER tenures_only_end BEFORE UPDATE ON tenures
  WHEN OLD.until_at IS NOT NULL OR NEW.until_at IS NULL OR NEW.person <> OLD.person OR NEW.role <> OLD.role
    OR NEW.from_at <> OLD.from_at OR NEW.given_by IS NOT OLD.given_by
BEGIN SELECT RAISE(ABORT, 'a tenure only ends'); END;

-- Since when somebody had a role was not kept. It was not before their first account was made.
INSERT INTO tenures (person, role, from_at)
  SELECT p.id, r.word, coalesce((SELECT min(a.made) FROM accounts a WHERE a.person = p.id), 0)
  FROM persons p JOIN (SELECT 'reviewer' AS word UNION ALL SELECT 'admin') r ON ' ' || p.roles || ' ' LIKE '% ' || r.word || ' %';

-- An account that is active has a password and a second factor, or a subject.
CREATE TABLE accounts_now (
  id       TEXT PRIMARY KEY CHECK (id <> ''),
  person   TEXT NOT NULL REFERENCES persons (id),
  state    TEXT NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
  name     TEXT UNIQUE CHECK (name <> ''), -- NULL until enrolled
  password BLOB NOT NULL,                  -- PHC string of Argon2id
  factor   TEXT NOT NULL CHECK (factor IN ('none', 'totp')),
  seed     BLOB NOT NULL,
  step     INTEGER NOT NULL,               -- the last one whose code was used
  made     INTEGER NOT NULL,
  issuer   TEXT CHECK (issuer <> ''),      -- of OpenID Connect
  subject  TEXT CHECK (subject IS NULL OR subject <> '' AND issuer IS NOT NULL),
  email    TEXT CHECK (email IS NULL OR email <> '' AND issuer IS NOT NULL AND state = 'invited' AND subject IS NULL), -- who comes with it is meant
  UNIQUE (issuer, subject),
  UNIQUE (issuer, email),
  CHECK (state <> 'active' OR subject IS NOT NULL OR name IS NOT NULL AND length(password) > 0 AND factor <> 'none' AND length(seed) > 0),
  CHECK (subject IS NULL OR name IS NULL AND length(password) = 0 AND factor = 'none' AND length(seed) = 0)
) STRICT, WITHOUT ROWID;
INSERT INTO accounts_now (id, person, state, name, password, factor, seed, step, made)
  SELECT id, person, state, name, password, factor, seed, step, made FROM accounts;
CREATE TABLE passes_now (
  id       BLOB PRIMARY KEY CHECK (length(id) = 32), -- SHA-256 of the token, which is kept nowhere
  kind     TEXT NOT NULL CHECK (kind IN ('first_link', 'link', 'full', 'enrolling', 'first_use')),
  account  TEXT NOT NULL REFERENCES accounts_now (id) ON DELETE CASCADE,
  made     INTEGER NOT NULL,
  seen     INTEGER NOT NULL,
  until_at INTEGER NOT NULL CHECK (until_at >= made),
  offer    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO passes_now (id, kind, account, made, seen, until_at, offer) SELECT id, kind, account, made, seen, until_at, offer FROM passes;
DROP TABLE passes;
DROP TABLE accounts;
ALTER TABLE accounts_now RENAME TO accounts;
ALTER TABLE passes_now RENAME TO passes;
CREATE INDEX accounts_of_person ON accounts (person, id);
CREATE INDEX passes_of_account ON passes (account, kind);
CREATE INDEX passes_by_end ON passes (until_at);
