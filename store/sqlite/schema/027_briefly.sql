-- Form 27 asks of each decision and each entry what was asked before, at less cost. SQLite clears memory for all that a
-- trigger could do each time that the trigger fires, its condition included: for two of these that was more than to
-- write the row. So what fires with each row is short, and hands the few of which more is to be asked to a view that
-- keeps nothing, and has the long trigger. Nothing passes that did not before.

-- As decisions_unlike has it, which lists them. The value is long: what is compared is taken out of it at once (LIMIT
-- keeps SQLite from taking it out once for each comparison). Besides, both moments are of UTC: of another zone the
-- program reads another moment than these comparisons.
DROP TRIGGER decisions_are_what_they_say;
DROP TRIGGER decisions_stay_what_they_say;
CREATE TRIGGER decisions_are_what_they_say AFTER INSERT ON decisions
WHEN NEW.state = 'in_force' OR NEW.body ->> '$.state' = 'in_force'
BEGIN SELECT RAISE(ROLLBACK, 'the columns of a decision in force say what its value says')
  FROM (SELECT json_extract(NEW.body, '$.state', '$.mode', '$.measure', '$.id', '$.case', '$.actor.person', '$.supersedes', '$.from', '$.until') AS e LIMIT 1)
  WHERE NEW.state IS NOT e ->> '$[0]' OR NEW.mode IS NOT e ->> '$[1]' OR NEW.measure IS NOT e ->> '$[2]' OR NEW.id IS NOT e ->> '$[3]'
  OR NEW.case_id IS NOT e ->> '$[4]' OR NEW.person IS NOT nullif(e ->> '$[5]', '') OR NEW.supersedes IS NOT nullif(e ->> '$[6]', '')
  OR NEW.from_at <> coalesce(unixepoch(substr(e ->> '$[7]', 1, 19)) * 1000000000 + CAST(substr(rtrim(substr(e ->> '$[7]', 21), 'Z') || '000000000', 1, 9) AS INTEGER), 0)
  OR NEW.until_at <> coalesce(unixepoch(substr(e ->> '$[8]', 1, 19)) * 1000000000 + CAST(substr(rtrim(substr(e ->> '$[8]', 21), 'Z') || '000000000', 1, 9) AS INTEGER), 0)
  OR coalesce(nullif(substr(e ->> '$[7]', -1), ''), 'Z') <> 'Z' OR coalesce(nullif(substr(e ->> '$[8]', -1), ''), 'Z') <> 'Z'; END;
CREATE TRIGGER decisions_stay_what_they_say AFTER UPDATE ON decisions
WHEN NEW.state = 'in_force' OR NEW.body ->> '$.state' = 'in_force'
BEGIN SELECT RAISE(ROLLBACK, 'the columns of a decision in force say what its value says')
  FROM (SELECT json_extract(NEW.body, '$.state', '$.mode', '$.measure', '$.id', '$.case', '$.actor.person', '$.supersedes', '$.from', '$.until') AS e LIMIT 1)
  WHERE NEW.state IS NOT e ->> '$[0]' OR NEW.mode IS NOT e ->> '$[1]' OR NEW.measure IS NOT e ->> '$[2]' OR NEW.id IS NOT e ->> '$[3]'
  OR NEW.case_id IS NOT e ->> '$[4]' OR NEW.person IS NOT nullif(e ->> '$[5]', '') OR NEW.supersedes IS NOT nullif(e ->> '$[6]', '')
  OR NEW.from_at <> coalesce(unixepoch(substr(e ->> '$[7]', 1, 19)) * 1000000000 + CAST(substr(rtrim(substr(e ->> '$[7]', 21), 'Z') || '000000000', 1, 9) AS INTEGER), 0)
  OR NEW.until_at <> coalesce(unixepoch(substr(e ->> '$[8]', 1, 19)) * 1000000000 + CAST(substr(rtrim(substr(e ->> '$[8]', 21), 'Z') || '000000000', 1, 9) AS INTEGER), 0)
  OR coalesce(nullif(substr(e ->> '$[7]', -1), ''), 'Z') <> 'Z' OR coalesce(nullif(substr(e ->> '$[8]', -1), ''), 'Z') <> 'Z'; END;

-- Nothing else can be in decisions_alone than what these conditions say: by its measure, or since it stands longer than
-- a lease. (OR and not IN, for which SQLite makes a table.)
CREATE VIEW decisions_to_two (made) AS SELECT NULL WHERE 0;
CREATE TRIGGER decisions_to_two_are INSTEAD OF INSERT ON decisions_to_two
BEGIN SELECT RAISE(ROLLBACK, 'it takes two persons who agreed on it, on these assets and until then')
  WHERE EXISTS (SELECT 1 FROM decisions_alone WHERE made = NEW.made); END;
DROP TRIGGER decisions_by_two;
DROP TRIGGER decisions_stay_by_two;
CREATE TRIGGER decisions_by_two AFTER INSERT ON decisions
WHEN NEW.mode = 'live' AND NEW.state = 'in_force' AND NEW.measure <> 'notify' AND (
  NEW.measure = 'none' OR NEW.measure = 'freeze' OR NEW.measure = 'isolate' OR NEW.measure = 'suspend' OR NEW.measure = 'deny'
  OR NEW.until_at - NEW.from_at > 86400000000000)
