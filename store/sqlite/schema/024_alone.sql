-- Form 24 holds that what takes two persons besides suspension and denial rests on an agreement too: a measure on
-- all that the tenant runs, and one that stands longer than a lease, or than one person may isolate; and that what
-- withholds data does so no longer, and of no more, than was ordered. It is seen by
-- what stands in the row and by what the tenant runs, not by what the program says that it is. What was in
-- force before stays as it is.

-- What two verdicts of one review support together, of any measure that is carried out.
DROP TRIGGER decisions_rest_on_their_own_agreement;
DROP TRIGGER decisions_rest_on_what_they_did;
CREATE TABLE agreements_now (
  id      TEXT PRIMARY KEY CHECK (id = review || ' ' || measure),
  review  TEXT NOT NULL REFERENCES reviews (id),
  measure TEXT NOT NULL CHECK (measure IN ('challenge', 'shut', 'limit', 'drop-flow', 'throttle', 'freeze', 'isolate', 'suspend', 'deny')),
  first   TEXT NOT NULL,
  second  TEXT NOT NULL CHECK (second <> first)
) STRICT, WITHOUT ROWID;
INSERT INTO agreements_now (id, review, measure, first, second) SELECT id, review, measure, first, second FROM agreements;
DROP TABLE agreements;
ALTER TABLE agreements_now RENAME TO agreements;
CREATE INDEX agreements_of_review ON agreements (review);

CREATE TABLE ranks (measure TEXT PRIMARY KEY, rank INTEGER NOT NULL) STRICT, WITHOUT ROWID; -- as verdicts have them
INSERT INTO ranks (measure, rank) VALUES ('none', 0), ('notify', 1), ('challenge', 2), ('shut', 3), ('limit', 4), ('drop-flow', 5),
  ('throttle', 6), ('freeze', 7), ('isolate', 8), ('suspend', 9), ('deny', 10);
CREATE TRIGGER ranks_stay BEFORE UPDATE ON ranks
BEGIN SELECT RAISE(ROLLBACK, 'how strong a measure is stays'); END;
CREATE TRIGGER ranks_are_kept BEFORE DELETE ON ranks
BEGIN SELECT RAISE(ROLLBACK, 'how strong a measure is stays'); END;

INSERT INTO agreements (id, review, measure, first, second)
  SELECT r.id || ' ' || k.measure, r.id, k.measure, a.person, b.person
  FROM reviews r JOIN ranks k ON k.measure = r.body ->> '$.result' AND k.rank > 1
  JOIN verdicts a ON a.review = r.id AND a.nth = (SELECT min(nth) FROM verdicts WHERE review = r.id AND rank >= k.rank)
  JOIN verdicts b ON b.review = r.id AND b.nth = (SELECT min(nth) FROM verdicts WHERE review = r.id AND rank >= k.rank AND nth > a.nth)
  WHERE NOT EXISTS (SELECT 1 FROM agreements WHERE id = r.id || ' ' || k.measure);

CREATE TRIGGER agreements_of_two BEFORE INSERT ON agreements
WHEN 2 <> (SELECT count(*) FROM verdicts v WHERE v.review = NEW.review AND v.person IN (NEW.first, NEW.second)
  AND v.rank >= (SELECT rank FROM ranks WHERE measure = NEW.measure))
BEGIN SELECT RAISE(ROLLBACK, 'two persons have to support it, each in a verdict of their own'); END;
CREATE TRIGGER agreements_stay BEFORE UPDATE ON agreements
BEGIN SELECT RAISE(ROLLBACK, 'agreements are only added'); END;
CREATE TRIGGER agreements_are_kept BEFORE DELETE ON agreements
BEGIN SELECT RAISE(ROLLBACK, 'agreements are only added'); END;

UPDATE decisions SET agreed = (SELECT a.id FROM reviews r JOIN agreements a ON a.review = r.id
    WHERE r.case_id = decisions.case_id AND a.measure = decisions.measure
    AND a.first = decisions.person AND a.second = decisions.body ->> '$.actor.second' LIMIT 1)
  WHERE agreed IS NULL AND mode = 'live' AND state = 'in_force' AND person IS NOT NULL;
CREATE TRIGGER decisions_rest_on_their_own_agreement BEFORE INSERT ON decisions
WHEN NEW.agreed IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agreements a JOIN reviews r ON r.id = a.review
  WHERE a.id = NEW.agreed AND r.case_id = NEW.case_id AND (a.measure = NEW.measure OR a.measure = 'deny')
  AND NEW.body ->> '$.actor.person' = a.first AND NEW.body ->> '$.actor.second' = a.second)
BEGIN SELECT RAISE(ROLLBACK, 'the decision is not what the two agreed on'); END;
CREATE TRIGGER decisions_rest_on_what_they_did BEFORE UPDATE OF agreed ON decisions
BEGIN SELECT RAISE(ROLLBACK, 'what a decision rests on stays'); END;

