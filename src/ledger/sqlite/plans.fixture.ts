// What SQLite means to do for each statement prepared in this process, and which of them would read every row there is: with a
// million jobs that blocks the event loop for a second, at worst once a claim.
import { DatabaseSync } from "node:sqlite";

/** Tables that grow with the jobs, under the names that queries give them. */
const LARGE = "(job|j|attempt|post|lane|event)";
/** No index, or one that only tells the campaign. An index that holds little may be read whole. */
const READS_ALL = new RegExp(
  `SCAN ${LARGE}( USING (COVERING )?INDEX sqlite_auto\\w+)?$|\\b${LARGE} USING (\\D+_autoindex_job_1|PRIMARY KEY) \\(campaign=\\?\\)$`,
);

/** Watches from now on. @returns a function that tells the statements that read all of a large table */
export function watchPlans(): () => string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function watched(sql) {
    if (!seen.has(sql)) {
      seen.add(sql);
      const steps = prepare.call(this, `EXPLAIN QUERY PLAN ${sql}`).all();
      if (steps.some((step) => READS_ALL.test(String(step.detail)))) found.add(sql.replace(/\s+/g, " "));
    }
    return prepare.call(this, sql);
  };
  return () => [...found].sort();
}
