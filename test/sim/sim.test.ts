// Seeds through the real core, run loop, dispatch and recovery under virtual time; the oracle looks after every event.
// More of them: npm run sim -- --seeds 1..100000
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { playSeed } from "./course.ts";

const FIXED = 150;
const DRAWN = 10;

async function plays(seed: number): Promise<void> {
  const { broken, tail } = await playSeed(seed);
  assert.equal(broken, null, `seed ${seed}; repeat it: npm run sim -- --seeds ${seed}..${seed}\n${tail.join("\n")}`);
}

test(`${FIXED} seeds: never twice, never lost, every rule kept, every run ends`, async () => {
  for (let seed = 1; seed <= FIXED; seed++) await plays(seed);
});

test("and a few that nobody has chosen", async (t) => {
  const from = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
  t.diagnostic(`seeds ${from}..${from + DRAWN - 1}`);
  for (let i = 0; i < DRAWN; i++) await plays(from + i);
});

test("the same seed plays the same course, in this process and in another", async () => {
  const [once, again] = [await playSeed(7), await playSeed(7)];
  assert.equal(once.hash, again.hash);
  assert.notEqual(once.hash, (await playSeed(8)).hash);
  const file = fileURLToPath(new URL("./hash-of.ts", import.meta.url));
  assert.equal(execFileSync(process.execPath, [file, "7"], { encoding: "utf8" }).trim(), once.hash);
});
