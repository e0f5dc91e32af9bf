import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ledgerContract } from "../ledger.contract.ts";
import { openSqliteLedger } from "./sqlite-ledger.ts";

ledgerContract("sqlite", async (deps) => {
  const folder = await mkdtemp(join(tmpdir(), "ledger-"));
  const file = join(folder, "ledger.db");
  const opened = [await openSqliteLedger(file, "create", deps)];
  const another = async () => {
    const ledger = await openSqliteLedger(file, "existing", deps);
    opened.push(ledger);
    return ledger;
  };
  return {
    ledger: opened[0] as (typeof opened)[number],
    reopen: another,
    second: another,
    async cleanup() {
      for (const ledger of opened) await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
