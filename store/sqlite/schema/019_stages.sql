-- Form 19 keeps at which stage each version of a rule stands, and how often one that is only watched
-- would have done something. Nothing of it is edited: what was kept last about a version counts.

CREATE TABLE stages (
  rule    TEXT NOT NULL CHECK (rule <> ''),
  version INTEGER NOT NULL CHECK (version > 0),
  nth     INTEGER NOT NULL CHECK (nth > 0),
  stage   TEXT NOT NULL CHECK (stage IN ('draft', 'backtest', 'shadow', 'confirm', 'canary', 'live')),
  person  TEXT CHECK (person <> ''), -- NULL: it began there
  at      INTEGER NOT NULL,
  body    TEXT NOT NULL,
  PRIMARY KEY (rule, version, nth)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER stages_fixed BEFORE UPDATE ON stages BEGIN
  SELECT RAISE(ABORT, 'where a rule stood is never edited: what is kept later counts');
END;
CREATE TRIGGER stages_kept BEFORE DELETE ON stages BEGIN
  SELECT RAISE(ABORT, 'where a rule stood is not taken away');
END;
-- Up by one stage at a time, whoever keeps the books; but where it begins anew.
CREATE TRIGGER stages_in_order BEFORE INSERT ON stages
WHEN NEW.person IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stages o
  WHERE o.rule = NEW.rule AND o.version = NEW.version AND o.nth = NEW.nth - 1
    AND instr('draft backtest shadow confirm canary live', NEW.stage) <=
        instr('draft backtest shadow confirm canary live', o.stage) + length(o.stage) + 1)
BEGIN SELECT RAISE(ABORT, 'a person brings a version that is known up by one stage at a time'); END;

CREATE TABLE shadow_hits (
  rule    TEXT NOT NULL,
  version INTEGER NOT NULL,
  finding TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (rule, version, finding)
) STRICT, WITHOUT ROWID;
