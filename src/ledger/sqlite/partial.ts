// Conditions of the schema's partial indexes. SQLite uses such an index only for a query that repeats its condition, even where
// another condition implies it (`state = 'waiting'` alone does not find job_wake); without it, it reads every job there is.

/** job_wake */
export const IS_WAITING = "state IN ('waiting', 'deferred')";
/** job_open */
export const IS_OPEN = "state IN ('pending','waiting','parked','deferred','held')";
/** attempt_open */
export const IS_RUNNING = "phase IN ('running', 'publishing')";
/** post_by_path, post_by_time */
export const STANDS = "state <> 'void'";
/** post_by_day */
export const IS_OURS = "state <> 'void' AND attempt IS NOT NULL";
/** post_imported. Of an earlier program; always posted */
export const IS_IMPORTED = "attempt IS NULL";
/** Left to itself SQLite takes the index of attempts, which has all imported posts under NULL. */
export const IMPORTED = "post INDEXED BY post_imported";
/** post_unread, post_unread_of; to be named, as for `IMPORTED` */
export const IS_UNREAD = "attempt IS NULL AND media_hash IS NULL";
