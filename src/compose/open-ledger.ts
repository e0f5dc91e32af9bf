// Which ledger a state folder has.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { instant } from "../core/ids.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { mediaFiles } from "./media-files.ts";

export const ledgerFile = (stateDir: string) => join(stateDir, "ledger.db");

/** Whether a state folder's ledger knows of any job. One that a refused command left, or a sweep, is as good as none. */
export async function knowsJobs(stateDir: string): Promise<boolean> {
  const file = ledgerFile(stateDir);
  if (!existsSync(file)) return false;
  const { holdsJobs } = await import("../ledger/sqlite/inspect.ts");
  return holdsJobs(file);
}

/** @throws LedgerError where the ledger is not one to post from */
export async function checkLedger(stateDir: string): Promise<void> {
  const { checkBeforeRun } = await import("../ledger/sqlite/start-check.ts");
  await checkBeforeRun(ledgerFile(stateDir));
}

/** Copies the ledger of a state folder, if there is one, into another folder; it may be in use. @throws LedgerError */
export async function copyLedger(stateDir: string, folder: string): Promise<void> {
  const from = ledgerFile(stateDir);
  if (!existsSync(from)) return;
  const { copyToRead } = await import("../ledger/sqlite/whole-copy.ts");
  copyToRead(from, ledgerFile(folder));
}

/** The embedded ledger of a state folder; `null`: there is none, and `how` is `existing`. @throws LedgerError */
export async function openLedger(stateDir: string, how: "existing" | "create"): Promise<Ledger | null> {
  const file = ledgerFile(stateDir);
  if (how === "existing" && !existsSync(file)) return null;
  const [{ openSqliteLedger }, { openCalendar }] = await Promise.all([
    import("../ledger/sqlite/sqlite-ledger.ts"),
    import("../calendar/temporal-calendar.ts"),
  ]);
  return openSqliteLedger(file, how, { calendar: openCalendar(), now: () => instant(Date.now()), files: mediaFiles });
}
