// The first schema. Names of states inside the ledger: `waiting` and `parked` are shown as pending (core/retry.ts, JobNext).
// `tally` and `lane` are kept by triggers, so that any process may write and both always tell the truth:
// tally = how many jobs are in which state; lane = the accounts of a campaign that have a pending job, with the best one.
export const shown = (row: string) =>
  `CASE WHEN ${row}.state IN ('waiting','parked') THEN 'pending' ELSE ${row}.state END`;
const inLane = (row: string) => `(${row}.state = 'pending' AND ${row}.in_scope = 1 AND ${row}.account IS NOT NULL)`;
/** `cause`: what the column of that name gets. */
export const addToTally = (row: string, cause = `coalesce(${row}.cause, '')`) => `
  INSERT INTO tally (campaign, in_scope, state, category, cause, n)
  VALUES (${row}.campaign, ${row}.in_scope, ${shown(row)}, coalesce(${row}.category, ''), ${cause}, 1)
  ON CONFLICT DO UPDATE SET n = n + 1;`;
const enterLane = (row: string) => `
  INSERT INTO lane (campaign, account, priority, head, device)
  VALUES (${row}.campaign, ${row}.account, ${row}.priority, ${row}.id, (SELECT device FROM account WHERE id = ${row}.account))
  ON CONFLICT DO UPDATE SET priority = excluded.priority, head = excluded.head
  WHERE excluded.priority > priority OR (excluded.priority = priority AND excluded.head < head);`;

