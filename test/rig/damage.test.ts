// A taste of test/full/damage.full.ts.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { makeLedger, overwrite, truncated, tryDamage } from "./damage.ts";

test("random damage to a ledger never changes an intent, an outcome or an order silently", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "reprise-damage-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "ledger.db");
  await makeLedger(file, 50);
  for (const [i, damage] of [overwrite(1), overwrite(16), overwrite(512), truncated].entries())
    assert.equal((await tryDamage(file, damage, 10, i)).silent, 0, `damage ${i}`);
});
