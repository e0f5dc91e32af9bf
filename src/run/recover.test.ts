import assert from "node:assert/strict";
import test from "node:test";
import { quick, RunRig } from "../../test/rig/run-rig.ts";
import { OWN_RULES } from "../core/classify.ts";
import { attemptId, fence, jobId } from "../core/ids.ts";
import type { PosterEnd } from "../core/poster-end.ts";
import { HOLDER, job, LOST, settle, states, take, takeIn, view } from "../ledger/contract/world.contract.ts";
import type { CampaignLedger } from "../ledger/ledger.ts";
import { type Outbox, recover } from "./recover.ts";

const SLOT = { worker: 1, device: null, asOpaque: false };
const NOTHING: Outbox = { read: async () => [], drop: async () => {} };
const END: PosterEnd = {
  spoke: true,
  said: null,
  exit: { kind: "code", code: 1 },
  gotGo: false,
  noGo: null,
  step: "opening",
  stderrTail: "device offline",
  error: null,
  evidence: [],
};

async function opened(...ids: string[]): Promise<{ rig: RunRig; one: CampaignLedger }> {
  const rig = new RunRig();
  const one = rig.ledger().campaign("one");
  await takeIn(
    one,
    ids.map((id) => job(id, { account: id })),
  );
  await one.runs.open({ settings: quick(), holder: HOLDER, simulated: false });
  await one.runs.openPass(3);
  return { rig, one };
}

type Item = Awaited<ReturnType<Outbox["read"]>>[number];

/** As an older version left them, unless their job is said. */
function box(given: (Omit<Item, "job"> & Partial<Pick<Item, "job">>)[]) {
  const items = given.map((item) => ({ job: null, ...item }));
  const dropped: string[] = [];
  const outbox: Outbox = {
    read: async () => items,
    drop: async (file) => void dropped.push(file),
  };
  return { outbox, dropped };
}

test("before the intent a dead attempt is pending again and uncharged; from the intent on it is unconfirmed", async () => {
  const { rig, one } = await opened("a", "b");
  await take(one, quick(), SLOT);
  const b = await take(one, quick(), SLOT);
  await one.claims.markPublishing(b, { baseline: null }, quick());
  assert.deepEqual(await recover(one, NOTHING, rig.clock, OWN_RULES), { fromOutbox: 0, pending: 1, unconfirmed: 1 });
  assert.deepEqual(await states(one), { a: "pending", b: "unconfirmed" });
  assert.equal((await view(one, "a")).attempts[0]?.charge, null);
});

test("a silent poster's opaque intent counts: unconfirmed, unless the outbox says that it spoke and never got go", async () => {
  const { rig, one } = await opened("a", "b");
  const silent = { ...SLOT, asOpaque: true };
  const media = { size: 1, mtimeMs: 1, hash: "h" };
  const a = await take(one, quick(), silent);
  await one.claims.recordMedia(a, media);
  const b = await take(one, quick(), silent);
  await one.claims.recordMedia(b, { ...media, hash: "h2" });
  const { outbox, dropped } = box([{ file: "b.json", attempt: b.attempt, fence: b.fence, end: END }]);
  assert.deepEqual(await recover(one, outbox, rig.clock, OWN_RULES), { fromOutbox: 1, pending: 0, unconfirmed: 1 });
  assert.deepEqual(await states(one), { a: "unconfirmed", b: "failed" });
  assert.deepEqual(dropped, ["b.json"]);
});

test("what the outbox holds is believed, once, and then dropped", async () => {
  const { rig, one } = await opened("a");
  const a = await take(one, quick(), SLOT);
  await one.claims.markPublishing(a, { baseline: null }, quick());
  const end: PosterEnd = { ...END, gotGo: true, said: { type: "posted", url: "u" } };
  const { outbox, dropped } = box([{ file: "a.json", attempt: a.attempt, fence: a.fence, end }]);
  assert.equal((await recover(one, outbox, rig.clock, OWN_RULES)).fromOutbox, 1);
  assert.deepEqual(await states(one), { a: "success" });
  // killed before the file was dropped: met again, it changes nothing
  assert.equal((await recover(one, outbox, rig.clock, OWN_RULES)).fromOutbox, 1);
  assert.deepEqual(await states(one), { a: "success" });
  assert.deepEqual(dropped, ["a.json", "a.json"]);
});

test("a go that was committed and never handed over leaves nothing unconfirmed", async () => {
  const { rig, one } = await opened("a");
  const a = await take(one, quick(), SLOT);
  await one.claims.markPublishing(a, { baseline: null }, quick());
  const end: PosterEnd = { ...END, noGo: "stopping", exit: { kind: "code", code: 75 } };
  await recover(one, box([{ file: "a", attempt: a.attempt, fence: a.fence, end }]).outbox, rig.clock, OWN_RULES);
  assert.deepEqual(await states(one), { a: "pending" });
});

test("an entry of another campaign stays where it is", async () => {
  const { rig, one } = await opened("a");
  const two = rig.ledger().campaign("two");
  await takeIn(two, [job("z", { account: "z" })]);
  await two.runs.open({ settings: quick(), holder: HOLDER, simulated: false });
  const z = await take(two, quick(), SLOT);
  const { outbox, dropped } = box([{ file: "z", attempt: z.attempt, fence: z.fence, end: END }]);
  assert.equal((await recover(one, outbox, rig.clock, OWN_RULES)).fromOutbox, 0);
  assert.deepEqual(dropped, []);
  assert.equal((await recover(two, outbox, rig.clock, OWN_RULES)).fromOutbox, 1);
  assert.deepEqual(dropped, ["z"]);
});

test("an entry of an attempt that this ledger never gave out stays where it is", async () => {
  const { rig, one } = await opened("a");
  const { outbox, dropped } = box([{ file: "x", attempt: attemptId("other.1"), fence: fence(1), end: END }]);
  assert.deepEqual(await recover(one, outbox, rig.clock, OWN_RULES), { fromOutbox: 0, pending: 0, unconfirmed: 0 });
  assert.deepEqual(dropped, []);
});

test("an end of another job than the attempt's is refused: the ledger was put back and gave the id out again", async () => {
  const { rig, one } = await opened("a", "b");
  const ledger = rig.ledger();
  const told: string[] = [];
  ledger.subscribe((line) => line.type === "warning" && told.push(line.message));
  const a = await take(one, quick(), SLOT);
  const end: PosterEnd = { ...END, gotGo: true, said: { type: "posted", url: "u" } };
  const { outbox, dropped } = box([{ file: "a.json", attempt: a.attempt, fence: a.fence, job: jobId("b"), end }]);
  const mine = ledger.campaign("one");
  assert.deepEqual(await recover(mine, outbox, rig.clock, OWN_RULES), { fromOutbox: 0, pending: 1, unconfirmed: 0 });
  assert.match(told.join(), /tells of job b/);
  const again = await take(one, quick(), SLOT);
  await settle(one, again, LOST, rig.clock.now());
  const of = { attempt: again.attempt, fence: again.fence, job: jobId("b") };
  const late = box([{ file: "a.json", ...of, end }]);
  assert.equal((await recover(mine, late.outbox, rig.clock, OWN_RULES)).fromOutbox, 0);
  assert.deepEqual(await states(one), { a: "failed", b: "pending" });
  assert.deepEqual([...dropped, ...late.dropped], []);
});
