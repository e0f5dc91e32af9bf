// npm run sim -- --seeds 1..100000 [--out FILE] [--every N] [--until-broken] [--ledger memory|sqlite]
// Plays seeds one after the other. With --out the totals are kept in that file, and the next call goes on from there.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { playSeed } from "./course.ts";
import { memoryLedgers, sqliteLedgers } from "./ledgers.ts";
import { count, noTotals, type Totals, tell } from "./totals.ts";

Error.stackTraceLimit = 0; // thousands of faults are thrown on purpose

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1..1000" },
    out: { type: "string" },
    every: { type: "string", default: "5000" },
    "until-broken": { type: "boolean", default: false },
    ledger: { type: "string", default: "memory" },
  },
});

const [first = 1, last = first] = values.seeds.split("..").map(Number);
const totals: Totals = read(values.out) ?? noTotals(first);
const before = { cpuMs: totals.cpuMs, wallMs: totals.wallMs };
const from = Date.now();

for (let seed = totals.next; seed <= last; seed++) {
  const result = await playSeed(seed, values.ledger === "sqlite" ? sqliteLedgers : memoryLedgers);
  count(totals, result);
  if (result.broken !== null) {
    sayBroken(seed, result.broken, result.tail);
    if (values["until-broken"]) break;
  }
  if (totals.seeds % Number(values.every) === 0) keep();
}
keep();
console.log(tell(totals));
process.exitCode = totals.broken.length === 0 ? 0 : 1;

function sayBroken(seed: number, what: string, tail: readonly string[]): void {
  console.log(`BROKEN seed ${seed} at ${gitHash()}: ${what}`);
  console.log(`repeat it: npm run sim -- --seeds ${seed}..${seed}`);
  if (first === last) console.log(tail.join("\n"));
}

function gitHash(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "no git";
  }
}

function read(file: string | undefined): Totals | null {
  return file !== undefined && existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Totals) : null;
}

function keep(): void {
  const { user, system } = process.cpuUsage();
  totals.cpuMs = before.cpuMs + (user + system) / 1000;
  totals.wallMs = before.wallMs + (Date.now() - from);
  if (values.out === undefined) return;
  writeFileSync(`${values.out}.new`, JSON.stringify(totals));
  renameSync(`${values.out}.new`, values.out);
  console.log(`${new Date().toISOString()} ${totals.seeds} seeds, ${totals.broken.length} broken`);
}
