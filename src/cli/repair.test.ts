// `accounts repair` as it is typed, read and refused; what it does to phones is in test/device/repair.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { desk } from "../../test/rig/cli-desk.ts";
import type { RepairOptions } from "../compose/repair-main.ts";
import { judge } from "../core/classify.ts";
import { minutes } from "../core/ids.ts";
import { attempt, begin, failure, job, takeIn } from "../ledger/contract/world.contract.ts";

const specs = ["ana", "ben"].map((account, i) => job(`j${i + 1}`, { account }));
const TEN_YEARS = minutes(10 * 365 * 24 * 60);
const COOLS_DOWN = {
  phase: "failed",
  failure: failure("account", "action_blocked", { cooldownMs: TEN_YEARS }),
} as const;

/** ana is held, and bound to phone p1. */
async function held(t: Parameters<typeof desk>[0], answer: string | null = null) {
  const all = desk(t, answer);
  await takeIn(all.campaign, specs);
  await all.run("accounts", "hold", "ana", "--reason", "asks for a code", "--yes");
  return all;
}
const phone = { serial: "127.0.0.1:41000", adbPort: 41_001 };
const SUSPENDED_SEEN = {
  is: "failed",
  failure: judge({ message: "still asks for a code", typed: { category: "account", cause: "challenge" } }),
} as const;

test("accounts repair tells how to reach the phone, what the check says, and that the account may post again", async (t) => {
  const { run, compose } = await held(t, "");
  let given: RepairOptions | null = null;
  compose.repairMain = async (options) => {
    given = options;
    options.tell({ type: "ready", device: "p1", phone, page: "https://farm.test/p1" });
    assert.equal(await options.done(new AbortController().signal), "done");
    options.tell({ type: "checked", seen: { is: "fine" } });
    return { seen: { is: "fine" }, released: { jobs: 1 }, stoppedBy: null, isStillOn: false };
  };
  const { code, err, out, asked } = await run("accounts", "repair", "ana", "--device", "p1");
  assert.equal(code, 0);
  assert.equal((given as RepairOptions | null)?.device, "p1");
  assert.deepEqual(
    asked.map((question) => question.slice(0, 42)),
    ["Switch phone p1 on to repair account ana? ", "Press Enter when ana is well. (Ctrl+C: giv"],
  );
  assert.match(err, /Phone p1 is on, for ana \(held_by_person: asks for a code, since /);
  assert.match(err, /^ {2}screen {4}ANDROID_ADB_SERVER_PORT=41001 scrcpy --serial 127\.0\.0\.1:41000$/m);
  assert.match(err, /^ {2}provider {2}https:\/\/farm\.test\/p1$/m);
  assert.match(out, /^Account ana may post again; 1 job went back to pending/);
});

test("accounts repair: what the check saw keeps the hold, exit 8; a stop is 130", async (t) => {
  const { run, compose } = await held(t);
  const repair = (...args: string[]) => run("accounts", "repair", "ana", "--device", "p1", "--wait", "0", ...args);
  compose.repairMain = async () => ({ seen: SUSPENDED_SEEN, released: null, stoppedBy: null, isStillOn: true });
  const { code, err } = await repair();
  assert.equal(code, 8);
  assert.match(err, /Account ana is held as before: account, challenge: still asks for a code\. Again: reprise/);
  assert.match(err, /is still on: reprise sweep stops it/);
  compose.repairMain = async () => ({ seen: null, released: null, stoppedBy: "SIGINT", isStillOn: false });
  assert.equal((await repair()).code, 130);
});

test("accounts repair in JSON: a line for the phone, and one for the check", async (t) => {
  const { run, compose } = await held(t);
  compose.repairMain = async ({ tell }) => {
    tell({ type: "ready", device: "p1", phone, page: null });
    tell({ type: "checked", seen: SUSPENDED_SEEN });
    return { seen: SUSPENDED_SEEN, released: null, stoppedBy: null, isStillOn: false };
  };
  const { objects } = await run("accounts", "repair", "ana", "--device", "p1", "--wait", "0", "--json");
  const [ready, checked] = objects();
  assert.deepEqual(
    [ready.type, ready.account, ready.device, ready.serial, ready.adb_port, ready.page],
    ["repair.ready", "ana", "p1", phone.serial, phone.adbPort, null],
  );
  assert.deepEqual([checked.type, checked.result, checked.cause], ["repair.checked", "failed", "challenge"]);
});

const unready: [why: string, args: string[], says: RegExp][] = [
  ["an account that is not held", ["ben", "--device", "p1", "--wait", "0"], /it is not held/],
  ["one that is bound to no phone", ["ana", "--wait", "0"], /bound to no phone; name one with --device/],
  ["nobody at a terminal, and no time", ["ana", "--device", "p1"], /--wait: needed without a terminal/],
  ["a time that is none", ["ana", "--device", "p1", "--wait", "soon"], /--wait is "soon"/],
];
for (const [why, args, says] of unready) {
  test(`accounts repair is refused before any phone is switched on: ${why}`, async (t) => {
    const { run } = await held(t);
    const { code, err } = await run("accounts", "repair", ...args);
    assert.equal(code, 2);
    assert.match(err, says);
  });
}

test("accounts repair leaves an account alone that cools down", async (t) => {
  const { run, campaign } = desk(t);
  await begin(campaign, [job("j1", { account: "ana" })]);
  await attempt(campaign, COOLS_DOWN);
  const { code, err } = await run("accounts", "repair", "ana", "--device", "p1", "--wait", "0");
  assert.equal(code, 2);
  assert.match(err, /cooldown until .*: leave it alone, or --force/);
});
