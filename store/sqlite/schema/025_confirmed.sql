-- Form 25 keeps which contacts were told last of an open case, and who of those who came since was confirmed, by
-- whom and when. Older programs would mark them as new and not let them confirm another, so they no longer write.
-- Of what was written before it is not known who was told last, until that is told again.

ALTER TABLE reach ADD COLUMN now       TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(now) AND json_type(now) = 'array');
ALTER TABLE reach ADD COLUMN confirmed TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(confirmed) AND json_type(confirmed) = 'array' AND json_array_length(confirmed) <= 32);

-- Whoever was confirmed stays so, by whom and when.
CREATE TRIGGER reach_confirmed_stays BEFORE UPDATE ON reach
WHEN EXISTS (SELECT 1 FROM json_each(OLD.confirmed) o WHERE o.value IS NOT (NEW.confirmed ->> ('$[' || o.key || ']')))
BEGIN SELECT RAISE(ROLLBACK, 'who was confirmed stays so'); END;
