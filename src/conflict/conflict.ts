// One orchestrator a campaign. The lock is held by the kernel for as long as this process lives: a transaction on a database of
// its own. It frees itself on kill -9, and nothing has to be judged by age or by a pid that may belong to somebody else by now.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ProcessId } from "../host/host.ts";

/** Who holds a campaign; for the message only, the kernel decides. */
export type LockHolder = ProcessId & {
  host: string;
  since: string;
  /** Runs another campaign and only settles what this one's dead run left: soon done. */
  settles?: true;
};
export type Locked = { ok: true; release(): void } | { ok: false; holder: LockHolder | null };

const SQLITE_BUSY = 5;
const HOLDER = ".holder.json";

/** Takes the campaign's lock, or tells who has it. Throws where the state folder can't be written. */
export function lockCampaign(stateDir: string, campaign: string, self: LockHolder): Locked {
  const { folder, lock, holder } = lockFiles(stateDir, campaign);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(lock, { timeout: 0 });
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    return { ok: false, holder: readHolder(stateDir, campaign) };
  }
  try {
    writeFileSync(holder, JSON.stringify(self));
  } catch (error) {
    try {
      rmSync(holder, { force: true }); // half written
    } finally {
      db.close();
    }
    throw error;
  }
  return {
    ok: true,
    release() {
      // while the lock is still ours: the next one writes its own; one that took over has done so already
      if (isSame(readHolder(stateDir, campaign), self)) rmSync(holder, { force: true });
      db.close();
    },
  };
}

/**
 * Takes the campaign from a holder that lives and does not go on, such as a frozen one. The kernel leaves it its lock, on a file
 * that nobody looks at any more; what keeps it from writing is the ledger's reign. Another holder than `from`: not taken.
 */
export function takeOver(
  stateDir: string,
  campaign: string,
  { self, from }: { self: LockHolder; from: LockHolder },
): Locked {
  const { lock } = lockFiles(stateDir, campaign);
  const gate = new DatabaseSync(`${lock}.take-over`, { timeout: 2_000 }); // of two that take over, one is second and sees the first
  try {
    gate.exec("BEGIN EXCLUSIVE");
    const isStillHeld = isSame(readHolder(stateDir, campaign), from);
    if (isStillHeld) rmSync(lock, { force: true });
    return lockCampaign(stateDir, campaign, self);
  } finally {
    gate.close();
  }
}

const isSame = (a: LockHolder | null, b: LockHolder) =>
  a?.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId;

/** Campaigns whose last holder wrote its name down and did not take it away: running, or killed. */
export function heldCampaigns(stateDir: string): string[] {
  const { folder } = lockFiles(stateDir, "");
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(HOLDER));
  return names.map((name) => decodeURIComponent(name.slice(0, -HOLDER.length)));
}

/** No campaign's: a plus is written otherwise in its file's name. */
const LEDGER_LOCK = "+ledger.lock";
/** One that is refused the whole ledger holds newcomers up for a moment. */
const SHARE_WITHIN_MS = 2_000;

/**
 * Keeps the ledger in its place: any number of orchestrators may, and `lockLedger` is refused meanwhile.
 *
 * @returns what ends it; `null`: the ledger is locked
 */
export function shareLedger(stateDir: string): (() => void) | null {
  // an open transaction that has read holds the file shared
  return ledgerHeld(stateDir, { sql: "BEGIN; SELECT count(*) FROM sqlite_schema", withinMs: SHARE_WITHIN_MS });
}

/** The ledger for oneself, all campaigns of it and those to come. @returns what ends it; `null`: somebody shares it */
export function lockLedger(stateDir: string): (() => void) | null {
  return ledgerHeld(stateDir, { sql: "BEGIN EXCLUSIVE", withinMs: 0 });
}

function ledgerHeld(stateDir: string, { sql, withinMs }: { sql: string; withinMs: number }): (() => void) | null {
  const { folder } = lockFiles(stateDir, "");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(folder, LEDGER_LOCK), { timeout: withinMs });
  try {
    db.exec(sql);
    return () => db.close();
  } catch (error) {
    db.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    return null;
  }
}

/** Who took the lock last; `null` = nobody yet. It may be gone: compare with the living processes. */
export function readHolder(stateDir: string, campaign: string): LockHolder | null {
  try {
    const value: unknown = JSON.parse(readFileSync(lockFiles(stateDir, campaign).holder, "utf8"));
    return isHolder(value) ? value : null;
  } catch {
    return null; // not there, or half written: the lock itself does not depend on it
  }
}

/** By hand: `status` asks, and zod's 95 files would be half of all it loads. */
function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== "object" || value === null) return false;
  const { pid, ...texts } = value as Partial<LockHolder>;
  const { startTime, bootId, host, since } = texts;
  return typeof pid === "number" && [startTime, bootId, host, since].every((text) => typeof text === "string");
}

function lockFiles(stateDir: string, campaign: string) {
  const folder = join(stateDir, "locks");
  const name = encodeURIComponent(campaign);
  return { folder, lock: join(folder, `${name}.lock`), holder: join(folder, `${name}${HOLDER}`) };
}
