-- In which minutes of an hour an edge was there to tell anything: those that none tells of are an outage of the edges.
CREATE TABLE site_told (
  at      INTEGER PRIMARY KEY, -- when the hour began
  minutes INTEGER NOT NULL     -- a bit for each
) STRICT;
