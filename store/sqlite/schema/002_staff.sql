-- Form 2 adds who works here: persons, their accounts, and passes (links and sessions).
-- Moments are nanoseconds since 1970.

CREATE TABLE persons (
  id    TEXT PRIMARY KEY CHECK (id <> ''),
  name  TEXT NOT NULL,
  roles TEXT NOT NULL CHECK (roles IN ('', 'reviewer', 'admin', 'reviewer admin'))
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  id       TEXT PRIMARY KEY CHECK (id <> ''),
  person   TEXT NOT NULL REFERENCES persons (id),
  state    TEXT NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
  name     TEXT UNIQUE CHECK (name <> ''), -- NULL until enrolled
  password BLOB NOT NULL,                  -- PHC string of Argon2id
  factor   TEXT NOT NULL CHECK (factor IN ('none', 'totp')),
  seed     BLOB NOT NULL,
  step     INTEGER NOT NULL,               -- the last one whose code was used
  made     INTEGER NOT NULL,
  CHECK (state <> 'active' OR name IS NOT NULL AND length(password) > 0 AND factor <> 'none' AND length(seed) > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_of_person ON accounts (person, id);

CREATE TABLE passes (
  id       BLOB PRIMARY KEY CHECK (length(id) = 32), -- SHA-256 of the token, which is kept nowhere
  kind     TEXT NOT NULL CHECK (kind IN ('first_link', 'link', 'full', 'enrolling', 'first_use')),
  account  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  made     INTEGER NOT NULL,
  seen     INTEGER NOT NULL,
  until_at INTEGER NOT NULL CHECK (until_at >= made),
  offer    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX passes_of_account ON passes (account, kind);
CREATE INDEX passes_by_end ON passes (until_at);
