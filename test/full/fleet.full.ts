// Phones in a run, at length: twenty real posts and what reprise adds to them; faults in the first pass; kill -9 of each part at each
// step. The phones' own log is the witness. Everything is real but the phones.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import type { PhoneCommand } from "../../src/sim/phone/faults.ts";
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
import { has, type Running } from "../e2e/world.ts";

const limit = { timeout: 1_800_000 };
const TWO: [string, string] = ["anna", "bert"];
const caption = (n: number) => `no. ${n} 🎈`;

/** Nothing of ours lives, no forward stands, no phone is connected; and each job is posted exactly once. */
async function isWhole(w: FleetWorld, jobs: number): Promise<void> {
  const all = Array.from({ length: jobs }, (_, i) => caption(i + 1)).toSorted();
  assert.deepEqual(posted(w).toSorted(), all, "each post once, by the phones' own log");
  assert.deepEqual([w.census(), await forwards(w), await connected(w)], [[], [], []]);
}

test("twenty posts over two phones and two Appium servers: bytes equal, seconds a post", limit, async (t) => {
  const w = await fleetWorld(t, rows(20, TWO), { accounts: TWO });
  const begun = performance.now();
  const { final, events } = await go(w);
  const total = (performance.now() - begun) / 1000;
  has(final, { exit_code: 0, success: 20, attempts: 20, pass_count: 1 });
  const hashes = new Map(posts(w).map((p) => [p.caption, p.media_sha256]));
  for (let n = 1; n <= 20; n++) assert.equal(hashes.get(caption(n)), sha(w, `j${n}`));
  await isWhole(w, 20);
  const took = events.flatMap((e) => (e.type === "attempt.finished" ? [e.duration_ms / 1000] : []));
  const inPosters = took.reduce((a, b) => a + b, 0) / 2;
  t.diagnostic(`in all ${total.toFixed(1)} s, ${(total / 20).toFixed(2)} s a post`);
  t.diagnostic(`attempts took ${took.map((s) => s.toFixed(1)).join(" ")} s`);
  t.diagnostic(`outside of attempts: ${(total - inPosters).toFixed(1)} s of ${total.toFixed(1)} s`);
});

/** What befalls the first phone in the first pass, at which step, and how many passes it may take. */
const faults: [what: string, step: string, faults: PhoneCommand[]][] = [
  ["the connection drops in the middle of the push", "account", [{ do: "drop_after", bytes: 400 }]],
  ["the instrumentation crashes", "caption", [{ do: "crash_instrumentation" }]],
  ["the phone goes away right after the tap", "session", [{ do: "on_share", fault: { do: "gone" } }]],
  [
    "the upload goes on after a reboot",
    "session",
    [
      { do: "upload_ms", ms: 1500 },
      { do: "on_share", fault: { do: "reboot", ms: 2000 } },
    ],
  ],
];
for (const [what, step, commands] of faults) {
  test(`${what}: each post is made exactly once`, limit, async (t) => {
    const w = await fleetWorld(t, rows(4, TWO), { accounts: TWO });
    const [phone] = w.phones.phones;
    const run = starts(w, "--max-passes", "5", "--retry-delay", "3");
    await run.event("attempt.step", (e) => e.step === step && e.device === phone.serial);
    for (const command of commands) await phone.command(command);
    if (JSON.stringify(commands).includes('"gone"')) {
      await run.event("attempt.finished", (e) => e.device === phone.serial);
      await phone.command({ do: "back" });
    }
    const { final } = await run.end;
    assert.equal(final.success, 4, JSON.stringify(final));
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

/** Living processes of this world whose command line says so. */
const pidsOf = (w: FleetWorld, words: RegExp) =>
  w
    .census()
    .filter(({ command }) => words.test(command))
    .map(({ pid }) => pid);

const victims: [who: string, kill: (w: FleetWorld, run: Running) => Promise<void>][] = [
  ["the orchestrator", (_w, run) => run.killHard()],
  ["a worker", async (w) => killAll(pidsOf(w, /worker-main/))],
  ["Appium", async (w) => killAll(pidsOf(w, /appium.*server/))],
  ["the adb server", async (w) => void (await w.phones.adb("kill-server"))],
  [
    "the phone",
    async (w) => {
      await w.phones.phones[0].command({ do: "gone" });
      await w.phones.phones[0].command({ do: "back" });
    },
  ],
];
const steps = ["session", "account", "upload", "opening", "caption", "publishing"];

for (const [who, kill] of victims) {
  for (const step of steps) {
    test(
      `${who} is killed at "${step}": made twice 0, lost 0, nothing left 10 s after the next start`,
      limit,
      async (t) => {
        const w = await fleetWorld(t, rows(2, ["anna"]));
        const run = starts(w, "--max-passes", "5", "--retry-delay", "1");
        if (step === "publishing") await run.event("attempt.publishing");
        else await run.event("attempt.step", (e) => e.step === step);
        await kill(w, run);
        await run.end.catch(() => undefined);
        const left = w.census();
        const { final } = await go(w, "--max-passes", "5", "--allow-empty");
        assert.ok(
          left.every(({ pid, command }) => !isStillThere(pid, command)),
          "orphans of the killed start",
        );
        assert.equal(final.unconfirmed, 0, JSON.stringify(final));
        await isWhole(w, 2);
      },
    );
  }
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // gone already
    }
  }
}

/** The same process, not another one under its number. */
function isStillThere(pid: number, command: string): boolean {
  if (!readdirSync("/proc").includes(String(pid))) return false;
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() === command;
}
