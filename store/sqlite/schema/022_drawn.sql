-- Form 22 holds that the second and the third verdict of a review are by whom a lot fell on: that a draw which
-- names them stands in the review, as form 16 holds it of switches.

CREATE TRIGGER verdicts_of_those_drawn BEFORE INSERT ON verdicts
WHEN NEW.nth > 1 AND NOT EXISTS (
  SELECT 1 FROM reviews r CROSS JOIN json_each(r.body, '$.draws') d WHERE r.id = NEW.review AND d.value ->> '$.drawn' = NEW.person)
BEGIN SELECT RAISE(ROLLBACK, 'a verdict after the first is by who was drawn for it, by lot'); END;
