// A thousand jobs through the real pass loop, with every kind of end, two starts and people at the desk: what the ledger keeps of each
// leads to where it stands.
import assert from "node:assert/strict";
import test from "node:test";
import { type Act, quick, RunRig } from "../../test/rig/run-rig.ts";
import { followChain, shownChainState } from "../core/chain.ts";
import { jobId } from "../core/ids.ts";
import { allJobs, job, takeIn } from "../ledger/contract/world.contract.ts";
import type { CampaignLedger } from "../ledger/ledger.ts";

const JOBS = 1000;
const COURSES: readonly Act[][] = [
  ["ok"],
  ["fail device offline", "ok"],
  ["fail device offline"],
  ["fail we suspended your account"],
  ["fail video is too long"],
  ["fail nobody knows this one", "ok"],
  ["lost-after-go"],
  ["lost-after-post"],
  ["lost-before", "ok"],
  ["rate 1", "ok"],
  ["rate 3600"],
  ["silent-ok"],
];

async function checkChains(c: CampaignLedger): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { id } of await allJobs(c)) {
    const story = await c.views.job(id);
    if (story === null) assert.fail(`no job ${id}`);
    const { state, gaps } = followChain(story.attempts, story.moves);
    assert.deepEqual([shownChainState(state), gaps], [story.job.state, []], `the chain of ${id}`);
    found.set(story.job.state, (found.get(story.job.state) ?? 0) + 1);
  }
  return found;
}

test("the chain of each of a thousand jobs leads to its state", async () => {
  const acts = Object.fromEntries(Array.from({ length: JOBS }, (_, i) => [`j${i}`, COURSES[i % COURSES.length] ?? []]));
  const rig = new RunRig(acts);
  rig.stage.answer = (id) =>
    Number(id.slice(1)) % 5 === 0 ? "cannot_tell" : rig.stage.posts.includes(id) ? "posted" : "absent";
  const one = rig.ledger().campaign("one");
  // every third job shares its account with another: some are held with it
  const specs = Array.from({ length: JOBS }, (_, i) => job(`j${i}`, { account: `a${i % 3 === 0 ? i + 1 : i}` }));
  await takeIn(one, specs);
  const settings = quick({ workers: 4 });
  await rig.start({ settings });
  const after = await checkChains(one);
  for (const state of ["success", "failed", "unconfirmed", "held", "deferred"])
    assert.ok((after.get(state) ?? 0) > 0, `no job ended ${state}: ${JSON.stringify([...after])}`);
  const some = async (state: "failed" | "unconfirmed") =>
    (await allJobs(one))
      .filter((j) => j.state === state)
      .slice(0, 20)
      .map((j) => jobId(j.id));
  await one.desk.markPosted((await some("unconfirmed")).slice(0, 5), "olga", null);
  await one.desk.markNotPosted((await some("unconfirmed")).slice(0, 5), "olga");
  await one.desk.retry(await some("failed"), "olga");
  await one.desk.hold((await some("failed")).slice(0, 5), "olga", "wait");
  await checkChains(one);
  await rig.start({ settings });
  await checkChains(one);
});