BEGIN INSERT INTO decisions_to_two (made) VALUES (NEW.made); END;
CREATE TRIGGER decisions_stay_by_two AFTER UPDATE ON decisions
WHEN NEW.mode = 'live' AND NEW.state = 'in_force' AND NEW.measure <> 'notify' AND (
  NEW.measure = 'none' OR NEW.measure = 'freeze' OR NEW.measure = 'isolate' OR NEW.measure = 'suspend' OR NEW.measure = 'deny'
  OR NEW.until_at - NEW.from_at > 86400000000000) AND (
  OLD.state <> 'in_force' OR OLD.mode <> 'live' OR NEW.measure <> OLD.measure OR NEW.from_at <> OLD.from_at OR NEW.until_at <> OLD.until_at
  OR NEW.case_id <> OLD.case_id OR NEW.person IS NOT OLD.person OR NEW.supersedes IS NOT OLD.supersedes OR NEW.body <> OLD.body)
BEGIN INSERT INTO decisions_to_two (made) VALUES (NEW.made); END;

-- What names an agreement; what withholds data; what a person did.
CREATE VIEW decisions_agreed (agreed, case_id, measure, body) AS SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER decisions_agreed_are INSTEAD OF INSERT ON decisions_agreed
WHEN NOT EXISTS (SELECT 1 FROM agreements a JOIN reviews r ON r.id = a.review
  WHERE a.id = NEW.agreed AND r.case_id = NEW.case_id AND (a.measure = NEW.measure OR a.measure = 'deny')
  AND NEW.body ->> '$.actor.person' = a.first AND NEW.body ->> '$.actor.second' = a.second)
BEGIN SELECT RAISE(ROLLBACK, 'the decision is not what the two agreed on'); END;
DROP TRIGGER decisions_rest_on_their_own_agreement;
CREATE TRIGGER decisions_rest_on_their_own_agreement BEFORE INSERT ON decisions
WHEN NEW.agreed IS NOT NULL
BEGIN INSERT INTO decisions_agreed (agreed, case_id, measure, body) VALUES (NEW.agreed, NEW.case_id, NEW.measure, NEW.body); END;

CREATE VIEW decisions_ordered (case_id, body) AS SELECT NULL, NULL WHERE 0;
CREATE TRIGGER decisions_ordered_are INSTEAD OF INSERT ON decisions_ordered
WHEN NOT EXISTS (
  SELECT 1 FROM reviews r JOIN verdicts a ON a.review = r.id JOIN verdicts b ON b.review = r.id
  WHERE r.case_id = NEW.case_id AND r.about = 'hold' AND NOT coalesce(r.body ->> '$.hold.ends', 0)
  AND a.grants = 1 AND b.grants = 1 AND a.person <> b.person
  AND a.person = NEW.body ->> '$.actor.person' AND b.person = NEW.body ->> '$.actor.second')
BEGIN SELECT RAISE(ROLLBACK, 'access to data is withheld by a lawful order on which two persons agreed'); END;
DROP TRIGGER decisions_withhold_by_two;
CREATE TRIGGER decisions_withhold_by_two BEFORE INSERT ON decisions
WHEN NEW.mode = 'live' AND NEW.state = 'in_force' AND NEW.measure = 'none'
BEGIN INSERT INTO decisions_ordered (case_id, body) VALUES (NEW.case_id, NEW.body); END;

CREATE VIEW entries_of_persons (case_id, body) AS SELECT NULL, NULL WHERE 0;
CREATE TRIGGER interests_of_persons INSTEAD OF INSERT ON entries_of_persons
BEGIN
  INSERT INTO interests (person, kind, key, since)
    SELECT NEW.body ->> '$.actor.person', 'case', NEW.case_id, coalesce(unixepoch(NEW.body ->> '$.at') * 1000000000, 0)
    WHERE NOT EXISTS (SELECT 1 FROM interests WHERE kind = 'case' AND key = NEW.case_id AND person = NEW.body ->> '$.actor.person');
  INSERT INTO interests (person, kind, key, since)
    SELECT NEW.body ->> '$.actor.person', 'tenant', c.tenant, coalesce(unixepoch(NEW.body ->> '$.at') * 1000000000, 0) FROM cases c
    WHERE c.id = NEW.case_id AND NOT EXISTS (SELECT 1 FROM interests WHERE kind = 'tenant' AND key = c.tenant AND person = NEW.body ->> '$.actor.person');
END;
DROP TRIGGER interest_of_an_act;
CREATE TRIGGER interest_of_an_act AFTER INSERT ON entries
WHEN NEW.kind = 'acted' AND coalesce(NEW.body ->> '$.actor.person', '') <> ''
BEGIN INSERT INTO entries_of_persons (case_id, body) VALUES (NEW.case_id, NEW.body); END;
