import { instant } from "../../core/ids.ts";
import { limitDay } from "../../core/limits.ts";
import type { AccountDesk, AccountView, LedgerDeps } from "../ledger.ts";
import { accountHeld, accountReleased } from "../ledger-events.ts";
import type { Database } from "./database.ts";
import { IS_OPEN, STANDS } from "./partial.ts";
import { lastPostAt, localDayOf, newestDay, postsOn } from "./posts.ts";
import { holdJobsOf } from "./settle.ts";
import type { Tx, Writer } from "./writer.ts";

type Row = {
  id: number;
  platform: string;
  name: string;
  device: string | null;
  timezone: string | null;
  daily_limit: number | null;
  window_from: number | null;
  window_to: number | null;
  hold_cause: string | null;
  hold_reason: string | null;
  held_at: number | null;
  held_by: "person" | "run" | null;
  cooldown_until: number | null;
};
type Name = { name: string; platform: string };

export function openAccountDesk(db: Database, writer: Writer, deps: LedgerDeps): AccountDesk {
  return {
    async list() {
      return db
        .all<Row>("SELECT * FROM account ORDER BY hold_cause IS NULL, platform, name")
        .map((row) => viewOf(db, row, deps));
    },
    async held(limit) {
      const sql = "SELECT name FROM account WHERE hold_cause IS NOT NULL ORDER BY held_at LIMIT ?";
      return db.all<{ name: string }>(sql, limit).map((row) => row.name);
    },
    hold: (account, by, reason) => writer.write((tx) => holdAccount(tx, account, { by, reason })),
    release: (account, by, force) => writer.write((tx) => releaseAccount(tx, account, { by, force })),
  };
}

function viewOf(db: Database, row: Row, deps: LedgerDeps): AccountView {
  const now = deps.now();
  const day = limitDay(localDayOf(db, row.id, { at: now, calendar: deps.calendar }), newestDay(db, row.id));
  const count = (states: string) =>
    db.one<{ n: number }>(
      `SELECT count(*) AS n FROM job WHERE account = ? AND ${IS_OPEN} AND state IN (${states})`,
      row.id,
    )?.n ?? 0;
  return {
    name: row.name,
    platform: row.platform,
    state: stateOf(row, now),
    hold:
      row.hold_cause === null
        ? null
        : {
            cause: row.hold_cause,
            reason: row.hold_reason ?? "",
            at: instant(row.held_at ?? 0),
            by: row.held_by ?? "person",
            cooldownUntil: row.cooldown_until === null ? null : instant(row.cooldown_until),
          },
    settings: {
      name: row.name,
      platform: row.platform,
      device: row.device,
      timezone: row.timezone,
      dailyLimit: row.daily_limit,
      window: row.window_from === null || row.window_to === null ? null : { from: row.window_from, to: row.window_to },
    },
    postsToday: postsOn(db, row.id, day),
    lastPostAt: lastPostAt(db, row.id),
    pending: count("'pending','waiting','parked'"),
    held: count("'held'"),
    unconfirmed:
      db.one<{ n: number }>(
        `SELECT count(*) AS n FROM post WHERE account = ? AND ${STANDS} AND state = 'unconfirmed'`,
        row.id,
      )?.n ?? 0,
  };
}

function stateOf(row: Row, now: number): AccountView["state"] {
  if (row.hold_cause === null) return "ok";
  return row.cooldown_until !== null && row.cooldown_until <= now ? "ready_for_review" : "held";
}

function find(tx: Tx, { name, platform }: Name): Row | undefined {
  return tx.db.one<Row>("SELECT * FROM account WHERE platform = ? AND name = ?", platform, name);
}

function holdAccount(tx: Tx, account: Name, { reason }: { by: string; reason: string }): { jobs: number } | null {
  const row = find(tx, account);
  if (row === undefined) return null;
  if (row.hold_cause !== null) return { jobs: 0 };
  const hold = { cause: "held_by_person", reason, cooldownUntil: null };
  tx.db.run(
    "UPDATE account SET hold_cause = ?, hold_reason = ?, held_at = ?, held_by = 'person', cooldown_until = NULL WHERE id = ?",
    hold.cause,
    reason,
    tx.now,
    row.id,
  );
  const jobs = holdJobsOf(tx, row.id);
  tx.emit({ campaign: null, run: "-" }, accountHeld(account, hold, jobs));
  return { jobs };
}

function releaseAccount(tx: Tx, account: Name, { force }: { by: string; force: boolean }) {
  const row = find(tx, account);
  if (row === undefined) return null;
  if (row.hold_cause === null) return { released: false as const, why: `${account.name} is not held` };
  if (row.cooldown_until !== null && row.cooldown_until > tx.now && !force) {
    const until = new Date(row.cooldown_until).toISOString();
    return {
      released: false as const,
      why: `${account.name} cools down until ${until} (${row.hold_cause}); --force releases it all the same`,
    };
  }
  tx.db.run(
    "UPDATE account SET hold_cause = NULL, hold_reason = NULL, held_at = NULL, held_by = NULL, cooldown_until = NULL WHERE id = ?",
    row.id,
  );
  const jobs = tx.db.run(
    `UPDATE job SET state = 'pending', held_by = NULL WHERE account = ? AND ${IS_OPEN} AND state = 'held' AND held_by = 'account'`,
    row.id,
  );
  tx.emit({ campaign: null, run: "-" }, accountReleased(account, jobs));
  return { released: true as const, jobs };
}
