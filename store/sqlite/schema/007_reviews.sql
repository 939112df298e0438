-- Form 7 adds reviews: what two persons decide. That they are two, that the second and the third
-- had no part in it before, and that nothing which takes two is in force without them, is held
-- here, whoever writes; docs/two-persons.md says what the owner of the file could still forge.

CREATE TABLE reviews (
  id      TEXT PRIMARY KEY CHECK (id <> ''),
  case_id TEXT NOT NULL REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
  tenant  TEXT NOT NULL CHECK (tenant <> ''),
  about   TEXT NOT NULL CHECK (about IN ('measure', 'account', 'block', 'hold', 'release')),
  state   TEXT NOT NULL CHECK (state IN ('asked', 'drawn', 'split', 'agreed', 'settled', 'unseconded', 'overtaken')),
  opened  INTEGER NOT NULL,
  over    INTEGER NOT NULL CHECK (over = (state NOT IN ('asked', 'drawn', 'split'))),
  denies  INTEGER NOT NULL CHECK (denies IN (0, 1)), -- a verdict supports a denial
  first   TEXT NOT NULL CHECK (first <> ''),          -- who opened it
  second  TEXT CHECK (second IS NULL OR second <> '' AND second <> first),
  third   TEXT CHECK (third IS NULL OR second IS NOT NULL AND third NOT IN ('', first, second)),
  body    TEXT NOT NULL,
  CHECK (state NOT IN ('agreed', 'split', 'settled') OR second IS NOT NULL)
) STRICT;
CREATE INDEX reviews_of_case ON reviews (case_id, opened, id);
CREATE INDEX reviews_open ON reviews (case_id, opened, id) WHERE over = 0;
CREATE INDEX reviews_denying ON reviews (opened DESC, id) WHERE denies = 1;

-- What persons have a stake in; rule: they wrote it. Filled by entries and flags below.
CREATE TABLE interests (
  person TEXT NOT NULL CHECK (person <> ''),
  kind   TEXT NOT NULL CHECK (kind IN ('tenant', 'case', 'rule')),
  key    TEXT NOT NULL CHECK (key <> ''),
  since  INTEGER NOT NULL,
  PRIMARY KEY (kind, key, person)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO interests (person, kind, key, since)
  SELECT body ->> '$.actor.person', 'case', case_id, 0 FROM entries WHERE kind = 'acted' AND coalesce(body ->> '$.actor.person', '') <> '';
INSERT OR IGNORE INTO interests (person, kind, key, since)
  SELECT DISTINCT i.person, 'tenant', c.tenant, 0 FROM interests i JOIN cases c ON c.id = i.key WHERE i.kind = 'case';
INSERT OR IGNORE INTO interests (person, kind, key, since)
  SELECT DISTINCT body ->> '$.by.person', 'tenant', tenant, 0 FROM flags WHERE coalesce(body ->> '$.by.person', '') <> '';

CREATE TRIGGER interest_of_an_act AFTER INSERT ON entries
WHEN NEW.kind = 'acted' AND coalesce(NEW.body ->> '$.actor.person', '') <> ''
BEGIN
  INSERT INTO interests (person, kind, key, since)
    SELECT NEW.body ->> '$.actor.person', 'case', NEW.case_id, coalesce(unixepoch(NEW.body ->> '$.at') * 1000000000, 0)
    WHERE NOT EXISTS (SELECT 1 FROM interests WHERE kind = 'case' AND key = NEW.case_id AND person = NEW.body ->> '$.actor.person');
  INSERT INTO interests (person, kind, key, since)
    SELECT NEW.body ->> '$.actor.person', 'tenant', c.tenant, coalesce(unixepoch(NEW.body ->> '$.at') * 1000000000, 0) FROM cases c
    WHERE c.id = NEW.case_id AND NOT EXISTS (SELECT 1 FROM interests WHERE kind = 'tenant' AND key = c.tenant AND person = NEW.body ->> '$.actor.person');
END;
CREATE TRIGGER interest_of_a_flag AFTER INSERT ON flags
WHEN coalesce(NEW.body ->> '$.by.person', '') <> ''
BEGIN
  INSERT INTO interests (person, kind, key, since) SELECT NEW.body ->> '$.by.person', 'tenant', NEW.tenant, NEW.from_at
    WHERE NOT EXISTS (SELECT 1 FROM interests WHERE kind = 'tenant' AND key = NEW.tenant AND person = NEW.body ->> '$.by.person');
END;
CREATE TRIGGER interests_stay BEFORE UPDATE ON interests
BEGIN SELECT RAISE(ROLLBACK, 'interests are only added'); END;
CREATE TRIGGER interests_are_kept BEFORE DELETE ON interests
BEGIN SELECT RAISE(ROLLBACK, 'interests are only added'); END;

-- Since when a person may decide, by the clock of the machine: no program says it.
CREATE TABLE appointed (
  person TEXT PRIMARY KEY REFERENCES persons (id) ON DELETE CASCADE,
  since  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO appointed (person, since)
  SELECT p.id, min(a.made) FROM persons p JOIN accounts a ON a.person = p.id
  WHERE ' ' || p.may || ' ' GLOB '* reviewer *' OR ' ' || p.may || ' ' GLOB '* lead *' GROUP BY p.id;

CREATE TRIGGER appointed_as_new AFTER INSERT ON persons
WHEN ' ' || NEW.may || ' ' GLOB '* reviewer *' OR ' ' || NEW.may || ' ' GLOB '* lead *'
BEGIN
  INSERT INTO appointed (person, since) SELECT NEW.id, CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER) * 1000000
    WHERE NOT EXISTS (SELECT 1 FROM appointed WHERE person = NEW.id);
END;
CREATE TRIGGER appointed_later AFTER UPDATE OF may ON persons
WHEN ' ' || NEW.may || ' ' GLOB '* reviewer *' OR ' ' || NEW.may || ' ' GLOB '* lead *'
BEGIN
  INSERT INTO appointed (person, since) SELECT NEW.id, CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER) * 1000000
    WHERE NOT EXISTS (SELECT 1 FROM appointed WHERE person = NEW.id);
