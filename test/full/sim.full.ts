// More seeds of the simulation than npm test plays, and some on the ledger that is shipped. REPRISE_SEEDS=N plays so many.
import assert from "node:assert/strict";
import test from "node:test";
import { playSeed } from "../sim/course.ts";
import { type Ledgers, memoryLedgers, sqliteLedgers } from "../sim/ledgers.ts";

const SEEDS = Number(process.env.REPRISE_SEEDS ?? 2_000);

async function play(to: number, ledgers: Ledgers, flag: string): Promise<void> {
  for (let seed = 1; seed <= to; seed++) {
    const { broken } = await playSeed(seed, ledgers);
    assert.equal(broken, null, `seed ${seed}; repeat it: npm run sim -- --seeds ${seed}..${seed}${flag}`);
  }
}

test(`${SEEDS} seeds on a ledger in memory`, () => play(SEEDS, memoryLedgers, ""));

test(`${SEEDS / 50} seeds on the ledger that is shipped`, () => play(SEEDS / 50, sqliteLedgers, " --ledger sqlite"));
