import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ledgerContract } from "../ledger.contract.ts";
import { watchPlans } from "./plans.fixture.ts";
import { openSqliteLedger } from "./sqlite-ledger.ts";

const statementsThatReadAll = watchPlans();

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

// last: the cases above have asked the ledger everything that can be asked
test("sqlite: no statement reads every job, but those that mean every job", () => {
  const means = [
    /^SELECT .* AND j.imported = 0 ORDER BY j.priority DESC, j.id LIMIT/, // pages of all open jobs, for plans and copies
    /^SELECT key, max\(posted\) AS posted FROM /, // twins of all open jobs, for plans
    /^UPDATE job SET in_scope = 0 /, // --accounts
  ];
  assert.deepEqual(
    statementsThatReadAll().filter((sql) => !means.some((m) => m.test(sql))),
    [],
  );
});
