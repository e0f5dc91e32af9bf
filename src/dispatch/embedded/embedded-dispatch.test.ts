import assert from "node:assert/strict";
import test from "node:test";
import { type Act, type ActingPool, actingPool, quick, RunRig } from "../../../test/rig/run-rig.ts";
import { passNo } from "../../core/ids.ts";
import type { JobSpec } from "../../core/job.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { noPhones } from "../../fleet/no-phones.ts";
import { HOLDER, job, lastOf, states, takeIn, view } from "../../ledger/contract/world.contract.ts";
import type { CampaignLedger, ClaimDesk } from "../../ledger/ledger.ts";
import type { Dispatch } from "../dispatch.ts";
import { openEmbeddedDispatch } from "./embedded-dispatch.ts";

const FIRST = passNo(1);
const SETUP: Act = "fail Neither ANDROID_HOME nor ANDROID_SDK_ROOT environment variable was exported";

type Bench = { rig: RunRig; one: CampaignLedger; dispatch: Dispatch; pool: ActingPool };
type More = {
  settings?: RunSettings;
  slots?: number;
  fleet?: (one: CampaignLedger, rig: RunRig) => Fleet;
  claims?: (desk: ClaimDesk) => ClaimDesk;
};

async function bench(acts: Record<string, Act[]>, specs: readonly JobSpec[], more: More = {}): Promise<Bench> {
  const rig = new RunRig(acts);
  const real = rig.ledger().campaign("one");
  await takeIn(real, specs);
  const settings = more.settings ?? quick();
  await real.runs.open({ settings, holder: HOLDER, simulated: false });
  await real.runs.openPass(3);
  const one = more.claims === undefined ? real : { ...real, claims: more.claims(real.claims) };
  const pool = actingPool(rig.stage, more.slots ?? 2);
  const parts = { ledger: one, fleet: more.fleet?.(one, rig) ?? noPhones(), pool, settings, clock: rig.clock };
  return { rig, one, pool, dispatch: openEmbeddedDispatch(parts) };
}
const many = (n: number) => Array.from({ length: n }, (_, i) => job(`j${i + 1}`, { account: `a${i + 1}` }));

