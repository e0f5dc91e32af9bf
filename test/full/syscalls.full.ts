// The twin of the kill sweep that knows nothing of failpoints: the orchestrator is killed, or its disk fails, at its N-th
// fdatasync or fsync, for N = 1, 2, 3 ... until a run ends by itself (5-faults-security F35). Needs strace: scripts/full-test-packages.sh.
// Every N-th only: REPRISE_STEP=5.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { describe, type TestContext } from "node:test";
import { Fire, MIXED } from "../rig/fire.ts";

const STEP = Number(process.env.REPRISE_STEP ?? 1);
const LANES = Number(process.env.REPRISE_LANES ?? 2);
// one retry that the script spends, and one for an attempt that was silent when all died: looked for in vain, it costs one
const FLAGS = "--retry-delay 0 --settle 0 --workers 3 --infra-retry-limit 2".split(" ");
/** No run of ten jobs comes near it. */
const MOST_SYNCS = 400;

if (spawnSync("strace", ["-V"]).error !== undefined)
  throw new Error("strace is missing: run scripts/full-test-packages.sh");

/** Node's SQLite syncs on the main thread: without -f the other threads, workers and posters are left alone. */
const under = (what: string) => {
  const calls = "fdatasync,fsync";
  return ["strace", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", `inject=${calls}:${what}`];
};

const HOWS = [
  ["killed", (n: number) => `signal=KILL:when=${n}`],
  ["EIO", (n: number) => `error=EIO:when=${n}`],
  ["disk full from then on", (n: number) => `error=ENOSPC:when=${n}+`],
] as const;

for (const [how, what] of HOWS) {
  test(`${how} at the N-th sync: home with the same command, nothing posted twice, no tap without its intent`, async (t) => {
    const tally = { trials: 0, twice: 0, lost: 0, orphans: 0, untold: 0, codes: {} as Record<string, number> };
    let isOver = false;
    let next = 1;
    const lane = async () => {
      while (!isOver && next < MOST_SYNCS) {
        const n = next;
        next += STEP;
        const hit = await trial(t, { n, what: what(n), how, tally });
        if (!hit) isOver = true;
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    console.log(`${how}: ${JSON.stringify(tally)}, N up to ${next - STEP}`);
    assert.ok(isOver, "some run ends by itself");
    assert.deepEqual([tally.twice, tally.lost, tally.orphans, tally.untold], [0, 0, 0, 0]);
  });
}

type Tally = {
  trials: number;
  twice: number;
  lost: number;
  orphans: number;
  untold: number;
  codes: Record<string, number>;
};
type Trial = { n: number; what: string; how: string; tally: Tally };

/** `false`: it ended by itself before its N-th sync. */
async function trial(t: TestContext, { n, what, how, tally }: Trial): Promise<boolean> {
  const fire = new Fire(t, { jobs: 10, scripts: MIXED, flags: FLAGS });
  const ended = await fire.run([], {}, under(what));
  const code = String(ended.signal ?? ended.code);
  tally.codes[code] = (tally.codes[code] ?? 0) + 1;
  const isUnhurt = ended.code === 0;
  const last = isUnhurt ? ended : await fire.home();
  const { twice, lost, orphans } = fire.score();
  tally.trials++;
  tally.twice += twice.length;
  tally.lost += lost.length;
  tally.orphans += orphans.length;
  if (how !== "killed") tally.untold += fire.tapsWithoutIntent().length; // a kill may come between the commit and our log
  fire.assertHome(last, `${how} at sync ${n}`);
  return !isUnhurt;
}

describe("the order of things", () => {
  test("each go follows an fdatasync of the ledger that follows the intent's write", async (t) => {
    const fire = new Fire(t, { jobs: 4, flags: ["--workers", "1"] });
    const file = join(fire.world.dir, "strace.out");
    const calls = "trace=fdatasync,fsync,pwrite64,write,writev,sendmsg";
    const ended = await fire.run([], {}, ["strace", "-qq", "-f", "-y", "-s", "9000", "-o", file, "-e", calls]);
    fire.assertHome(ended, "traced");
    const rounds = orderOf(readFileSync(file, "latin1"));
    assert.equal(rounds.length, 4);
    for (const round of rounds) assert.deepEqual(round, ["intent", "sync", "go", "tap"]);
  });
});

/** What happened, in order, cut after each tap; repeats of a thing are one. */
function orderOf(trace: string): string[][] {
  const rounds: string[][] = [[]];
  for (const line of trace.split("\n")) {
    const what = wordOf(line, `j${rounds.length}`);
    const round = rounds.at(-1) ?? [];
    if (what === null) continue;
    if (what === "sync" && !round.includes("intent")) continue; // of something else
    if (round.includes(what)) continue;
    round.push(what);
    if (what === "tap") rounds.push([]);
  }
  return rounds.filter((round) => round.includes("tap"));
}

/** A page of the ledger is written again with what it held before: only the intent of this round's job counts. */
function wordOf(line: string, job: string): string | null {
  const isIntent = line.includes(`\\"attempt.publishing\\",\\"job\\":\\"${job}\\"`);
  if (isIntent && /pwrite64\(\d+<[^>]*-wal>/.test(line)) return "intent";
  if (/f(data)?sync\(\d+<[^>]*-wal>\) += 0|f(data)?sync resumed>\) += 0/.test(line)) return "sync";
  if (/write[v]?\(.*\{\\"type\\":\\"go\\"\}/.test(line)) return "go";
  if (/write\(\d+<[^>]*platform[.]log>/.test(line)) return "tap";
  return null;
}
