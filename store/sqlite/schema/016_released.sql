-- Form 16 has a kill switch let go by two persons at once, of whom the second was drawn by lot, and holds
-- to it that both work here. Words of a first person that anybody could read are asked for anew.

DROP TRIGGER switches_are_released_in_two_steps;
DROP TRIGGER switches_are_released_by_persons;
UPDATE switches SET first_by = NULL, body = json_remove(body, '$.first') WHERE first_by IS NOT NULL AND second_by IS NULL;
ALTER TABLE switches ADD COLUMN drawn INTEGER; -- when the person was drawn who is waited for
CREATE INDEX switches_waiting ON switches (drawn) WHERE drawn IS NOT NULL;

CREATE TRIGGER switches_stay_released BEFORE UPDATE ON switches
WHEN OLD.second_by IS NOT NULL AND (NEW.second_by IS NOT OLD.second_by OR NEW.first_by IS NOT OLD.first_by OR NEW.body <> OLD.body)
  OR NEW.second_by IS NULL AND NEW.first_by IS NOT NULL
  OR NEW.kind <> OLD.kind OR NEW.key <> OLD.key OR NEW.pulled <> OLD.pulled OR NEW.pulled_by <> OLD.pulled_by
BEGIN SELECT RAISE(ROLLBACK, 'a switch is released by two persons at once, and stays released'); END;
-- Both said so in its review, and the second was drawn.
CREATE TRIGGER switches_are_released_by_two BEFORE UPDATE ON switches
WHEN OLD.second_by IS NULL AND NEW.second_by IS NOT NULL AND (
  2 <> (SELECT count(DISTINCT value ->> '$.person') FROM json_each(NEW.body, '$.review.verdicts') WHERE value ->> '$.grant' AND value ->> '$.person' IN (NEW.first_by, NEW.second_by))
  OR NOT EXISTS (SELECT 1 FROM json_each(NEW.body, '$.review.draws') WHERE value ->> '$.drawn' = NEW.second_by))
BEGIN SELECT RAISE(ROLLBACK, 'two persons release a switch in its review, and the second was drawn'); END;
-- Whoever keeps the books: without two who have enrolled and may decide nobody releases a switch.
CREATE TRIGGER switches_are_released_by_persons BEFORE UPDATE ON switches
WHEN OLD.second_by IS NULL AND NEW.second_by IS NOT NULL AND 2 <> (SELECT count(*) FROM appointed p
  WHERE p.person IN (NEW.first_by, NEW.second_by) AND EXISTS (SELECT 1 FROM accounts a WHERE a.person = p.person AND a.state = 'active')
    AND (p.person = NEW.first_by OR p.since + 604800000000000 <= CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER) * 1000000))
BEGIN SELECT RAISE(ROLLBACK, 'a switch is released by two who work here and may decide, the second for seven days'); END;
