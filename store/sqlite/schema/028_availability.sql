-- Form 28 keeps what came to the sites of tenants at the edge, beside the books: quarters of an hour to which more may be
-- told, days into which they are folded, and what was told of months and of who left. Older programs keep none of it and
-- lose nothing by it: while one runs, what comes to sites is not counted. It goes with the key of its tenant, whoever
-- erases that, so older programs may write too.

CREATE TABLE site_slots (
  at     INTEGER NOT NULL, -- when it began
  site   TEXT NOT NULL,
  tenant TEXT NOT NULL,    -- '' where nobody is known to have held it
  body   BLOB NOT NULL,    -- availability.Slot
  PRIMARY KEY (at, site, tenant)
) STRICT, WITHOUT ROWID;

CREATE TABLE site_days (
  tenant TEXT NOT NULL,
  site   TEXT NOT NULL,
  at     INTEGER NOT NULL, -- its midnight
  body   BLOB NOT NULL,    -- availability.Day
  PRIMARY KEY (tenant, site, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_days_at ON site_days (at);

CREATE TABLE sites (
  tenant TEXT NOT NULL,
  site   TEXT NOT NULL,
  first  INTEGER NOT NULL,
  last   INTEGER NOT NULL,
  PRIMARY KEY (tenant, site)
) STRICT, WITHOUT ROWID;

CREATE TABLE site_mark (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  position INTEGER NOT NULL,
  arrived  INTEGER NOT NULL,
  folded   INTEGER NOT NULL
) STRICT;

CREATE TABLE site_events (
  id       TEXT PRIMARY KEY,
  kind     TEXT NOT NULL,
  tenant   TEXT NOT NULL,
  about    TEXT NOT NULL,
  revision INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  body     TEXT NOT NULL CHECK (json_valid(body)), -- availability.Event
  told     INTEGER NOT NULL DEFAULT 0,
  UNIQUE (kind, tenant, about, revision)
) STRICT;
CREATE INDEX site_events_untold ON site_events (at, id) WHERE told = 0;
CREATE TRIGGER site_events_stay BEFORE UPDATE ON site_events
WHEN NEW.id <> OLD.id OR NEW.body <> OLD.body OR OLD.told <> 0 AND NEW.told <> OLD.told
BEGIN SELECT RAISE(ROLLBACK, 'what was told is not changed: it is corrected by another'); END;

CREATE TRIGGER sites_go_with_the_key AFTER UPDATE OF key ON keys
WHEN NEW.key IS NULL
BEGIN
  DELETE FROM site_slots WHERE tenant = NEW.tenant;
  DELETE FROM site_days WHERE tenant = NEW.tenant;
  DELETE FROM sites WHERE tenant = NEW.tenant;
  DELETE FROM site_events WHERE tenant = NEW.tenant;
END;
