-- Form 13 keeps the lots that are drawn over cases which nobody appealed, and what people find who
-- look at them all the same, or at known cases among them; and how long people were busy with a case.

CREATE TABLE audits (
  id      TEXT PRIMARY KEY CHECK (id <> ''),
  case_id TEXT NOT NULL REFERENCES cases (id),
  tenant  TEXT NOT NULL CHECK (tenant <> ''),
  control INTEGER NOT NULL CHECK (control IN (0, 1)),
  opened  INTEGER NOT NULL,
  share   INTEGER NOT NULL CHECK (share BETWEEN 0 AND 1000),
  nonce   TEXT NOT NULL CHECK (nonce <> ''),
  drawn   TEXT NOT NULL,  -- '' where there was nobody
  state   TEXT NOT NULL CHECK (state IN ('passed', 'open', 'done')),
  person  TEXT NOT NULL CHECK ((person <> '') = (state = 'done')),
  found   TEXT NOT NULL CHECK (found IN ('none', 'confirmed', 'victim', 'policy_mismatch', 'false_positive', 'inconclusive')
    AND (found <> 'none') = (state = 'done')),
  body    TEXT NOT NULL,
  CHECK (control = 0 OR state <> 'passed')
) STRICT;
CREATE INDEX audits_of_case ON audits (case_id, opened, id);
CREATE INDEX audits_drawn ON audits (opened DESC, id);
CREATE INDEX audits_asked ON audits (opened DESC, id) WHERE state <> 'passed';
CREATE INDEX audits_controls ON audits (drawn, opened, id) WHERE control = 1;
CREATE INDEX lessons_innocent ON lessons (at DESC, case_id) WHERE outcome = 4;
-- How many are open of a family is counted for each page of the docket.
CREATE INDEX cases_open_of_family ON cases (family, state) WHERE state <> 'closed';

-- Nobody draws again until the lot falls otherwise, and nobody says afterwards that they saw it.
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audits
  WHEN OLD.state <> 'open' OR NEW.state = 'passed' OR OLD.id <> NEW.id OR OLD.case_id <> NEW.case_id OR OLD.tenant <> NEW.tenant OR OLD.control <> NEW.control
    OR OLD.opened <> NEW.opened OR OLD.share <> NEW.share OR OLD.nonce <> NEW.nonce OR OLD.drawn <> NEW.drawn BEGIN
  SELECT RAISE(ABORT, 'a lot stays as it fell, and what was found about it as it was said');
END;
CREATE TRIGGER audit_asked BEFORE INSERT ON audits WHEN NEW.state = 'done' BEGIN
  SELECT RAISE(ABORT, 'an audit is open before it is done');
END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audits BEGIN
  SELECT RAISE(ABORT, 'audits are kept');
END;

-- Who had a part in it does not look at it as another would.
CREATE TRIGGER audit_of_others BEFORE UPDATE ON audits
  WHEN NEW.state = 'done' AND EXISTS (SELECT 1 FROM interests i WHERE i.person = NEW.person AND (
    i.kind = 'tenant' AND i.key = NEW.tenant OR i.kind = 'case' AND i.key = NEW.case_id
    OR i.kind = 'rule' AND i.key IN (SELECT rule FROM lessons WHERE case_id = NEW.case_id))) BEGIN
  SELECT RAISE(ABORT, 'the person had a part in it: an act on the tenant or the case, or the rule is theirs');
END;
CREATE TRIGGER audit_by_reviewers BEFORE UPDATE ON audits
  WHEN NEW.state = 'done' AND EXISTS (SELECT 1 FROM persons) AND NOT EXISTS (SELECT 1 FROM appointed a WHERE a.person = NEW.person) BEGIN
  SELECT RAISE(ABORT, 'an audit is by a person who works here and may decide');
END;

-- How long people were busy with a case, in seconds; NULL where that was not measured.
ALTER TABLE lessons ADD COLUMN human INTEGER CHECK (human >= 0);
ALTER TABLE tallies ADD COLUMN human INTEGER NOT NULL DEFAULT 0 CHECK (human >= 0);
ALTER TABLE tallies ADD COLUMN measured INTEGER NOT NULL DEFAULT 0 CHECK (measured >= 0);
DROP TRIGGER IF EXISTS lesson_counted;
CREATE TRIGGER lesson_counted AFTER INSERT ON lessons BEGIN
  INSERT INTO tallies (rule, version, outcome, audited, n, human, measured)
    VALUES (NEW.rule, NEW.version, NEW.outcome, NEW.audited, 1, coalesce(NEW.human, 0), NEW.human IS NOT NULL)
    ON CONFLICT (rule, version, outcome, audited) DO UPDATE SET n = n + 1, human = human + excluded.human, measured = measured + excluded.measured;
END;
DROP TRIGGER IF EXISTS lesson_forgotten;
CREATE TRIGGER lesson_forgotten AFTER DELETE ON lessons BEGIN
  UPDATE tallies SET n = n - 1, human = human - coalesce(OLD.human, 0), measured = measured - (OLD.human IS NOT NULL)
    WHERE rule = OLD.rule AND version = OLD.version AND outcome = OLD.outcome AND audited = OLD.audited;
END;

-- Those that wait for a person are shown on the docket.
CREATE INDEX credits_proposed ON credits (closed, id) WHERE state = 'proposed';
