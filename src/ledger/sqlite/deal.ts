// Gives jobs without account to accounts, in turn and within today's limits.

import { deal, type Room } from "../../core/deal.ts";
import { jobId } from "../../core/ids.ts";
import type { AccountSettings } from "../../core/settings.ts";
import { jobDeferred } from "../ledger-events.ts";
import { takeAccounts } from "./known-accounts.ts";
import { IS_OPEN } from "./partial.ts";
import { dayFor, postsOn, systemZone, zoneOf } from "./posts.ts";
import { ensureAccount, type Scope } from "./scope.ts";
import type { Tx } from "./writer.ts";

type Undealt = { id: number; key: string; state: string; wake_at: number | null };
type Taker = Room & { id: number };

/** Undealt jobs that found no account wait for tomorrow; without any account, for the next start that names some. */
export function dealJobs(
  tx: Tx,
  scope: Scope,
  named: readonly AccountSettings[],
): { dealt: number; left: number; accounts: number } {
  const campaign = scope.ensure(tx);
  const jobs = tx.db.all<Undealt>(
    "SELECT id, key, state, wake_at FROM job WHERE campaign = ? AND account IS NULL AND state IN ('pending', 'deferred') ORDER BY priority DESC, id",
    campaign,
  );
  if (jobs.length === 0) return { dealt: 0, left: 0, accounts: named.length };
  takeAccounts(tx, campaign, named);
  const takers = takersOf(tx, { scope, campaign, named });
  const given = deal(jobs.length, takers);
  const ids = new Map(takers.map((t) => [t.account, t.id]));
  let left = 0;
  jobs.forEach((job, i) => {
    const id = ids.get(given[i] ?? "");
    if (id === undefined) {
      left++;
      putOff(tx, scope, { job, isForWant: takers.length === 0 });
    } else
      tx.db.run(
        "UPDATE job SET account = ?, platform = (SELECT platform FROM account WHERE id = ?), state = 'pending', wake_at = NULL, wake_reason = NULL WHERE id = ?",
        id,
        id,
        job.id,
      );
  });
  return { dealt: jobs.length - left, left, accounts: takers.length };
}

type Row = { id: number; name: string; daily_limit: number | null };

function takersOf(
  tx: Tx,
  { scope, campaign, named }: { scope: Scope; campaign: number; named: readonly AccountSettings[] },
): Taker[] {
  const isHeld = "hold_cause IS NULL";
  const rows =
    named.length > 0
      ? named.flatMap((a) =>
          tx.db.all<Row>(
            `SELECT id, name, daily_limit FROM account WHERE id = ? AND ${isHeld}`,
            ensureAccount(tx.db, a.platform, a.name),
          ),
        )
      : tx.db.all<Row>(
          `SELECT a.id, a.name, a.daily_limit FROM account a JOIN campaign_account c ON c.account = a.id WHERE c.campaign = ? AND ${isHeld} ORDER BY a.id`,
          campaign,
        );
  return rows.map((row) => ({ id: row.id, account: row.name, room: roomOf(tx, scope, row) }));
}

/** Today's limit less what is posted and what is waiting already. */
function roomOf(tx: Tx, scope: Scope, { id, daily_limit }: Row): number | null {
  const said = runLimits(tx, scope);
  const limit = daily_limit ?? said.daily;
  if (limit === 0) return null;
  const days = { zone: zoneOf(tx.db, id, said.zone), calendar: scope.deps.calendar };
  const day = dayFor(tx.db, id, { now: tx.now, ...days });
  const onItsWay = `SELECT count(*) AS n FROM job WHERE account = ? AND ${IS_OPEN} AND state IN ('pending', 'waiting', 'parked')`;
  const waiting = tx.db.one<{ n: number }>(onItsWay, id)?.n ?? 0;
  return Math.max(0, limit - postsOn(tx.db, id, day, days) - waiting);
}

/** The open run's. */
function runLimits(tx: Tx, scope: Scope): { daily: number; zone: string } {
  const row = tx.db.one<{ daily: number | null; zone: string | null }>(
    "SELECT settings ->> '$.limits.daily' AS daily, settings ->> '$.limits.timezone' AS zone FROM run WHERE campaign = ? AND is_open = 1",
    scope.find(),
  );
  return { daily: row?.daily ?? 1, zone: row?.zone ?? systemZone() };
}

function putOff(tx: Tx, scope: Scope, { job, isForWant }: { job: Undealt; isForWant: boolean }): void {
  const until = scope.deps.calendar.nextDay(tx.now, runLimits(tx, scope).zone);
  const reason = isForWant ? "no_account" : "daily_limit";
  if (!isForWant && job.state === "deferred" && job.wake_at === until) return; // told already
  tx.db.run(
    "UPDATE job SET state = 'deferred', wake_at = ?, wake_reason = ? WHERE id = ?",
    isForWant ? null : until,
    reason,
    job.id,
  );
  if (!isForWant) scope.emit(tx, jobDeferred({ job: jobId(job.key), account: null }, until, reason));
}
