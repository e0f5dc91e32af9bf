// What happened to a job besides its attempts. Kept by triggers, so that no way to change a job is without a trace; a job that is
// claimed and posted costs none. `tries`: attempts it had by then. An attempt that somebody settles later keeps how it ended.
const wasMoved = `(OLD.state <> NEW.state OR (NEW.state = 'held' AND OLD.held_by IS NOT NEW.held_by)) AND NEW.state <> 'claimed'
  AND NOT (OLD.state = 'claimed' AND NEW.state IN ('success', 'failed', 'unconfirmed'))`;
const note = (from: string) => `
  INSERT INTO move (job, at, tries, from_state, to_state, held_by, until, why)
  VALUES (NEW.id, CAST(unixepoch('subsec') * 1000 AS INTEGER), NEW.attempts, ${from}, NEW.state, NEW.held_by, NEW.wake_at, NEW.wake_reason);`;

export const MOVES = `
CREATE TABLE move (
  id INTEGER PRIMARY KEY, job INTEGER NOT NULL REFERENCES job, at INTEGER NOT NULL, tries INTEGER NOT NULL,
  from_state TEXT NOT NULL, to_state TEXT NOT NULL, held_by TEXT, until INTEGER, why TEXT, by TEXT
) STRICT;
CREATE INDEX move_job ON move (job);
INSERT INTO move (job, at, tries, from_state, to_state, held_by, until, why)
  SELECT id, 0, attempts, 'taken_in', state, held_by, wake_at, wake_reason FROM job WHERE state <> 'pending' AND attempts = 0;
CREATE TRIGGER job_taken_in AFTER INSERT ON job WHEN NEW.state <> 'pending' BEGIN ${note("'taken_in'")} END;
CREATE TRIGGER job_moved AFTER UPDATE OF state, held_by ON job WHEN ${wasMoved} BEGIN ${note("OLD.state")} END;
ALTER TABLE attempt ADD COLUMN first_phase TEXT;
ALTER TABLE attempt ADD COLUMN first_failure TEXT;
`;
