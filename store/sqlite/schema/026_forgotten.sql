-- Form 26 lets what was said in the cases of a tenant be taken away with the tenant's key: words of the lines of a
-- timeline, and nothing else of them, and only once the key is erased. Older programs would erase a tenant and
-- leave what it said, so they no longer write.

DROP TRIGGER entries_stay;
CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
WHEN NEW.case_id <> OLD.case_id OR NEW.seq <> OLD.seq OR NEW.kind <> OLD.kind OR NEW.ref <> OLD.ref OR NEW.state <> OLD.state
  OR NEW.body <> json_remove(OLD.body, '$.words')
  OR NOT EXISTS (SELECT 1 FROM cases c JOIN keys k ON k.tenant = c.tenant WHERE c.id = OLD.case_id AND k.key IS NULL)
BEGIN SELECT RAISE(ROLLBACK, 'entries are only appended'); END;