-- On what two were asked to agree, and until when, is not made more of once they were asked.
CREATE TRIGGER reviews_stay_about_what_was_asked BEFORE UPDATE ON reviews
WHEN NEW.body ->> '$.assets' IS NOT OLD.body ->> '$.assets' OR NEW.body ->> '$.until' IS NOT OLD.body ->> '$.until'
  OR NEW.body ->> '$.wanted' IS NOT OLD.body ->> '$.wanted' OR NEW.body ->> '$.hold' IS NOT OLD.body ->> '$.hold'
BEGIN SELECT RAISE(ROLLBACK, 'a review stays about the measure, the assets and the end that were asked for'); END;

-- What a tenant runs, as the program knew it when a measure last took effect that cuts off: a list in JSON.
CREATE TABLE running (
  tenant TEXT PRIMARY KEY CHECK (tenant <> ''),
  body   TEXT NOT NULL CHECK (json_type(body) = 'array')
) STRICT, WITHOUT ROWID;
CREATE TRIGGER running_is_kept BEFORE DELETE ON running
BEGIN SELECT RAISE(ROLLBACK, 'what a tenant runs is known anew, and not forgotten'); END;

-- The moments of reviews and decisions that are compared, out of the texts in which they stand.
CREATE VIEW reviews_until AS SELECT id, case_id, about, body,
  coalesce(unixepoch(substr(body ->> '$.until', 1, 19)) * 1000000000 + CAST(substr(rtrim(substr(body ->> '$.until', 21), 'Z') || '000000000', 1, 9) AS INTEGER), 0) AS until_at,
  coalesce(unixepoch(substr(body ->> '$.hold.until', 1, 19)) * 1000000000 + CAST(substr(rtrim(substr(body ->> '$.hold.until', 21), 'Z') || '000000000', 1, 9) AS INTEGER), 0) AS hold_until
  FROM reviews;
CREATE VIEW decisions_at AS SELECT made, id, case_id, state, mode, measure, from_at, until_at, body,
  coalesce(unixepoch(substr(body ->> '$.at', 1, 19)) * 1000000000 + CAST(substr(rtrim(substr(body ->> '$.at', 21), 'Z') || '000000000', 1, 9) AS INTEGER), 0) AS at
  FROM decisions;

-- What is in force, takes two persons, and rests on no agreement of two about it. In the place of what gave way
-- to it at that moment one may let stand what cuts off nothing more, and isolate until no later.
CREATE VIEW decisions_alone AS SELECT d.made, d.id FROM decisions d
  WHERE d.mode = 'live' AND d.state = 'in_force' AND d.measure = 'none' AND NOT EXISTS (
    SELECT 1 FROM reviews_until r CROSS JOIN verdicts a ON a.review = r.id CROSS JOIN verdicts b ON b.review = r.id
    WHERE r.case_id = d.case_id AND r.about = 'hold' AND NOT coalesce(r.body ->> '$.hold.ends', 0)
    AND a.grants = 1 AND b.grants = 1 AND a.person = d.body ->> '$.actor.person' AND b.person = d.body ->> '$.actor.second' AND a.person <> b.person
    AND d.until_at <= r.hold_until
    AND NOT EXISTS (SELECT 1 FROM json_each(d.body, '$.assets') x WHERE x.value NOT IN (SELECT value FROM json_each(r.body, '$.assets') WHERE value IS NOT NULL)))
  OR d.mode = 'live' AND d.state = 'in_force' AND d.measure NOT IN ('none', 'notify')
  AND (d.measure IN ('suspend', 'deny')
    OR d.until_at - d.from_at > 86400000000000
    OR d.measure = 'isolate' AND d.person IS NOT NULL AND d.until_at - d.from_at > 14400000000000
      AND NOT EXISTS (SELECT 1 FROM decisions_at o WHERE o.id = d.supersedes AND o.case_id = d.case_id AND o.mode = 'live' AND o.state = 'superseded'
        AND o.at = d.from_at AND o.from_at <= o.at AND o.measure IN ('isolate', 'suspend', 'deny') AND o.until_at >= d.until_at)
    OR d.measure IN ('freeze', 'isolate')
      AND NOT EXISTS (SELECT 1 FROM decisions_at o WHERE o.id = d.supersedes AND o.case_id = d.case_id AND o.mode = 'live' AND o.state = 'superseded'
        AND o.at = d.from_at AND o.from_at <= o.at AND o.measure IN ('freeze', 'isolate', 'suspend', 'deny')
        AND NOT EXISTS (SELECT 1 FROM json_each(d.body, '$.assets') x WHERE x.value NOT IN (SELECT value FROM json_each(o.body, '$.assets') WHERE value IS NOT NULL)))
      AND EXISTS (SELECT 1 FROM running r WHERE r.tenant = coalesce((SELECT c.tenant FROM cases c WHERE c.id = d.case_id), d.body ->> '$.tenant')
        AND json_array_length(r.body) > 1
        AND NOT EXISTS (SELECT 1 FROM json_each(r.body) a
          WHERE a.value NOT IN (SELECT value FROM json_each(d.body, '$.assets') WHERE value IS NOT NULL)
          AND NOT EXISTS (SELECT 1 FROM named_assets n CROSS JOIN decisions o ON o.id = n.decision CROSS JOIN cases c ON c.id = o.case_id
            WHERE n.asset = a.value AND o.made <> d.made AND c.tenant = r.tenant
            AND o.mode = 'live' AND o.state IN ('in_force', 'held') AND o.measure IN ('freeze', 'isolate', 'suspend', 'deny')))))
  AND NOT (d.agreed IS NOT NULL AND EXISTS (SELECT 1 FROM reviews_until r CROSS JOIN agreements a ON a.review = r.id
    WHERE r.case_id = d.case_id AND (a.measure = d.measure OR a.measure = 'deny')
    AND a.first = d.body ->> '$.actor.person' AND a.second = d.body ->> '$.actor.second'
    AND d.until_at <= max(r.until_at, d.from_at + CASE d.measure WHEN 'deny' THEN 31536000000000000 WHEN 'suspend' THEN 604800000000000 ELSE 86400000000000 END)
    AND NOT EXISTS (SELECT 1 FROM json_each(d.body, '$.assets') x WHERE x.value NOT IN (SELECT value FROM json_each(r.body, '$.assets') WHERE value IS NOT NULL))));

