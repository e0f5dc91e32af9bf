// 300 damaged copies of a ledger for each sort of damage: who notices (spec: silent 0 for intents, outcomes and orders).
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { type Damage, emptied, foreign, makeLedger, newer, overwrite, truncated, tryDamage } from "../rig/damage.ts";

const JOBS = Number(process.env.REPRISE_JOBS ?? 300);
const TRIALS = Number(process.env.REPRISE_TRIALS ?? 300);
const kinds: [name: string, damage: Damage][] = [
  ["1 byte", overwrite(1)],
  ["16 bytes", overwrite(16)],
  ["512 bytes", overwrite(512)],
  ["truncated", truncated],
  ["0 bytes", emptied],
  ["foreign", foreign],
  ["newer", newer],
];

const folder = mkdtempSync(join(tmpdir(), "reprise-sound-"));
const file = join(folder, "ledger.db");
test.after(() => rmSync(folder, { recursive: true, force: true }));
test.before(() => makeLedger(file, JOBS));

for (const [i, [name, damage]] of kinds.entries())
  test(`${name}: nothing that matters changes silently`, async (t) => {
    const counts = await tryDamage(file, damage, TRIALS, 1_000 + i);
    t.diagnostic(`${name} x ${TRIALS}: ${JSON.stringify(counts)}`);
    assert.equal(counts.silent, 0);
  });
