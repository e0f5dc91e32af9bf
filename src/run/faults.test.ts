// Every call of the ledger fails once, before and after it took effect; the next start has to bring all home. The witness is the
// stage, which counts posts whatever the ledger believes.
import assert from "node:assert/strict";
import test from "node:test";
import { type Act, quick, RunRig } from "../../test/rig/run-rig.ts";
import { millis } from "../core/ids.ts";
import { job, states, takeIn } from "../ledger/contract/world.contract.ts";
import type { CampaignLedger } from "../ledger/ledger.ts";

type Fault = { method: string; nth: number; how: "before" | "after" };
const DESKS = ["runs", "claims", "looks"] as const;

class Crash extends Error {}

/** Counts calls by `desk.method`; throws at one of them, and from then on always: a crash does not come back. */
function faulty(campaign: CampaignLedger, calls: Map<string, number>, fault: Fault | null): CampaignLedger {
  let isDown = false;
  const wrap = (desk: string, target: object): object =>
    new Proxy(target, {
      get(of, name) {
        const value: unknown = Reflect.get(of, name);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          const method = `${desk}.${String(name)}`;
          const nth = (calls.get(method) ?? 0) + 1;
          calls.set(method, nth);
          if (isDown) throw new Crash("down");
          const isIt = fault !== null && fault.method === method && fault.nth === nth;
          if (isIt && fault.how === "before") isDown = true;
          if (isDown) throw new Crash(`${method} #${nth}`);
          const answer: unknown = await Reflect.apply(value, of, args);
          if (isIt) isDown = true;
          if (isDown) throw new Crash(`${method} #${nth}, after it took effect`);
          return answer;
        };
      },
    });
  return new Proxy(campaign, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name);
      const desk = DESKS.find((d) => d === name);
      return desk === undefined ? value : wrap(desk, value as object);
    },
  });
}

const ACTS: Record<string, Act[]> = {
  a: ["ok"],
  b: ["fail device offline", "ok"],
  c: ["lost-after-post"],
  d: ["lost-after-go", "ok"],
  e: ["silent-ok"],
  f: ["rate 1", "ok"],
};
const GIVEN = quick({
  settleMs: millis(1000),
  retry: { infrastructure: 9, unknown: 2 },
  passes: { ...quick().passes, maxPasses: 9 },
});
const IDS = Object.keys(ACTS);

async function rigWithJobs(): Promise<RunRig> {
  const rig = new RunRig(ACTS);
  await takeIn(
    rig.ledger().campaign("one"),
    IDS.map((id) => job(id, { account: id })),
  );
  return rig;
}

async function checkLaw(rig: RunRig): Promise<void> {
  assert.deepEqual(rig.stage.posts.toSorted(), IDS, "each posted exactly once, by the witness");
  const all = await states(rig.ledger().campaign("one"));
  assert.deepEqual(all, Object.fromEntries(IDS.map((id) => [id, "success"])));
}

const plain = new Map<string, number>();
{
  const rig = await rigWithJobs();
  const { finished } = await rig.start({ settings: GIVEN, through: (c) => faulty(c, plain, null) });
  test("without a fault the run brings all home", async () => {
    assert.equal(finished.final_result, "all_complete");
    await checkLaw(rig);
  });
}

for (const [method, calls] of plain) {
  for (let nth = 1; nth <= Math.min(calls, 7); nth++) {
    for (const how of ["before", "after"] as const) {
      test(`killed ${how} ${method} #${nth} took effect: the next start ends it all, nothing twice`, async () => {
        const rig = await rigWithJobs();
        const first = rig.start({ settings: GIVEN, through: (c) => faulty(c, new Map(), { method, nth, how }) });
        await first.then(
          () => {}, // a note that may be lost: the run goes on without it
          (error) => assert.ok(error instanceof Crash, String(error)),
        );
        const { finished } = await rig.start({ settings: GIVEN });
        assert.ok(["all_complete", "no_jobs"].includes(finished.final_result), JSON.stringify(finished));
        await checkLaw(rig);
        const left = await rig.ledger().campaign("one").runs.openAttempts();
        assert.deepEqual(left, []);
      });
    }
  }
}

/** One call fails, and only that one. */
function hiccup(campaign: CampaignLedger, name: "recordMedia" | "markPublishing"): CampaignLedger {
  let isOver = false;
  const claims = new Proxy(campaign.claims, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key);
      if (key !== name || isOver || typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        isOver = true;
        await Reflect.apply(value, of, args);
        throw new Crash("once");
      };
    },
  });
  return new Proxy(campaign, { get: (of, key) => (key === "claims" ? claims : Reflect.get(of, key)) });
}

for (const name of ["recordMedia", "markPublishing"] as const) {
  test(`an answer lost to a single error of ${name} ends the start; it does not go on as if nothing had been`, async () => {
    const rig = await rigWithJobs();
    await assert.rejects(rig.start({ settings: GIVEN, through: (c) => hiccup(c, name) }), /once/);
    const { finished } = await rig.start({ settings: GIVEN });
    assert.equal(finished.final_result, "all_complete");
    await checkLaw(rig);
  });
}
