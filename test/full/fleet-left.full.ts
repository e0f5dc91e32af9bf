// What a run on phones leaves behind, its own and others': phones, adb servers, ports.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { freePort } from "../device/adb-world.ts";
import { connected, fleetWorld, forwards, go, posted, rows, starts } from "../device/fleet-world.ts";
import { has, kill } from "../e2e/world.ts";

const limit = { timeout: 600_000 };

test("killed with its phones on: the next start finds and stops them, and posts each job once", limit, async (t) => {
  const w = await fleetWorld(t, rows(2, ["anna"]));
  const run = starts(w);
  await run.event("attempt.step", (e) => e.step === "caption");
  await run.killHard();
  const { final, events } = await go(w);
  has(final, { exit_code: 0, success: 2 });
  const swept = events.flatMap((e) => (e.type === "sweep.done" ? (e.devices ?? []) : []));
  assert.deepEqual(
    swept,
    w.phones.phones.map(({ serial }) => serial),
  );
  assert.deepEqual(posted(w).toSorted(), ["no. 1 🎈", "no. 2 🎈"]);
  assert.deepEqual([w.census(), await forwards(w), await connected(w)], [[], [], []]);
});

test("what a killed campaign left is put back by another one's run: its Appium, its phone", limit, async (t) => {
  const accounts = ["anna", "bert"] as [string, string];
  const w = await fleetWorld(t, rows(2, accounts), { accounts });
  const run = starts(w, "--campaign", "one", "--accounts", "anna");
  await run.event("attempt.step", (e) => e.step === "caption");
  await run.killHard();
  for (const { pid, command } of w.census()) if (command.includes("worker-main")) kill(pid, "SIGKILL");
  has((await go(w, "--campaign", "two", "--accounts", "bert")).final, { exit_code: 0, success: 1 });
  assert.deepEqual([w.census(), await forwards(w), await connected(w)], [[], [], []]);
});

test("a private adb server begins and ends with the run; a stranger's server and its phones stay", limit, async (t) => {
  const stranger = await fleetWorld(t, [], {});
  const [theirs] = stranger.phones.phones;
  await stranger.phones.adb("connect", theirs.serial);
  await stranger.phones.adb("-s", theirs.serial, "forward", "tcp:17299", "tcp:6790");
  const w = await fleetWorld(t, rows(1, ["anna"]), { isPrivate: true });
  has((await go(w)).final, { exit_code: 0, success: 1 });
  assert.deepEqual(w.census(), []);
  assert.deepEqual(await connected(stranger), [theirs.serial]);
  assert.equal((await forwards(stranger)).length, 1);
});

test(
  "--force-kill-ports: who listens on the ports for forwards is ended and named, a client of theirs is not",
  limit,
  async (t) => {
    const port = await freePort();
    const w = await fleetWorld(t, rows(1, ["anna"]), { devices: `  system_ports: ${port}-${port + 1}` });
    const listens = (at: number) =>
      spawn(process.execPath, [
        "-e",
        `require("net").createServer().listen(${at}, "127.0.0.1", () => console.log("up"))`,
      ]);
    const theirs = [listens(port), listens(port + 1)];
    t.after(() => {
      for (const child of theirs) child.kill("SIGKILL");
    });
    await Promise.all(theirs.map((child) => once(child.stdout, "data")));
    const { final, events } = await go(w, "--force-kill-ports");
    has(final, { exit_code: 0, success: 1 });
    const told = events.flatMap((e) => (e.type === "warning" ? [e.message] : []));
    assert.deepEqual(
      told.filter((message) => message.includes("--force-kill-ports")).map((m) => /pid (\d+)/.exec(m)?.[1]),
      [String(theirs[0]?.pid)],
      "one worker needs one port",
    );
    assert.equal(theirs[1]?.exitCode ?? theirs[1]?.signalCode, null);
    assert.deepEqual([w.census(), await forwards(w), await connected(w)], [[], [], []]);
  },
);
