// Causes of failures, and the standing counted by them. `last_cause`: of a job's last failure; it stands while `job.cause` does.
import { addToTally, shown } from "./0001-first.ts";

const causeOf = (row: string) => `CASE WHEN ${row}.cause IS NULL THEN 0 ELSE coalesce(${row}.last_cause, 0) END`;
const count = (row: string) => addToTally(row, causeOf(row));

export const CAUSES = `
CREATE TABLE cause (
  id INTEGER PRIMARY KEY, campaign INTEGER NOT NULL REFERENCES campaign, key TEXT NOT NULL,
  category TEXT NOT NULL, word TEXT NOT NULL, title TEXT NOT NULL,
  first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, first_run TEXT, last_run TEXT,
  failures INTEGER NOT NULL DEFAULT 0, run_failures INTEGER NOT NULL DEFAULT 0,
  jobs INTEGER NOT NULL DEFAULT 0, accounts INTEGER NOT NULL DEFAULT 0, devices INTEGER NOT NULL DEFAULT 0, only_device TEXT,
  resolved_at INTEGER, resolved_by TEXT, resolved_note TEXT, regressed_at INTEGER,
  UNIQUE (campaign, key)
) STRICT;
CREATE INDEX cause_run ON cause (campaign, last_run);
-- whom a cause has met: the counters count each once
CREATE TABLE cause_met (cause INTEGER NOT NULL, kind TEXT NOT NULL, what ANY NOT NULL, PRIMARY KEY (cause, kind, what)) STRICT, WITHOUT ROWID;

ALTER TABLE attempt ADD COLUMN cause INTEGER REFERENCES cause;
ALTER TABLE job ADD COLUMN last_cause INTEGER REFERENCES cause;
CREATE INDEX job_cause ON job (last_cause) WHERE last_cause IS NOT NULL;
CREATE INDEX job_cause_now ON job (last_cause, account) WHERE last_cause IS NOT NULL AND state IN ('failed', 'unconfirmed');

DROP TRIGGER job_tally_add;
DROP TRIGGER job_tally_move;
DROP TABLE tally;
CREATE TABLE tally (
  campaign INTEGER NOT NULL, in_scope INTEGER NOT NULL, state TEXT NOT NULL, category TEXT NOT NULL, cause INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (campaign, in_scope, state, category, cause)
) STRICT, WITHOUT ROWID;
INSERT INTO tally SELECT campaign, in_scope, ${shown("job")}, coalesce(category, ''), 0, count(*) FROM job GROUP BY 1, 2, 3, 4;
CREATE TRIGGER job_tally_add AFTER INSERT ON job BEGIN ${count("NEW")} END;
CREATE TRIGGER job_tally_move AFTER UPDATE OF state, in_scope, category, cause, last_cause ON job
WHEN OLD.state IS NOT NEW.state OR OLD.in_scope IS NOT NEW.in_scope OR OLD.category IS NOT NEW.category OR ${causeOf("OLD")} IS NOT ${causeOf("NEW")}
BEGIN
  UPDATE tally SET n = n - 1 WHERE campaign = OLD.campaign AND in_scope = OLD.in_scope AND state = ${shown("OLD")}
    AND category = coalesce(OLD.category, '') AND cause = ${causeOf("OLD")};
  ${count("NEW")}
END;
`;
