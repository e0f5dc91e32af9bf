// Phones that cost while they are on: one row from before it is switched on until it is known to be off. An open row is ours.
export const PHONE_TIME = `
CREATE TABLE phone_time (
  id INTEGER PRIMARY KEY, device TEXT NOT NULL, provider TEXT NOT NULL, campaign INTEGER NOT NULL REFERENCES campaign,
  run INTEGER REFERENCES run, on_at INTEGER NOT NULL, off_at INTEGER
) STRICT;
CREATE UNIQUE INDEX phone_time_open ON phone_time (device) WHERE off_at IS NULL;
CREATE INDEX phone_time_run ON phone_time (run);
`;
