-- Form 17 keeps who could be told of an open case before its tenant's contacts were changed.

CREATE TABLE reach (
  case_id TEXT    PRIMARY KEY REFERENCES cases (id),
  listed  INTEGER NOT NULL CHECK (listed > 0),
  until   INTEGER NOT NULL CHECK (until > 0),
  kept    INTEGER NOT NULL DEFAULT 0 CHECK (kept >= 0),
  before  TEXT    NOT NULL CHECK (json_valid(before) AND json_array_length(before) > 0)
) STRICT;

-- Whoever could be told is not put out of reach by one more change, nor told for less long. With the
-- tenant's key the row is erased.
CREATE TRIGGER reach_stays BEFORE UPDATE ON reach
WHEN NEW.case_id <> OLD.case_id OR NEW.before <> OLD.before OR NEW.listed < OLD.listed OR NEW.until < OLD.until OR OLD.kept <> 0 AND NEW.kept <> OLD.kept
BEGIN SELECT RAISE(ROLLBACK, 'who could be told before stays, and is told no shorter'); END;