END;
CREATE TRIGGER dismissed AFTER UPDATE OF may ON persons
WHEN NOT (' ' || NEW.may || ' ' GLOB '* reviewer *' OR ' ' || NEW.may || ' ' GLOB '* lead *')
BEGIN DELETE FROM appointed WHERE person = NEW.id; END;

-- Who found what, each person once, in the order of their coming.
CREATE TABLE verdicts (
  review TEXT NOT NULL REFERENCES reviews (id),
  person TEXT NOT NULL CHECK (person <> ''),
  nth    INTEGER NOT NULL CHECK (nth BETWEEN 1 AND 3),
  at     INTEGER NOT NULL,
  rank   INTEGER NOT NULL, -- of the measure: 9 suspend, 10 deny
  grants INTEGER NOT NULL CHECK (grants IN (0, 1)),
  PRIMARY KEY (review, person),
  UNIQUE (review, nth)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER verdicts_by_those_asked BEFORE INSERT ON verdicts
WHEN NOT EXISTS (SELECT 1 FROM reviews r WHERE r.id = NEW.review
  AND NEW.person = CASE NEW.nth WHEN 1 THEN r.first WHEN 2 THEN r.second ELSE r.third END)
BEGIN SELECT RAISE(ROLLBACK, 'a verdict is by who opened the review, or by who was drawn for it'); END;
CREATE TRIGGER verdicts_without_an_interest BEFORE INSERT ON verdicts
WHEN NEW.nth > 1 AND EXISTS (
  SELECT 1 FROM reviews r CROSS JOIN interests i WHERE r.id = NEW.review AND i.person = NEW.person AND i.since <= r.opened AND (
    i.kind = 'tenant' AND i.key = r.tenant OR i.kind = 'case' AND i.key = r.case_id
    OR i.kind = 'rule' AND i.key IN (SELECT value FROM json_each(r.body, '$.rules'))))
BEGIN SELECT RAISE(ROLLBACK, 'the person had a part in it before: an act on the tenant or the case, or the rule is theirs'); END;
-- Where nobody works here, as in books of a replay, nobody can be asked who does.
CREATE TRIGGER verdicts_of_reviewers BEFORE INSERT ON verdicts
WHEN EXISTS (SELECT 1 FROM persons) AND NOT EXISTS (SELECT 1 FROM appointed a WHERE a.person = NEW.person)
BEGIN SELECT RAISE(ROLLBACK, 'a verdict is by a person who works here and may decide'); END;
CREATE TRIGGER verdicts_after_cooling BEFORE INSERT ON verdicts
WHEN NEW.nth > 1 AND EXISTS (
  SELECT 1 FROM reviews r JOIN cases c ON c.id = r.case_id JOIN appointed a ON a.person = NEW.person
  WHERE r.id = NEW.review AND (a.since >= c.opened OR a.since + 604800000000000 > NEW.at))
BEGIN SELECT RAISE(ROLLBACK, 'the person may decide since less than seven days, or since after the case was opened'); END;
CREATE TRIGGER verdicts_stay BEFORE UPDATE ON verdicts
BEGIN SELECT RAISE(ROLLBACK, 'verdicts are only added'); END;
CREATE TRIGGER verdicts_are_kept BEFORE DELETE ON verdicts
BEGIN SELECT RAISE(ROLLBACK, 'verdicts are only added'); END;

-- What two verdicts of one review support together; only of measures that take two.
CREATE TABLE agreements (
  id      TEXT PRIMARY KEY CHECK (id = review || ' ' || measure),
  review  TEXT NOT NULL REFERENCES reviews (id),
  measure TEXT NOT NULL CHECK (measure IN ('suspend', 'deny')),
  first   TEXT NOT NULL,
  second  TEXT NOT NULL CHECK (second <> first)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreements_of_review ON agreements (review);
CREATE TRIGGER agreements_of_two BEFORE INSERT ON agreements
WHEN 2 <> (SELECT count(*) FROM verdicts v WHERE v.review = NEW.review AND v.person IN (NEW.first, NEW.second)
  AND v.rank >= CASE NEW.measure WHEN 'deny' THEN 10 ELSE 9 END)
BEGIN SELECT RAISE(ROLLBACK, 'two persons have to support it, each in a verdict of their own'); END;
CREATE TRIGGER agreements_stay BEFORE UPDATE ON agreements
BEGIN SELECT RAISE(ROLLBACK, 'agreements are only added'); END;
CREATE TRIGGER agreements_are_kept BEFORE DELETE ON agreements
BEGIN SELECT RAISE(ROLLBACK, 'agreements are only added'); END;

-- The agreement that a decision rests on. It is set when the decision is made and never after,
-- so a decision that takes two comes into force as a new one.
ALTER TABLE decisions ADD COLUMN agreed TEXT
  CHECK (agreed IS NOT NULL OR NOT (mode = 'live' AND state = 'in_force' AND measure IN ('suspend', 'deny')));
CREATE TRIGGER decisions_rest_on_their_own_agreement BEFORE INSERT ON decisions
WHEN NEW.agreed IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agreements a JOIN reviews r ON r.id = a.review
  WHERE a.id = NEW.agreed AND r.case_id = NEW.case_id AND (a.measure = NEW.measure OR a.measure = 'deny')
  AND NEW.body ->> '$.actor.person' = a.first AND NEW.body ->> '$.actor.second' = a.second)
BEGIN SELECT RAISE(ROLLBACK, 'the decision is not what the two agreed on'); END;
CREATE TRIGGER decisions_rest_on_what_they_did BEFORE UPDATE OF agreed ON decisions
BEGIN SELECT RAISE(ROLLBACK, 'what a decision rests on stays'); END;

-- A clock more: until a person who was drawn gives their verdict.
CREATE TABLE clocks_now (
  case_id  TEXT NOT NULL REFERENCES cases (id),
  kind     TEXT NOT NULL CHECK (kind IN ('lease', 'hearing', 'tenant_answer', 'our_answer', 'appeal', 'joined', 'review', 'quiet', 'second')),
  decision TEXT NOT NULL,
  due      INTEGER NOT NULL,
  paused   INTEGER NOT NULL CHECK (paused IN (0, 1)),
  ended    INTEGER NOT NULL,
  body     TEXT NOT NULL,
  PRIMARY KEY (case_id, kind, decision)
) STRICT, WITHOUT ROWID;
INSERT INTO clocks_now (case_id, kind, decision, due, paused, ended, body) SELECT case_id, kind, decision, due, paused, ended, body FROM clocks;
DROP TABLE clocks;
ALTER TABLE clocks_now RENAME TO clocks;
CREATE INDEX clocks_not_ended ON clocks (case_id, due) WHERE ended = 0;
CREATE INDEX clocks_due ON clocks (due, case_id) WHERE ended = 0 AND paused = 0;