/** Resolves when the poster of this job runs. */
async function started({ rig }: Bench, id: string): Promise<void> {
  for (let rounds = 0; !rig.stage.tries.includes(id); rounds++) {
    assert.ok(rounds < 1000, `${id} never began`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a pass runs until nothing is eligible and nothing in flight, with more jobs than slots", async () => {
  const b = await bench({ "*": ["slow 1"] }, many(7));
  assert.deepEqual(await b.dispatch.drain(FIRST), { halted: null });
  assert.equal(b.rig.stage.posts.length, 7);
  assert.deepEqual(b.dispatch.load(), { inFlight: 0, pastIntent: 0 });
});

test("the last job in flight may free work for slots that sleep", async () => {
  const b = await bench({ "*": ["slow 1"] }, [job("a"), job("b"), job("c")]); // of one account
  await b.dispatch.drain(FIRST);
  assert.deepEqual(b.rig.stage.posts, ["a", "b", "c"]);
});

test("a stop while a claim is being written starts no poster, and the job is pending again", async () => {
  const asked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const b = await bench({}, many(1), {
    claims: (desk) => ({
      ...desk,
      claim: async (...args) => {
        const answer = await desk.claim(...args);
        asked.resolve();
        await goOn.promise;
        return answer;
      },
    }),
  });
  const drained = b.dispatch.drain(FIRST);
  await asked.promise;
  b.dispatch.stop(1);
  goOn.resolve();
  await drained;
  assert.deepEqual(b.rig.stage.tries, []);
  const { job: left, attempts } = await view(b.one, "j1");
  assert.deepEqual([left.state, attempts[0]?.phase, attempts[0]?.charge], ["pending", "cancelled", null]);
});

test("the first stop ends what is before its intent; the load told then is what was in flight", async () => {
  const b = await bench({ "*": ["hang"] }, many(3));
  const drained = b.dispatch.drain(FIRST);
  await Promise.all([started(b, "j1"), started(b, "j2")]);
  assert.deepEqual(b.dispatch.load(), { inFlight: 2, pastIntent: 0 });
  b.dispatch.stop(1);
  await drained;
  assert.deepEqual(await states(b.one), { j1: "pending", j2: "pending", j3: "pending" });
  assert.deepEqual(b.rig.stage.tries.length, 2, "no new claims");
});

test("once stopped, a later drain claims nothing", async () => {
  const b = await bench({}, many(2));
  b.dispatch.stop(1);
  await b.dispatch.drain(FIRST);
  assert.deepEqual(b.rig.stage.tries, []);
});

test("paused, attempts finish and none begins; resumed, the pass goes on", async () => {
  const b = await bench({}, many(2), { slots: 1 });
  b.dispatch.pause(true);
  const drained = b.dispatch.drain(FIRST);
  for (let rounds = 0; rounds < 20; rounds++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(b.rig.stage.tries, []);
  b.dispatch.pause(false);
  await drained;
  assert.equal(b.rig.stage.posts.length, 2);
});

test("paused while a phone starts, the loop that waited for it claims nothing; resumed, it goes on", async () => {
  const [asked, phone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const fleet: Fleet = {
    ...noPhones(),
    async next() {
      asked.resolve();
      await phone.promise;
      return { next: "phone", phone: null, phones: [] };
    },
  };
  const b = await bench({}, many(2), { slots: 2, fleet: () => fleet });
  const drained = b.dispatch.drain(FIRST);
  await asked.promise;
  b.dispatch.pause(true);
  phone.resolve();
  for (let rounds = 0; rounds < 20; rounds++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([b.rig.stage.tries, await states(b.one)], [[], { j1: "pending", j2: "pending" }]);
  b.dispatch.pause(false);
  await drained;
  assert.equal(b.rig.stage.posts.length, 2);
});

test("a stop ends a pause too", async () => {
  const b = await bench({}, many(2));
  b.dispatch.pause(true);
  const drained = b.dispatch.drain(FIRST);
  b.dispatch.stop(1);
  await drained;
  assert.deepEqual(b.rig.stage.tries, []);
});

test("the second setup failure cancels what is before its intent and names the cause; jobs burn nothing", async () => {
  const b = await bench({ j1: [SETUP], j2: [SETUP], j3: ["hang"] }, many(5), { slots: 3 });
  const { halted } = await b.dispatch.drain(FIRST);
  assert.match(halted ?? "", /setup failure: \w+ \(j1, j2\)|setup failure: \w+ \(j2, j1\)/);
  assert.deepEqual(new Set(Object.values(await states(b.one))), new Set(["pending"]));
});

test("a lone setup failure lets its pass go on and is remembered for its end", async () => {
  const b = await bench({ j2: [SETUP] }, many(4));
  assert.equal(b.dispatch.setupFailure, null);
  assert.deepEqual(await b.dispatch.drain(FIRST), { halted: null });
  assert.notEqual(b.dispatch.setupFailure, null);
  assert.equal(b.rig.stage.posts.length, 3);
});

test("--halt soon lets attempts in flight finish, now does not", async () => {
  for (const [when, posted] of [
    ["soon", 1],
    ["now", 0],
  ] as const) {
    const settings = quick({ halt: { when, fail: 1, unit: "count" } });
    const b = await bench({ j1: ["slow 5"], j2: ["fail device offline"] }, many(4), { settings });
    const { halted } = await b.dispatch.drain(FIRST);
    assert.match(halted ?? "", /1 attempts? failed/);
    assert.equal(b.rig.stage.posts.length, posted, when);
  }
});

test("without a worker that can be kept alive the pass ends and says so", async () => {
  const b = await bench({}, many(2));
  b.pool.isBroken = true;
  assert.match((await b.dispatch.drain(FIRST)).halted ?? "", /no worker/);
  assert.deepEqual(await states(b.one), { j1: "pending", j2: "pending" });
});

test("a ledger that can't be written ends the drain by its own words, and no slot sleeps on", async () => {
  let claims = 0;
  const b = await bench({ "*": ["slow 1"] }, many(6), {
    slots: 3,
    claims: (desk) => ({
      ...desk,
      claim: async (...args) => {
        if (++claims === 3) throw new Error("disk full");
        return desk.claim(...args);
      },
    }),
  });
  await assert.rejects(b.dispatch.drain(FIRST), /disk full/);
});

test("a look that a stop ended is not written down: it tells nothing", async () => {
  const b = await bench({ j1: ["lost-after-post"] }, many(1));
  await b.dispatch.drain(FIRST);
  const [unconfirmed] = await b.one.looks.list();
  assert.ok(unconfirmed);
  await b.one.looks.record(unconfirmed.attempt, "absent", {
    next: "settling",
    at: b.rig.clock.now(),
    absentSince: b.rig.clock.now(),
  });
  b.rig.stage.answer = () => {
    b.dispatch.stop(1);
    return "cannot_tell";
  };
  await b.dispatch.look(await b.one.looks.list());
  assert.notEqual((await b.one.looks.list())[0]?.absentSince, null);
});

test("a duplicate found by its content is skipped, and no poster is started", async () => {
  const b = await bench({}, [job("a"), job("b", { media: "/media/a.mp4" })]);
  await b.dispatch.drain(FIRST);
  assert.deepEqual(await states(b.one), { a: "success", b: "skipped" });
  assert.deepEqual(b.rig.stage.tries, ["a"]);
});

test("another process that frees work wakes a slot that sleeps", async () => {
  const b = await bench({ j1: ["slow 100"] }, many(2), {
    settings: quick({ limits: { ...quick().limits, minGapMs: quick().settleMs } }),
  });
  const events: Parameters<Parameters<ReturnType<RunRig["ledger"]>["subscribe"]>[0]>[0][] = [];
  const other = b.rig.ledger();
  other.subscribe((line) => events.push(line));
  await other.accounts.hold({ name: "a2", platform: "default" }, "olga", "phone call");
  const drained = b.dispatch.drain(FIRST);
  await started(b, "j1");
  await other.accounts.release({ name: "a2", platform: "default" }, "olga", false);
  b.dispatch.poke();
  await started(b, "j2");
  await drained;
  assert.equal(lastOf(events, "account.released").jobs_released, 1);
  assert.deepEqual(b.rig.stage.posts, ["j2", "j1"]);
});

test("a clock that is set forward settles nothing: absent has to last for as long as it says", async () => {
  const { rig, one, dispatch } = await bench({ a: ["lost-after-go"] }, [job("a")]);
  await dispatch.drain(FIRST);
  rig.stage.answer = () => "absent";
  const look = async () => dispatch.look(await one.looks.list());
  await look();
  rig.clock.set(3_600_000);
  await look();
  assert.equal((await view(one, "a")).job.state, "unconfirmed", "an hour on the wall, and no time at all");
  rig.clock.pass(60_000);
  await look();
  assert.equal((await view(one, "a")).job.state, "failed");
});
