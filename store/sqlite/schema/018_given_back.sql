-- Form 18 lets who acted on a case be the second person where a lawful order is to end before its time, which
-- takes nothing from anybody: whom that is about, the judge says. So that no such review withholds anything,
-- it stays what it is about, and what withholds data rests on none of them.

DROP TRIGGER verdicts_without_an_interest;
CREATE TRIGGER verdicts_without_an_interest BEFORE INSERT ON verdicts
WHEN NEW.nth > 1 AND EXISTS (
  SELECT 1 FROM reviews r CROSS JOIN interests i WHERE r.id = NEW.review AND i.person = NEW.person AND i.since <= r.opened
    AND NOT (r.about = 'hold' AND coalesce(r.body ->> '$.hold.ends', 0)) AND (
    i.kind = 'tenant' AND i.key = r.tenant OR i.kind = 'case' AND i.key = r.case_id
    OR i.kind = 'rule' AND i.key IN (SELECT value FROM json_each(r.body, '$.rules'))))
BEGIN SELECT RAISE(ROLLBACK, 'the person had a part in it before: an act on the tenant or the case, or the rule is theirs'); END;

CREATE TRIGGER reviews_stay_about_their_order BEFORE UPDATE ON reviews
WHEN coalesce(NEW.body ->> '$.hold.ends', 0) <> coalesce(OLD.body ->> '$.hold.ends', 0) OR NEW.about <> OLD.about
BEGIN SELECT RAISE(ROLLBACK, 'a review stays about an order, or about its end'); END;

DROP TRIGGER decisions_withhold_by_two;
CREATE TRIGGER decisions_withhold_by_two BEFORE INSERT ON decisions
WHEN NEW.mode = 'live' AND NEW.state = 'in_force' AND NEW.measure = 'none' AND NOT EXISTS (
  SELECT 1 FROM reviews r JOIN verdicts a ON a.review = r.id JOIN verdicts b ON b.review = r.id
  WHERE r.case_id = NEW.case_id AND r.about = 'hold' AND NOT coalesce(r.body ->> '$.hold.ends', 0)
  AND a.grants = 1 AND b.grants = 1 AND a.person <> b.person
  AND a.person = NEW.body ->> '$.actor.person' AND b.person = NEW.body ->> '$.actor.second')
BEGIN SELECT RAISE(ROLLBACK, 'access to data is withheld by a lawful order on which two persons agreed'); END;