CREATE TRIGGER decisions_by_two AFTER INSERT ON decisions
WHEN NEW.mode = 'live' AND NEW.state = 'in_force' AND NEW.measure <> 'notify'
BEGIN SELECT RAISE(ROLLBACK, 'it takes two persons who agreed on it, on these assets and until then')
  WHERE EXISTS (SELECT 1 FROM decisions_alone WHERE made = NEW.made); END;
CREATE TRIGGER decisions_stay_by_two AFTER UPDATE ON decisions
WHEN NEW.mode = 'live' AND NEW.state = 'in_force' AND NEW.measure <> 'notify' AND (
  OLD.state <> 'in_force' OR OLD.mode <> 'live' OR NEW.measure <> OLD.measure OR NEW.from_at <> OLD.from_at OR NEW.until_at <> OLD.until_at
  OR NEW.case_id <> OLD.case_id OR NEW.person IS NOT OLD.person OR NEW.supersedes IS NOT OLD.supersedes OR NEW.body <> OLD.body)
BEGIN SELECT RAISE(ROLLBACK, 'it takes two persons who agreed on it, on these assets and until then')
  WHERE EXISTS (SELECT 1 FROM decisions_alone WHERE made = NEW.made); END;

-- The program reads the value, so the columns by which all this is seen say the same as it. What is not in force
-- by either has no effect.
CREATE VIEW decisions_unlike AS SELECT made FROM decisions
  WHERE state IS NOT body ->> '$.state' OR mode IS NOT body ->> '$.mode' OR measure IS NOT body ->> '$.measure'
  OR id IS NOT body ->> '$.id' OR case_id IS NOT body ->> '$.case'
  OR person IS NOT nullif(body ->> '$.actor.person', '') OR supersedes IS NOT nullif(body ->> '$.supersedes', '')
  OR from_at <> coalesce(unixepoch(substr(body ->> '$.from', 1, 19)) * 1000000000 + CAST(substr(rtrim(substr(body ->> '$.from', 21), 'Z') || '000000000', 1, 9) AS INTEGER), 0)
  OR until_at <> coalesce(unixepoch(substr(body ->> '$.until', 1, 19)) * 1000000000 + CAST(substr(rtrim(substr(body ->> '$.until', 21), 'Z') || '000000000', 1, 9) AS INTEGER), 0);
CREATE TRIGGER decisions_are_what_they_say AFTER INSERT ON decisions
WHEN NEW.state = 'in_force' OR NEW.body ->> '$.state' = 'in_force'
BEGIN SELECT RAISE(ROLLBACK, 'the columns of a decision in force say what its value says')
  WHERE EXISTS (SELECT 1 FROM decisions_unlike WHERE made = NEW.made); END;
CREATE TRIGGER decisions_stay_what_they_say AFTER UPDATE ON decisions
WHEN NEW.state = 'in_force' OR NEW.body ->> '$.state' = 'in_force'
BEGIN SELECT RAISE(ROLLBACK, 'the columns of a decision in force say what its value says')
  WHERE EXISTS (SELECT 1 FROM decisions_unlike WHERE made = NEW.made); END;

-- Who waits for a person is ordered by our clocks (docket.ClockKind.Shows), which makes other places of all cases.
DELETE FROM places;
