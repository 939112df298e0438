-- Form 29 keeps when the platform itself was hurt, what a person let tenants know of it, and what became of that. Older
-- programs would erase a tenant and leave what it was told, so they no longer write.

CREATE TABLE incidents (
  id    TEXT PRIMARY KEY CHECK (id <> ''),
  began INTEGER NOT NULL CHECK (began > 0),
  over  INTEGER NOT NULL,                   -- 0: it goes on
  sent  INTEGER NOT NULL CHECK (sent >= 0), -- updates that a person sent
  body  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX incidents_began ON incidents (began);
CREATE INDEX incidents_open ON incidents (began) WHERE over = 0;
CREATE TRIGGER incidents_are_kept BEFORE DELETE ON incidents
BEGIN SELECT RAISE(ABORT, 'that the platform was hurt is kept'); END;
CREATE TRIGGER incidents_stay_told BEFORE UPDATE ON incidents
WHEN NEW.id <> OLD.id OR NEW.began <> OLD.began OR NEW.sent < OLD.sent OR OLD.over <> 0 AND NEW.over <> OLD.over
BEGIN SELECT RAISE(ABORT, 'what was sent stays sent, and what is over stays so'); END;

CREATE TABLE notes (
  n        INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE CHECK (id <> ''),
  incident TEXT NOT NULL REFERENCES incidents (id),
  tenant   TEXT NOT NULL CHECK (tenant <> ''),
  next_at  INTEGER NOT NULL,
  over_at  INTEGER NOT NULL,
  body     TEXT NOT NULL
) STRICT;
CREATE INDEX notes_waiting ON notes (next_at, n) WHERE over_at = 0;
CREATE INDEX notes_of ON notes (incident, n);
CREATE INDEX notes_to ON notes (tenant);
CREATE TRIGGER notes_stay_over BEFORE UPDATE ON notes
WHEN NEW.id <> OLD.id OR NEW.tenant <> OLD.tenant OR OLD.over_at <> 0 AND NEW.over_at <> OLD.over_at
BEGIN SELECT RAISE(ABORT, 'a note that is over stays so'); END;

-- What a tenant was told goes with its key, and so does that it was touched.
CREATE TRIGGER notes_go_with_the_key AFTER UPDATE OF key ON keys
WHEN NEW.key IS NULL
BEGIN
  DELETE FROM notes WHERE tenant = NEW.tenant;
  UPDATE incidents SET body = json_set(body, '$.touched', (
    SELECT coalesce(json_group_array(json(value)), json('[]')) FROM (SELECT value FROM json_each(incidents.body, '$.touched') WHERE value ->> '$.tenant' <> NEW.tenant ORDER BY key)))
  WHERE EXISTS (SELECT 1 FROM json_each(body, '$.touched') WHERE value ->> '$.tenant' = NEW.tenant);
END;
