// How quick a stop is: from the signal to its word, and to the end of everything. Prints p50 and p95 of each stage.
// More samples: REPRISE_STOPS=50.
import assert from "node:assert/strict";
import { loadavg } from "node:os";
import test, { type TestContext } from "node:test";
import { jobs, type Plan, type Running, World } from "../e2e/world.ts";
import { quantile } from "../rig/random-kills.ts";

const samples = Number(process.env.REPRISE_STOPS ?? 25);

type Stage = {
  plan: Plan;
  flags: string[];
  before?: (w: World) => Promise<unknown>;
  there: (w: World, run: Running) => Promise<unknown>;
  past?: true;
};
const STAGES: Record<string, Stage> = {
  "at the start": {
    plan: { j1: ["hang"], j2: ["hang"] },
    flags: [],
    there: async (_w, run) => run.event("run.started"),
  },
  "in a pass, before the intent": {
    plan: { j1: ["at here + hang"], j2: ["at here2 + hang"] },
    flags: [],
    there: async (w) => Promise.all([w.reached("here"), w.reached("here2")]),
  },
  "in a pass, past the intent, the post takes 0.3 s more": {
    plan: { j1: ["publish + at past + post + posted + exit 0"] },
    flags: ["--workers", "1"],
    there: async (w) => w.reached("past"),
    past: true,
  },
  "in the delay": {
    plan: { j1: ["fail socket hang up"], j2: ["fail socket hang up"] },
    flags: ["--retry-delay", "600"],
    there: async (_w, run) => run.event("pass.waiting"),
  },
  "in a look that hangs": {
    plan: { j1: ["publish + post + die"], "look j1": ["at looking + null"] },
    flags: ["--workers", "1"],
    there: async (w) => w.reached("looking"),
  },
  "in the sweep of a start, an orphan's post takes 0.3 s more": {
    plan: { j1: ["publish + at past + post + posted + exit 0"] },
    flags: [],
    async before(w) {
      const first = w.starts("--workers", "1");
      await w.reached("past");
      await first.killHard();
    },
    there: async (_w, run) => run.event("run.resumed"),
    past: true,
  },
};

type Sample = { wordMs: number; endMs: number };

async function stopOnce(t: TestContext, stage: Stage, count: number): Promise<Sample> {
  const { plan, flags, before, there, past } = stage;
  const w = new World(t, jobs(count), plan);
  await before?.(w);
  const run = w.starts(...flags);
  await there(w, run);
  const at = Date.now();
  run.signal("SIGINT");
  const said = await run.event("stop.requested");
  if (past) setTimeout(() => w.open("past"), 300);
  const { code } = await run.end;
  const endMs = Date.now() - at;
  assert.equal(code, 130);
  assert.deepEqual(w.census(), [], "0 processes");
  return { wordMs: Date.parse(said.ts) - at, endMs };
}

for (const [name, stage] of Object.entries(STAGES)) {
  test(`${samples} stops ${name}`, async (t) => {
    const all: Sample[] = [];
    for (let i = 0; i < samples; i++) all.push(await stopOnce(t, stage, Object.keys(stage.plan).length > 1 ? 2 : 1));
    const line = (title: string, values: number[]) =>
      `${title} p50 ${quantile(values, 0.5)} ms, p95 ${quantile(values, 0.95)} ms, most ${Math.max(...values)} ms`;
    const word = all.map((s) => s.wordMs);
    const end = all.map((s) => s.endMs);
    console.log(`${name}: ${line("word", word)}; ${line("end", end)}; load ${loadavg()[0]?.toFixed(1)}`);
    // 3-semantics 3.7: a word within 0.2 s; what has not passed its intent is gone within 5 s
    assert.ok(quantile(word, 0.95) < 200, "the word");
    assert.ok(quantile(end, 0.95) < 5000, "the end");
  });
}
