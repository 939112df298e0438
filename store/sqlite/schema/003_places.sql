-- Form 3 adds each case's place in the docket: bytes that compare as the order of its rows does
-- (docket.Place). It is written with whatever changes it, so that a page of the docket is read in
-- its order, however many cases wait.

CREATE TABLE places (
  case_id TEXT PRIMARY KEY REFERENCES cases (id),
  family  TEXT NOT NULL,
  place   BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX places_in_order ON places (place);
CREATE INDEX places_of_family ON places (family, place);
