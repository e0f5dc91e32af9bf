// 1,000 kills at random moments; another number: `REPRISE_KILLS=3000 npm run test:full`, or this file alone with it behind.
import assert from "node:assert/strict";
import { loadavg } from "node:os";
import test from "node:test";
import { killed, quantile, type Score, volley } from "../rig/random-kills.ts";

const kills = Number(process.env.REPRISE_KILLS ?? process.argv[2] ?? 1000);
const seed = Number(process.env.REPRISE_SEED ?? Date.now() % 1_000_000);
const lanes = Number(process.env.REPRISE_LANES ?? 3);

test(`${kills} kills at random moments, seed ${seed}: none posted twice, none lost, nothing left running`, async () => {
  const score = await volley({ kills, lanes, seed, lateMs: 400, settle: "1s", tell: (s) => console.log(line(s)) });
  console.log(summary(score));
  assert.deepEqual([score.twice, score.lost, score.orphans, score.wrong], [[], [], [], []]);
  assert.ok(killed(score) >= kills);
});

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);

const line = (s: Score) =>
  `${s.seconds} s: ${killed(s)} kills, ${s.campaigns} campaigns home, twice ${s.twice.length}, lost ${s.lost.length}, orphans ${s.orphans.length}`;

function summary(s: Score): string {
  const unconfirmed = sum(s.unconfirmed);
  return [
    `kills ${killed(s)}: ${JSON.stringify(s.kills)}; ${s.starts} starts, ${s.campaigns} campaigns, ${s.jobs} jobs, ${s.attempts} attempts; ${s.seconds} s`,
    `posted twice ${s.twice.length}, lost ${s.lost.length}, orphans ${s.orphans.length}, wrong ends ${s.wrong.length}`,
    `unconfirmed ${unconfirmed} = ${((100 * unconfirmed) / killed(s)).toFixed(1)} % of the kills: ${JSON.stringify(s.unconfirmed)}; all settled by looking`,
    `starts that ended with another code than 0: ${JSON.stringify(s.codes)}`,
    `intent to tap: p50 ${quantile(s.windows, 0.5)} ms, p95 ${quantile(s.windows, 0.95)} ms (${s.windows.length} posts); load ${loadavg().map((l) => l.toFixed(1))}`,
  ].join("\n");
}