export const FIRST = `
CREATE TABLE ledger (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE campaign (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL, daily_limit INTEGER) STRICT;

CREATE TABLE account (
  id INTEGER PRIMARY KEY, platform TEXT NOT NULL, name TEXT NOT NULL,
  device TEXT, timezone TEXT, daily_limit INTEGER, window_from INTEGER, window_to INTEGER,
  hold_cause TEXT, hold_reason TEXT, held_at INTEGER, held_by TEXT, cooldown_until INTEGER,
  UNIQUE (platform, name)
) STRICT;
CREATE INDEX account_held ON account (held_at) WHERE hold_cause IS NOT NULL;
CREATE TABLE campaign_account (campaign INTEGER NOT NULL, account INTEGER NOT NULL, PRIMARY KEY (campaign, account)) STRICT, WITHOUT ROWID;

CREATE TABLE job (
  id INTEGER PRIMARY KEY, campaign INTEGER NOT NULL REFERENCES campaign, key TEXT NOT NULL,
  account INTEGER REFERENCES account, platform TEXT NOT NULL, media TEXT NOT NULL, caption TEXT NOT NULL, priority INTEGER NOT NULL,
  pool TEXT, not_before INTEGER, not_after INTEGER, allow_repost INTEGER NOT NULL, data TEXT NOT NULL,
  digest TEXT NOT NULL, source TEXT NOT NULL, imported INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('pending','waiting','parked','claimed','success','failed','unconfirmed','skipped','held','deferred')),
  in_scope INTEGER NOT NULL DEFAULT 1, category TEXT, cause TEXT, held_by TEXT, wake_at INTEGER, wake_reason TEXT,
  fence INTEGER NOT NULL DEFAULT 0, last_attempt INTEGER, attempts INTEGER NOT NULL DEFAULT 0,
  spent_run INTEGER, spent_infrastructure INTEGER NOT NULL DEFAULT 0, spent_unknown INTEGER NOT NULL DEFAULT 0, spent_rate INTEGER NOT NULL DEFAULT 0,
  pass_run INTEGER, pass_no INTEGER, pass_outcome TEXT,
  UNIQUE (campaign, key)
) STRICT;
CREATE INDEX job_lane ON job (campaign, account, priority DESC, id) WHERE state = 'pending' AND in_scope = 1;
CREATE INDEX job_wake ON job (campaign, state, wake_at) WHERE state IN ('waiting', 'deferred');
CREATE INDEX job_open ON job (account, state) WHERE state IN ('pending','waiting','parked','deferred','held');
CREATE INDEX job_held ON job (campaign, held_by) WHERE state = 'held';
CREATE INDEX job_parked ON job (campaign) WHERE state = 'parked';
CREATE INDEX job_failed ON job (campaign, category, cause, account) WHERE state = 'failed';
CREATE INDEX job_unconfirmed ON job (campaign) WHERE state = 'unconfirmed';
CREATE INDEX job_undealt ON job (campaign, priority DESC, id) WHERE account IS NULL;
CREATE INDEX job_out_of_scope ON job (campaign) WHERE in_scope = 0;

CREATE TABLE tally (
  campaign INTEGER NOT NULL, in_scope INTEGER NOT NULL, state TEXT NOT NULL, category TEXT NOT NULL, cause TEXT NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (campaign, in_scope, state, category, cause)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER job_tally_add AFTER INSERT ON job BEGIN ${addToTally("NEW")} END;
CREATE TRIGGER job_tally_move AFTER UPDATE OF state, in_scope, category, cause ON job
WHEN OLD.state IS NOT NEW.state OR OLD.in_scope IS NOT NEW.in_scope OR OLD.category IS NOT NEW.category OR OLD.cause IS NOT NEW.cause
BEGIN
  UPDATE tally SET n = n - 1 WHERE campaign = OLD.campaign AND in_scope = OLD.in_scope AND state = ${shown("OLD")}
    AND category = coalesce(OLD.category, '') AND cause = coalesce(OLD.cause, '');
  ${addToTally("NEW")}
END;

-- ready = 0: in flight in this campaign, or not before wake_at; device: the only one its account posts from
CREATE TABLE lane (
  campaign INTEGER NOT NULL, account INTEGER NOT NULL, priority INTEGER NOT NULL, head INTEGER NOT NULL,
  ready INTEGER NOT NULL DEFAULT 1, wake_at INTEGER, device TEXT, PRIMARY KEY (campaign, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX lane_ready ON lane (campaign, priority DESC, head) WHERE ready = 1;
CREATE INDEX lane_device ON lane (campaign, device, priority DESC, head) WHERE ready = 1;
CREATE INDEX lane_account ON lane (account);
CREATE INDEX lane_asleep ON lane (campaign, wake_at) WHERE ready = 0;
CREATE TRIGGER job_lane_add AFTER INSERT ON job WHEN ${inLane("NEW")} BEGIN ${enterLane("NEW")} END;
CREATE TRIGGER job_lane_enter AFTER UPDATE OF state, in_scope, account ON job
WHEN ${inLane("NEW")} AND (NOT ${inLane("OLD")} OR OLD.account IS NOT NEW.account) BEGIN ${enterLane("NEW")} END;
CREATE TRIGGER job_lane_leave AFTER UPDATE OF state, in_scope, account ON job
WHEN ${inLane("OLD")} AND (NOT ${inLane("NEW")} OR OLD.account IS NOT NEW.account) BEGIN
  UPDATE lane SET (priority, head) = (
    SELECT priority, id FROM job WHERE campaign = OLD.campaign AND account = OLD.account AND state = 'pending' AND in_scope = 1
    ORDER BY priority DESC, id LIMIT 1)
  WHERE campaign = OLD.campaign AND account = OLD.account AND head = OLD.id
    AND EXISTS (SELECT 1 FROM job WHERE campaign = OLD.campaign AND account = OLD.account AND state = 'pending' AND in_scope = 1);
  DELETE FROM lane WHERE campaign = OLD.campaign AND account = OLD.account AND head = OLD.id;
END;

CREATE TABLE run (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, campaign INTEGER NOT NULL REFERENCES campaign, is_open INTEGER NOT NULL,
  settings TEXT NOT NULL, holder TEXT NOT NULL, simulated INTEGER NOT NULL, is_paused INTEGER NOT NULL DEFAULT 0, is_stopping INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL, ended_at INTEGER, pass INTEGER NOT NULL DEFAULT 0, delay_until INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0, result TEXT, exit_code INTEGER
) STRICT;
CREATE UNIQUE INDEX run_open ON run (campaign) WHERE is_open = 1;
CREATE TABLE pass (
  run INTEGER NOT NULL REFERENCES run, number INTEGER NOT NULL, total_jobs INTEGER NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER, result TEXT,
  jobs_processed INTEGER NOT NULL DEFAULT 0, success_count INTEGER NOT NULL DEFAULT 0, failed_account INTEGER NOT NULL DEFAULT 0,
  failed_content INTEGER NOT NULL DEFAULT 0, failed_setup INTEGER NOT NULL DEFAULT 0, failed_infrastructure INTEGER NOT NULL DEFAULT 0,
  failed_unknown INTEGER NOT NULL DEFAULT 0, unconfirmed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, run INTEGER NOT NULL REFERENCES run, pass INTEGER NOT NULL, job INTEGER NOT NULL REFERENCES job,
  account INTEGER NOT NULL REFERENCES account, worker INTEGER NOT NULL, device TEXT, fence INTEGER NOT NULL,
  phase TEXT NOT NULL CHECK (phase IN ('running','publishing','posted','failed','unconfirmed','cancelled')),
  step TEXT NOT NULL, as_opaque INTEGER NOT NULL, day TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
  charge TEXT, failure TEXT, url TEXT, reason TEXT
) STRICT;
CREATE INDEX attempt_job ON attempt (job);
CREATE INDEX attempt_open ON attempt (job) WHERE phase IN ('running', 'publishing');

-- Posts made, unconfirmed or with an intent, for ever. 'void': provably not out; gives its place in the limit back.
CREATE TABLE post (
  id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account, media_hash TEXT, media TEXT NOT NULL, caption_hash TEXT, device TEXT,
  job INTEGER REFERENCES job, attempt INTEGER UNIQUE REFERENCES attempt,
  state TEXT NOT NULL CHECK (state IN ('opaque','open','posted','unconfirmed','void')),
  is_repost INTEGER NOT NULL, day TEXT NOT NULL, intent_at INTEGER NOT NULL, posted_at INTEGER, url TEXT, baseline TEXT,
  absent_since INTEGER, look_at INTEGER, pass INTEGER, run INTEGER
) STRICT;
CREATE UNIQUE INDEX post_once ON post (account, media_hash) WHERE state <> 'void' AND is_repost = 0 AND media_hash IS NOT NULL;
CREATE INDEX post_by_path ON post (account, media) WHERE state <> 'void';
CREATE INDEX post_by_day ON post (account, day) WHERE state <> 'void';
CREATE INDEX post_by_time ON post (account, intent_at) WHERE state <> 'void';
CREATE INDEX post_by_job ON post (job);

CREATE TABLE media (path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime REAL NOT NULL, hash TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE account_lease (account INTEGER PRIMARY KEY, campaign INTEGER NOT NULL, attempt INTEGER NOT NULL UNIQUE, taken_at INTEGER NOT NULL) STRICT;
CREATE TABLE device_lease (device TEXT PRIMARY KEY, campaign INTEGER NOT NULL, attempt INTEGER NOT NULL UNIQUE, taken_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE command (id INTEGER PRIMARY KEY, campaign INTEGER NOT NULL, type TEXT NOT NULL, by TEXT NOT NULL, sent_at INTEGER NOT NULL, taken_at INTEGER) STRICT;
CREATE INDEX command_new ON command (campaign) WHERE taken_at IS NULL;
CREATE TABLE event (seq INTEGER PRIMARY KEY, campaign INTEGER, run TEXT NOT NULL, ts INTEGER NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL) STRICT;
`;
