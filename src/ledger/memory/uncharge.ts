// What an outage cost is given back to the jobs.
import type { RunEvent } from "../../core/events.ts";
import type { AttemptId } from "../../core/ids.ts";
import { isPaidFor } from "../ledger-rules.ts";
import { mustRun, type Tx } from "./handle.ts";
import { putBack } from "./standing.ts";
import type { AttemptRecord, CampaignRecord } from "./store.ts";

export function uncharge(
  tx: Tx,
  campaign: CampaignRecord,
  { attempts, event }: { attempts: readonly AttemptId[]; event: RunEvent },
): void {
  const run = mustRun(campaign);
  for (const id of attempts) {
    const attempt = tx.store.attempts.get(id);
    if (attempt?.run === run && attempt.state.phase === "failed" && isPaidFor(attempt.charge)) giveBack(tx, attempt);
  }
  tx.emit(event, campaign);
}

function giveBack(tx: Tx, attempt: AttemptRecord): void {
  const { job, charge } = attempt;
  if (charge !== null) job.spent = { ...job.spent, [charge]: Math.max(0, job.spent[charge] - 1) };
  attempt.charge = null;
  if (job.place.state === "failed" && job.attempts.at(-1) === attempt) putBack(tx, job);
}
