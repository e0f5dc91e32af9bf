// The ledgers that seeds are played on. Both must keep every rule; the one in memory is forty times as fast.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openCalendar } from "../../src/calendar/temporal-calendar.ts";
import type { Instant } from "../../src/core/ids.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { newMemoryStore, openMemoryLedger } from "../../src/ledger/memory/memory-ledger.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";

/** Opens handles on one ledger. Each is another process's. */
export type Ledgers = (now: () => Instant) => Promise<{
  open(): Promise<Ledger>;
  /** Whose a job is; looked up at once. */
  takerOf(campaign: string, job: string): string | null;
  close(): Promise<void>;
}>;

const calendar = openCalendar();

export const memoryLedgers: Ledgers = async (now) => {
  const store = newMemoryStore();
  return {
    open: async () => openMemoryLedger({ calendar, now }, store),
    takerOf: (campaign, job) => {
      const jobs = [...(store.campaigns.get(campaign)?.jobs.values() ?? [])];
      return jobs.find(({ spec }) => spec.id === job)?.account?.name ?? null;
    },
    close: async () => {},
  };
};

const TAKER = `SELECT a.name FROM job j JOIN campaign c ON c.id = j.campaign JOIN account a ON a.id = j.account WHERE c.name = ? AND j.key = ?`;

/** In files that last as long as the course. */
export const sqliteLedgers: Ledgers = async (now) => {
  const folder = await mkdtemp(join(process.env.SIM_FOLDER ?? tmpdir(), "sim-"));
  const file = join(folder, "ledger.db");
  const opened = [await openSqliteLedger(file, "create", { calendar, now })];
  const reader = new DatabaseSync(file, { readOnly: true });
  return {
    async open() {
      const ledger = await openSqliteLedger(file, "existing", { calendar, now });
      opened.push(ledger);
      return ledger;
    },
    takerOf: (campaign, job) => (reader.prepare(TAKER).get(campaign, job)?.name as string | undefined) ?? null,
    async close() {
      reader.close();
      for (const ledger of opened) await ledger.close().catch(() => undefined); // its process may have ended it
      await rm(folder, { recursive: true, force: true });
    },
  };
};
