-- Form 15 holds that access to data ends by nothing but a lawful order on which two persons agreed, and
-- finds those that are in force.

CREATE INDEX decisions_withholding ON decisions (case_id, id)
  WHERE mode = 'live' AND state = 'in_force' AND measure = 'none';

CREATE TRIGGER decisions_withhold_by_two BEFORE INSERT ON decisions
WHEN NEW.mode = 'live' AND NEW.state = 'in_force' AND NEW.measure = 'none' AND NOT EXISTS (
  SELECT 1 FROM reviews r JOIN verdicts a ON a.review = r.id JOIN verdicts b ON b.review = r.id
  WHERE r.case_id = NEW.case_id AND r.about = 'hold' AND a.grants = 1 AND b.grants = 1 AND a.person <> b.person
  AND a.person = NEW.body ->> '$.actor.person' AND b.person = NEW.body ->> '$.actor.second')
BEGIN SELECT RAISE(ROLLBACK, 'access to data is withheld by a lawful order on which two persons agreed'); END;
CREATE TRIGGER decisions_withhold_anew BEFORE UPDATE OF state, mode, measure ON decisions
WHEN NEW.mode = 'live' AND NEW.state = 'in_force' AND NEW.measure = 'none' AND OLD.state <> 'in_force'
BEGIN SELECT RAISE(ROLLBACK, 'what withholds data comes into force as a new decision'); END;
