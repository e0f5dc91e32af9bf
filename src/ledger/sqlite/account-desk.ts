import { type Instant, instant } from "../../core/ids.ts";
import type { AccountDesk, AccountView, LedgerDeps } from "../ledger.ts";
import { accountHeld, accountReleased } from "../ledger-events.ts";
import { accountLimits, coolsDown, nextTurn, noLimits } from "../ledger-rules.ts";
import type { Database } from "./database.ts";
import { type AccountRow, accountSettings } from "./job-rows.ts";
import { signed } from "./moves.ts";
import { IMPORTED, IS_IMPORTED, IS_OPEN, IS_OURS, STANDS } from "./partial.ts";
import { dayAfter, postsOn, systemZone } from "./posts.ts";
import { holdJobsOf } from "./settle.ts";
import type { Tx, Writer } from "./writer.ts";

type Row = AccountRow & {
  id: number;
  hold_cause: string | null;
  hold_reason: string | null;
  held_at: number | null;
  held_by: "person" | "run" | null;
  cooldown_until: number | null;
};
type Name = { name: string; platform: string };

type Asked = Parameters<AccountDesk["list"]>[0];

export function openAccountDesk(db: Database, writer: Writer, deps: LedgerDeps): AccountDesk {
  return {
    async list(settings = noLimits(systemZone())) {
      const when = { now: deps.now(), calendar: deps.calendar };
      return db.all<StandingRow>(ALL).map((row) => viewOf(db, row, { ...when, settings }));
    },
    async held(limit) {
      const sql = "SELECT name FROM account WHERE hold_cause IS NOT NULL ORDER BY held_at LIMIT ?";
      return db.all<{ name: string }>(sql, limit).map((row) => row.name);
    },
    hold: (account, by, reason) =>
      writer.write((tx) => signed(tx, { by, why: reason }, () => holdAccount(tx, account, { by, reason }))),
    release: (account, by, force) =>
      writer.write((tx) => signed(tx, RELEASED(by), () => releaseAccount(tx, account, { by, force }))),
  };
}

const RELEASED = (by: string) => ({ by, why: "its account was released" });

type StandingRow = Row & {
  newest_day: string | null;
  imported_at: number | null;
  last_at: number | null;
  pending: number | null;
  deferred: number | null;
  held: number | null;
  open_at: number | null;
  unconfirmed: number | null;
};

/** Every account with its standing, in one go: a few queries for each would take seconds where there are thousands. */
const ALL = `
SELECT a.*, o.pending, o.deferred, o.held, o.open_at, u.n AS unconfirmed,
  (SELECT max(day) FROM post WHERE account = a.id AND ${IS_OURS}) AS newest_day,
  (SELECT max(intent_at) FROM ${IMPORTED} WHERE account = a.id AND ${IS_IMPORTED}) AS imported_at,
  (SELECT max(intent_at) FROM post WHERE account = a.id AND ${STANDS}) AS last_at
FROM account a
LEFT JOIN (
  SELECT account, sum(state IN ('pending','waiting','parked')) AS pending, sum(state = 'deferred') AS deferred, sum(state = 'held') AS held,
    min(CASE WHEN state IN ('waiting','deferred') THEN wake_at WHEN state <> 'held' THEN coalesce(not_before, 0) END) AS open_at
  FROM job WHERE ${IS_OPEN} GROUP BY account
) o ON o.account = a.id
LEFT JOIN (SELECT account, count(*) AS n FROM job WHERE state = 'unconfirmed' GROUP BY account) u ON u.account = a.id
ORDER BY a.hold_cause IS NULL, a.platform, a.name`;

type When = { now: Instant; calendar: LedgerDeps["calendar"]; settings: NonNullable<Asked> };

function viewOf(db: Database, row: StandingRow, { now, calendar, settings }: When): AccountView {
  const own = accountSettings(row);
  const limits = accountLimits(settings, own);
  const days = { zone: limits.zone, calendar };
  const day = dayAfter({ day: row.newest_day, importedAt: row.imported_at }, { now, ...days });
  const facts = {
    isHeld: row.hold_cause !== null,
    postsToday: hasPostOn(row, day) ? postsOn(db, row.id, day, days) : 0,
    lastPostAt: row.last_at === null ? null : instant(row.last_at),
  };
  const openAt = row.open_at === null ? null : instant(row.open_at);
  return {
    name: row.name,
    platform: row.platform,
    state: stateOf(row, now),
    hold: holdOf(row),
    settings: own,
    limits,
    postsToday: facts.postsToday,
    lastPostAt: facts.lastPostAt,
    nextAt: nextTurn(now, openAt, facts, { limits, calendar }),
    pending: row.pending ?? 0,
    deferred: row.deferred ?? 0,
    held: row.held ?? 0,
    unconfirmed: row.unconfirmed ?? 0,
  };
}

/** `false` for nearly all of thousands: they need no query of their own. */
function hasPostOn({ newest_day, imported_at }: StandingRow, day: string): boolean {
  return newest_day === day || (imported_at !== null && imported_at > Date.parse(day) - DAY_MS);
}

/** No zone's day begins so long before that of UTC. */
const DAY_MS = 24 * 3_600_000;

function holdOf(row: Row): AccountView["hold"] {
  if (row.hold_cause === null) return null;
  return {
    cause: row.hold_cause,
    reason: row.hold_reason ?? "",
    at: instant(row.held_at ?? 0),
    by: row.held_by ?? "person",
    cooldownUntil: row.cooldown_until === null ? null : instant(row.cooldown_until),
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
  if (row.hold_cause === null) return { released: false as const, why: "it is not held" };
  if (row.cooldown_until !== null && row.cooldown_until > tx.now && !force) {
    return { released: false as const, why: coolsDown(row.hold_cause, instant(row.cooldown_until)) };
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
