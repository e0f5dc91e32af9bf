// Phones in a run, at length: twenty real posts; faults in the first pass; kill -9 of each part at each step of a post. The phones'
// own log is the witness. Everything is real but the phones. Some alone: --test-name-pattern.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import type { PhoneCommand } from "../../src/sim/phone/faults.ts";
import { until } from "../device/adb-world.ts";
import {
  connected,
  type FleetWorld,
  fleetWorld,
  forwards,
  go,
  posted,
  posts,
  rows,
  sha,
  starts,
} from "../device/fleet-world.ts";
import { has, isAlive, kill, type Running } from "../e2e/world.ts";

const limit = { timeout: 600_000 };
const TWO: [string, string] = ["anna", "bert"];
const caption = (n: number) => `no. ${n} 🎈`;
/** Until nothing of a killed start is left, from the next start on (3-semantics 3.8). */
const GONE_MS = 10_000;

/** Nothing of ours lives, no forward stands, no phone is connected; and each job is posted exactly once. */
async function isWhole(w: FleetWorld, jobs: number): Promise<void> {
  const all = Array.from({ length: jobs }, (_, i) => caption(i + 1)).toSorted();
  assert.deepEqual(posted(w).toSorted(), all, "each post once, by the phones' own log");
  assert.deepEqual([w.census(), await forwards(w), await connected(w)], [[], [], []]);
}

test("twenty posts over two phones and two Appium servers: each once, bytes equal", limit, async (t) => {
  const w = await fleetWorld(t, rows(20, TWO), { accounts: TWO });
  const { final } = await go(w);
  has(final, { exit_code: 0, success: 20, attempts: 20, pass_count: 1 });
  const hashes = new Map(posts(w).map((p) => [p.caption, p.media_sha256]));
  for (let n = 1; n <= 20; n++) assert.equal(hashes.get(caption(n)), sha(w, `j${n}`));
  await isWhole(w, 20);
});

type Fault = {
  /** What befalls the first phone once its first post is at this step. */
  step: string;
  faults: PhoneCommand[];
  /** Once that attempt has ended. */
  mend?: PhoneCommand;
};

const faults: Record<string, Fault> = {
  "the connection drops in the middle of the push": { step: "account", faults: [{ do: "drop_after", bytes: 400 }] },
  "the instrumentation crashes": { step: "caption", faults: [{ do: "crash_instrumentation" }] },
  "the screen freezes": { step: "caption", faults: [{ do: "freeze" }], mend: { do: "thaw" } },
  "the tap is sent, then the phone is gone": {
    step: "session",
    faults: [{ do: "on_share", fault: { do: "gone" } }],
    mend: { do: "back" },
  },
  "the upload goes on after a reboot": {
    step: "session",
    faults: [
      { do: "upload_ms", ms: 1500 },
      { do: "on_share", fault: { do: "reboot", ms: 2000 } },
    ],
  },
};

for (const [what, { step, faults: commands, mend }] of Object.entries(faults)) {
  test(`in the first pass ${what}: each post is made exactly once`, limit, async (t) => {
    const w = await fleetWorld(t, rows(4, TWO), { accounts: TWO });
    const [phone] = w.phones.phones;
    const run = starts(w, "--max-passes", "5", "--retry-delay", "1", "--attempt-timeout", "20");
    await run.event("attempt.step", (e) => e.step === step && e.device === phone.serial);
    for (const command of commands) await phone.command(command);
    const struck = await run.event("attempt.finished", (e) => e.device === phone.serial);
    if (mend !== undefined) await phone.command(mend);
    const { final } = await run.end;
    t.diagnostic(
      `${struck.outcome}: ${struck.failure?.category}/${struck.failure?.cause}; passes ${final.pass_count}, attempts ${final.attempts}`,
    );
    assert.notEqual(struck.outcome, "posted", "the fault struck");
    has(final, { exit_code: 0, success: 4 });
    await isWhole(w, 4);
  });
}

test("a suspended account on one phone: held; the other account's posts are all made", limit, async (t) => {
  const w = await fleetWorld(t, rows(4, TWO), { accounts: TWO });
  await w.phones.phones[0].command({ do: "mode", mode: "suspended" });
  const { final } = await go(w);
  has(final, { exit_code: 3, success: 2, failed_account: 1, held: 1 });
  assert.deepEqual(posted(w).toSorted(), [caption(2), caption(4)]);
});

/** Living processes whose command line says so. */
function pidsOf(words: RegExp, among = readdirSync("/proc").map(Number)): number[] {
  return among.filter((pid) => pid > 0 && isAlive(pid) && words.test(commandOf(pid)));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // gone
  }
}

/** Once there is somebody to kill: a step is told before what it needs is started. */
async function killAll(find: () => number[]): Promise<void> {
  await until("there is somebody to kill", () => find().length > 0, 60_000);
  for (const pid of find()) kill(pid, "SIGKILL");
}

const pidsIn = (w: FleetWorld) => w.census().map(({ pid }) => pid);
const victims: Record<string, (w: FleetWorld, run: Running) => Promise<void> | void> = {
  "the orchestrator": (_w, run) => run.killHard(),
  "a worker": (w) => killAll(() => pidsOf(/worker-main/, pidsIn(w))),
  Appium: (w) => killAll(() => pidsOf(/appium\/index\.js server/, pidsIn(w))),
  "the adb server": (w) => killAll(() => pidsOf(new RegExp(`^adb .*tcp:${w.phones.port} .*server`))),
  "the phone": async (w) => void (await w.phones.phones[0].command({ do: "reboot", ms: 1000 })),
};
const steps = ["session", "account", "upload", "opening", "caption", "publishing"];
const more = ["--max-passes", "5", "--retry-delay", "1", "--allow-empty"];

for (const [who, strike] of Object.entries(victims)) {
  for (const step of steps) {
    test(
      `${who} is killed at "${step}": made twice 0, lost 0, nothing left 10 s after the next start`,
      limit,
      async (t) => {
        const w = await fleetWorld(t, rows(2, ["anna"]));
        const run = starts(w, ...more);
        if (step === "publishing") await run.event("attempt.publishing");
        else await run.event("attempt.step", (e) => e.step === step);
        await strike(w, run);
        const first = await run.end;
        const left = w.census();
        const next = starts(w, ...more);
        const goneMs = await goneAfter(left);
        const { final } = await next.end;
        const passes = `${first.final?.pass_count ?? "-"} + ${final.pass_count}`;
        t.diagnostic(`left ${left.length}, gone after ${goneMs} ms; passes ${passes}; made ${posted(w).length}`);
        has(final, { exit_code: 0, unconfirmed: 0, failed: 0 });
        await isWhole(w, 2);
      },
    );
  }
}

/** Milliseconds until none of these processes lives. */
async function goneAfter(left: { pid: number; command: string }[]): Promise<number> {
  const began = performance.now();
  const isLeft = ({ pid, command }: (typeof left)[number]) => isAlive(pid) && commandOf(pid).trim() === command;
  await until("no process of the killed start is left", () => !left.some(isLeft), GONE_MS);
  return Math.round(performance.now() - began);
}
