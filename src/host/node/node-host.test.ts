import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { instant } from "../../core/ids.ts";
import { MARK_VARIABLE } from "../host.ts";
import { identify, nodeClock, nodeProcesses, steadyClock } from "./node-host.ts";
import { readStat } from "./proc.ts";

const until = async (what: () => boolean, ms = 5000) => {
  const end = Date.now() + ms;
  while (!what()) {
    assert.ok(Date.now() < end, "waited too long");
    await new Promise((r) => setTimeout(r, 10));
  }
};
const started = async (child: ChildProcess) => {
  const id = identify(child.pid ?? -1);
  assert.ok(id);
  return id;
};

test("a sleep ends at once when its signal fires", async () => {
  const stop = new AbortController();
  const began = performance.now();
  setTimeout(() => stop.abort(), 20);
  await nodeClock.sleepUntil(instant(Date.now() + 60_000), stop.signal);
  assert.ok(performance.now() - began < 20_000);
  await nodeClock.sleepUntil(instant(Date.now() + 60_000), stop.signal);
  assert.ok(performance.now() - began < 20_000);
});

test("a sleep does not end early when the clock jumps back", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 100_000 });
  let isOver = false;
  const sleep = nodeClock.sleepUntil(instant(100_500), new AbortController().signal).then(() => {
    isOver = true;
  });
  t.mock.timers.setTime(90_000);
  for (let i = 0; i < 10; i++) {
    t.mock.timers.tick(1000);
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(isOver, false, `ended at ${Date.now()}`);
  }
  t.mock.timers.tick(1000);
  await sleep;
  assert.ok(Date.now() >= 100_500);
});

test("a process is known by pid and start time, and killed with its group", async () => {
  const child = spawn("/bin/sh", ["-c", "sleep 300 & echo $!; wait"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const grandchild = Number(line.toString());
  const id = await started(child);
  assert.ok(nodeProcesses.isAlive(id));
  const impostor = { ...id, startTime: `${Number(id.startTime) - 1}` };
  assert.equal(nodeProcesses.isAlive(impostor), false);
  assert.equal(nodeProcesses.kill(impostor, "SIGKILL"), false);
  assert.equal(nodeProcesses.kill({ ...id, bootId: "another" }, "SIGKILL"), false);
  assert.ok(nodeProcesses.isAlive(id));
  assert.equal(nodeProcesses.kill(id, "SIGKILL"), true);
  await once(child, "exit");
  assert.equal(nodeProcesses.isAlive(id), false);
  assert.equal(nodeProcesses.kill(id, "SIGKILL"), false);
  await until(() => [undefined, "Z"].includes(readStat(grandchild)?.state));
});

test("killing a process that leads no group leaves its neighbours alone", async () => {
  const child = spawn("sleep", ["300"], { stdio: "ignore" }); // in this test's own group
  const id = await started(child);
  assert.equal(nodeProcesses.kill(id, "SIGTERM"), true);
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  assert.equal(signal, "SIGTERM");
});

test("marked processes are found by the prefix of their mark, zombies and oneself not", async () => {
  const mark = `test-${process.pid}-${Date.now()}`;
  const env = { ...process.env, [MARK_VARIABLE]: `${mark}/default/1.2` };
  const child = spawn("sleep", ["300"], { stdio: "ignore", env });
  const zombies = spawn("/bin/sh", ["-c", "true & exec sleep 300"], { stdio: "ignore", env, detached: true });
  const found = nodeProcesses.marked(`${mark}/`);
  assert.ok(found.some((p) => p.pid === child.pid));
  assert.deepEqual(nodeProcesses.marked(`${mark}/other`), []);
  assert.equal(found.find((p) => p.pid === child.pid)?.mark, `${mark}/default/1.2`);
  await until(() => nodeProcesses.marked(mark).length === 2); // sh's `true` has become a zombie
  assert.match(nodeProcesses.marked(mark).find((p) => p.pid === child.pid)?.command ?? "", /^sleep 300$/);
  child.kill();
  zombies.kill();
  await Promise.all([once(child, "exit"), once(zombies, "exit")]);
});

test("a clock that is set forward is steady from then on; one set back, or kept right, was so all along", () => {
  let [wall, steady] = [1_000_000, 0];
  const clock = steadyClock(
    () => wall,
    () => steady,
  );
  const pass = (onWall: number, really: number) => {
    wall += onWall;
    steady += really;
    return clock.steadySince();
  };
  assert.equal(pass(60_000, 60_000), 0);
  assert.equal(pass(60_500, 60_000), 0);
  assert.equal(pass(-3_600_000, 1_000), 0);
  assert.equal(pass(3_600_000, 1_000), wall);
  const set = wall;
  assert.equal(pass(60_000, 60_000), set);
});
