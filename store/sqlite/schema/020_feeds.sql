-- Form 20 keeps which inputs of sources are not what they were. Older programs would let machines act
-- by them, so they no longer write.

CREATE TABLE feeds (
  id     TEXT PRIMARY KEY CHECK (id <> ''),
  source TEXT NOT NULL CHECK (source <> ''),
  open   INTEGER NOT NULL CHECK (open IN (0, 1)), -- neither over nor accepted
  body   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX feeds_open ON feeds (source) WHERE open = 1;
CREATE TRIGGER feeds_do_not_open_again BEFORE UPDATE ON feeds WHEN OLD.open = 0 AND (NEW.open = 1 OR NEW.body <> OLD.body)
BEGIN SELECT RAISE(ROLLBACK, 'what a source sends is accepted, or over, once'); END;
CREATE TRIGGER feeds_are_kept BEFORE DELETE ON feeds
BEGIN SELECT RAISE(ROLLBACK, 'what sources sent is kept'); END;
