// What an outage cost is given back, as if those attempts had not been made (3-semantics 3.3, 3.5).
import assert from "node:assert/strict";
import type { RunEvent } from "../../core/events.ts";
import { passNo } from "../../core/ids.ts";
import { decideSettlement } from "../../core/retry.ts";
import {
  ask,
  attempt,
  begin,
  type Case,
  job,
  LOST,
  lastOf,
  limited,
  nextPass,
  ODD,
  POSTED,
  REJECTED,
  ref,
  SUSPENDED,
  settle,
  states,
  take,
  UNKNOWN_END,
  view,
} from "./world.contract.ts";

const OPENED: RunEvent = { type: "outage.opened", cause: "down", devices: 5, attempts: 5, probe_at: "later" };
const two = () => [job("a"), job("b", { account: "ben" })];

export function outageCases(that: Case): void {
  that("what an outage cost is given back: the job is pending in this very pass, its budget whole", async (w) => {
    const { one, events } = w;
    await begin(one, two());
    const lost = await attempt(one, LOST);
    assert.equal((await one.runs.stats(passNo(1))).jobs_processed, 1);
    await one.runs.uncharge([lost.attempt], OPENED);
    assert.deepEqual(await states(one), { a: "pending", b: "pending" });
    const { job: a, attempts } = await view(one, "a");
    assert.deepEqual([a.category, a.cause, a.attempts], [null, null, 1]);
    assert.deepEqual([attempts[0]?.phase, attempts[0]?.charge], ["failed", null], "what happened stays told");
    const stats = await one.runs.stats(passNo(1));
    assert.deepEqual([stats.jobs_processed, stats.failed_infrastructure], [0, 0]);
    assert.equal(lastOf(events, "outage.opened").cause, "down");
    const again = await take(one);
    assert.deepEqual([again.job.id, again.spent.infrastructure], ["a", 0]);
    await settle(one, again, LOST);
    const after = await one.runs.stats(passNo(1));
    assert.deepEqual([after.jobs_processed, after.failed_infrastructure], [1, 1]);
  });

  that("an attempt that ended during an outage costs nothing and is not counted", async ({ one }) => {
    await begin(one, two());
    const claim = await take(one);
    const settlement = {
      ...decideSettlement(LOST, claim.spent, 0 as never),
      charge: null,
      job: { state: "pending" },
    } as const;
    assert.equal(await one.claims.settle(ref(claim), settlement), "ok");
    assert.equal((await states(one)).a, "pending");
    assert.equal((await one.runs.stats(passNo(1))).jobs_processed, 0);
    assert.equal((await view(one, "a")).attempts[0]?.failure?.cause, "device_offline");
  });

  that("only failures that were paid for are given back, and only once", async ({ one }) => {
    const names = ["a", "b", "c", "d", "e"];
    await begin(
      one,
      names.map((id) => job(id, { account: id })),
    );
    const ends = [POSTED, REJECTED, SUSPENDED, UNKNOWN_END, ODD];
    const ids = [];
    for (const end of ends) ids.push((await attempt(one, end)).attempt);
    const before = await states(one);
    await one.runs.uncharge(ids, OPENED);
    await one.runs.uncharge(ids, OPENED);
    assert.deepEqual(await states(one), { ...before, e: "pending" });
    const { jobs_processed, failed_unknown, success_count } = await one.runs.stats(passNo(1));
    assert.deepEqual([jobs_processed, failed_unknown, success_count], [4, 0, 1]);
  });

  that("a job that has gone on since keeps its place, and gets its budget back all the same", async ({ one }) => {
    await begin(one, [job("a")]);
    const lost = await attempt(one, LOST);
    await nextPass(one);
    const again = await take(one);
    await one.runs.uncharge([lost.attempt], OPENED);
    assert.equal((await states(one)).a, "claimed");
    await settle(one, again, LOST);
    assert.equal((await states(one)).a, "failed");
    await nextPass(one);
    assert.equal((await take(one)).spent.infrastructure, 1, "one of two failures was given back");
  });

  that("given back in a pass where the job had failed before: that counts again", async ({ one }) => {
    await begin(one, [job("a")]);
    const first = await attempt(one, LOST);
    await one.runs.uncharge([first.attempt], OPENED);
    await attempt(one, REJECTED);
    assert.equal((await one.runs.stats(passNo(1))).failed_content, 1);
    await one.runs.uncharge([first.attempt], OPENED);
    assert.equal((await one.runs.stats(passNo(1))).failed_content, 1);
  });

  that("the job of an account that was held meanwhile is held with it", async ({ one, ledger }) => {
    await begin(one, two());
    const lost = await attempt(one, LOST);
    await ledger.accounts.hold({ name: "anna", platform: "default" }, "me", "looks odd");
    await one.runs.uncharge([lost.attempt], OPENED);
    assert.deepEqual(await states(one), { a: "held", b: "pending" });
    assert.equal(await ask(one, limited(9)), "b");
  });

  that("attempts of other runs and campaigns are left alone", async ({ one, ledger }) => {
    await begin(one, two());
    const lost = await attempt(one, LOST);
    const other = ledger.campaign("two");
    await begin(other, [job("x", { account: "xena" })]);
    await other.runs.uncharge([lost.attempt], OPENED);
    assert.equal((await states(one)).a, "failed");
  });
}
