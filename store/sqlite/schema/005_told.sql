-- Form 5 puts cases in which a measure is in force that nobody told its tenant of before others
-- (docket.Row.Unaware), which makes other places of all of them.

DELETE FROM places;
