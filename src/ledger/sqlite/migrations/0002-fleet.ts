// Phones: which we started and have not stopped, which are out. A lease with a mark lasts while a fleet holds the phone, one
// without while the attempt runs.
export const FLEET = `
DROP TABLE device_lease;
CREATE TABLE device_lease (
  device TEXT PRIMARY KEY, campaign INTEGER NOT NULL, attempt INTEGER UNIQUE, mark TEXT, taken_at INTEGER NOT NULL,
  CHECK (attempt IS NOT NULL OR mark IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE TABLE device (
  id TEXT PRIMARY KEY, provider TEXT NOT NULL, campaign INTEGER, mark TEXT, started_at INTEGER, ready_at INTEGER,
  out_by TEXT, out_cause TEXT, out_reason TEXT, out_since INTEGER, out_until INTEGER,
  fault_cause TEXT, fault_message TEXT, fault_at INTEGER, faults INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
`;
