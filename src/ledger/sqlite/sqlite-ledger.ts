// The embedded ledger: node:sqlite, WAL, synchronous=FULL (docs/decisions/0002-embedded-ledger.md).
import { randomUUID } from "node:crypto";
import type { CampaignLedger, Ledger, LedgerDeps } from "../ledger.ts";
import { openAccountDesk } from "./account-desk.ts";
import { openClaimDesk } from "./claims.ts";
import { closeDatabase, type Database, openDatabase } from "./database.ts";
import { openDeviceDesk } from "./device-desk.ts";
import { openFleetBook } from "./fleet-book.ts";
import { openIntakeDesk } from "./intake.ts";
import { openJobDesk } from "./job-desk.ts";
import { openLookDesk } from "./looks.ts";
import { openPhoneTime } from "./phone-time.ts";
import { openRunBook } from "./runs.ts";
import { Scope } from "./scope.ts";
import { openViews } from "./views.ts";
import { Writer } from "./writer.ts";

const LEASEHOLDERS = `SELECT name FROM campaign
WHERE id IN (SELECT campaign FROM account_lease UNION SELECT campaign FROM device_lease) ORDER BY id`;

/**
 * Opens the ledger file; with `create`, makes it if there is none.
 *
 * @throws LedgerError what is wrong with the file and what to do
 */
export async function openSqliteLedger(file: string, how: "create" | "existing", deps: LedgerDeps): Promise<Ledger> {
  const db = openDatabase(file, how);
  const writer = new Writer(db, file, deps.now);
  const id = await ledgerId(db, writer);
  const campaigns = new Map<string, CampaignLedger>();
  return {
    id,
    accounts: openAccountDesk(db, writer, deps),
    devices: openDeviceDesk(db, writer),
    campaign(name) {
      const known = campaigns.get(name) ?? openCampaign(new Scope(name, { db, writer, deps }), { id, file });
      campaigns.set(name, known);
      return known;
    },
    leaseholders: async () => db.all<{ name: string }>(LEASEHOLDERS).map(({ name }) => name),
    subscribe: (listener) => writer.subscribe(listener),
    version: async () => db.one<{ data_version: number }>("PRAGMA data_version")?.data_version ?? 0,
    async close() {
      await writer.drain();
      closeDatabase(db, file, writer.hasWritten);
    },
  };
}

async function ledgerId(db: Database, writer: Writer): Promise<string> {
  const read = () => db.one<{ value: string }>("SELECT value FROM ledger WHERE key = 'id'")?.value;
  const known = read();
  if (known !== undefined) return known;
  await writer.write((tx) =>
    tx.db.run("INSERT INTO ledger (key, value) VALUES ('id', ?) ON CONFLICT DO NOTHING", randomUUID().slice(0, 13)),
  );
  return read() ?? "";
}

function openCampaign(scope: Scope, ledger: { id: string; file: string }): CampaignLedger {
  return {
    name: scope.name,
    intake: openIntakeDesk(scope, ledger.file),
    runs: openRunBook(scope, ledger.id),
    claims: openClaimDesk(scope),
    fleet: openFleetBook(scope),
    phoneTime: openPhoneTime(scope),
    looks: openLookDesk(scope),
    desk: openJobDesk(scope),
    views: openViews(scope),
  };
}
