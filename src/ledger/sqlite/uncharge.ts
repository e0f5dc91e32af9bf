// What an outage cost is given back to the jobs.
import type { RunEvent } from "../../core/events.ts";
import type { AttemptId } from "../../core/ids.ts";
import { isPaidFor } from "../ledger-rules.ts";
import { type AttemptRow, attemptByKey } from "./attempts.ts";
import { recountOutcome } from "./pass-counts.ts";
import type { Scope } from "./scope.ts";
import type { Tx } from "./writer.ts";

export function uncharge(
  tx: Tx,
  scope: Scope,
  { attempts, event }: { attempts: readonly AttemptId[]; event: RunEvent },
): void {
  const run = scope.openRun()?.id ?? null;
  for (const key of attempts) {
    const row = attemptByKey(tx.db, key);
    if (row?.run === run && row.phase === "failed" && isPaidFor(row.charge)) giveBack(tx, row);
  }
  scope.emit(tx, event);
}

function giveBack(tx: Tx, row: AttemptRow): void {
  const counter = `spent_${row.charge}`;
  tx.db.run("UPDATE attempt SET charge = NULL WHERE id = ?", row.id);
  tx.db.run(`UPDATE job SET ${counter} = max(0, ${counter} - 1) WHERE id = ? AND spent_run = ?`, row.job, row.run);
  recountOutcome(tx.db, row);
  if (row.job_state !== "failed" || row.last_attempt !== row.id) return;
  const [state, heldBy] = row.hold_cause === null ? ["pending", null] : ["held", "account"];
  tx.db.run(
    "UPDATE job SET state = ?, held_by = ?, category = NULL, cause = NULL WHERE id = ?",
    state,
    heldBy,
    row.job,
  );
}
