// What is kept of a job besides its attempts: every change of state, who did it and why.
import assert from "node:assert/strict";
import { jobId, later } from "../../core/ids.ts";
import { checkChains } from "./laws.contract.ts";
import {
  attempt,
  begin,
  type Case,
  failure,
  HOUR,
  job,
  LOST,
  MINUTE,
  NOON,
  nextPass,
  openRun,
  POSTED,
  publish,
  REJECTED,
  STOPPED,
  SUSPENDED,
  settings,
  settle,
  take,
  takeIn,
  UNKNOWN_END,
  view,
} from "./world.contract.ts";

const ids = (...names: string[]) => names.map(jobId);
const copy = { media: "/media/copy.mp4" };

export function storyCases(that: Case): void {
  const moves = async (c: Parameters<typeof view>[0], id: string) =>
    (await view(c, id)).moves.map((m) => [m.tries, m.from, m.to, m.by, m.why]);

  that("a job that is posted at once leaves no more than its attempt", async ({ one }) => {
    await begin(one, [job("a")]);
    await attempt(one, POSTED);
    const { moves: none, attempts, retries } = await view(one, "a");
    assert.deepEqual([none, attempts[0]?.endedAs, attempts[0]?.endedOf], [[], "posted", null]);
    assert.deepEqual(Object.values(retries), [settings().retry]);
    await checkChains(one);
  });

  that("what a person does to a job is signed, with the time", async ({ one, pass, now }) => {
    await begin(one, [job("a")]);
    await attempt(one, REJECTED);
    pass(MINUTE);
    await one.desk.retry(ids("a"), "olga");
    await one.desk.hold(ids("a"), "olga", "wrong caption");
    await one.desk.release(ids("a"), "ivan");
    assert.deepEqual(await moves(one, "a"), [
      [1, "failed", "pending", "olga", "retried"],
      [1, "pending", "held", "olga", "wrong caption"],
      [1, "held", "pending", "ivan", "released"],
    ]);
    assert.deepEqual(new Set((await view(one, "a")).moves.map((m) => m.at)), new Set([now()]));
    await checkChains(one);
  });

  that("a doubt that is settled leaves how the attempt ended, and of what", async ({ one }) => {
    await begin(one, [job("a"), job("b", { account: "bert" }), job("c", { account: "carl" })]);
    for (let i = 0; i < 3; i++) await attempt(one, UNKNOWN_END);
    await one.desk.markPosted(ids("a"), "olga", null);
    await one.desk.markNotPosted(ids("b"), "olga");
    const [{ attempt: c } = { attempt: "" }] = await one.looks.list(ids("c"));
    await one.looks.record(c as never, "absent", { next: "settling", at: later(NOON, HOUR), absentSince: NOON });
    await one.looks.record(c as never, "absent", { next: "not_posted" });
    for (const id of ["a", "b", "c"]) {
      const [first] = (await view(one, id)).attempts;
      assert.deepEqual([first?.endedAs, first?.endedOf?.cause], ["unconfirmed", "attempt_timeout"]);
    }
    assert.deepEqual(await moves(one, "a"), [[1, "unconfirmed", "success", "olga", "marked as posted"]]);
    assert.deepEqual(await moves(one, "b"), [[1, "unconfirmed", "pending", "olga", "marked as not posted"]]);
    assert.deepEqual(await moves(one, "c"), [
      [1, "unconfirmed", "unconfirmed", "verify", "absent; looked for again"],
      [1, "unconfirmed", "failed", "verify", null],
    ]);
    await checkChains(one);
  });

  that("a job held with its account tells why, and who let it go", async ({ one, ledger }) => {
    await begin(one, [job("a"), job("b")]);
    await attempt(one, SUSPENDED);
    await ledger.accounts.release({ name: "anna", platform: "default" }, "olga", true);
    assert.deepEqual(await moves(one, "b"), [
      [0, "pending", "held", null, "its account was held: suspended"],
      [0, "held", "pending", "olga", "its account was released"],
    ]);
    await checkChains(one);
  });

  that("where an attempt put its job, and what brought it back, is told for every sort of end", async (w) => {
    const { one, pass } = w;
    await takeIn(one, [job("old", { account: "fred" })], { past: { old: { state: "failed", message: "no" } } });
    await takeIn(one, [
      job("lost"),
      job("setup", { account: "bert" }),
      job("slow", { account: "carl" }),
      job("stop", { account: "dora" }),
      job("late", { account: "emma", notBefore: later(NOON, HOUR) }),
      job("one", { account: "gwen", ...copy }),
      job("two", { account: "gwen", ...copy }),
    ]);
    await openRun(one);
    await one.runs.openPass(3);
    await attempt(one, LOST);
    await attempt(one, { phase: "failed", failure: failure("setup", "sdk_missing") });
    await attempt(one, { phase: "failed", failure: failure("infrastructure", "rate_limited", { rateLimited: true }) });
    await settle(one, await take(one), STOPPED);
    await checkChains(one);
    pass(HOUR);
    await nextPass(one);
    assert.deepEqual(
      (await moves(one, "lost")).map(([, from, to]) => [from, to]),
      [["failed", "pending"]],
    );
    assert.deepEqual(
      (await moves(one, "setup")).map(([, from, to]) => [from, to]),
      [
        ["claimed", "parked"],
        ["parked", "pending"],
      ],
    );
    assert.deepEqual(
      (await moves(one, "slow")).map(([, from, to, , why]) => [from, to, why]),
      [
        ["claimed", "waiting", "rate_limited"],
        ["waiting", "pending", null],
      ],
    );
    assert.deepEqual((await moves(one, "old"))[0], [0, "taken_in", "failed", null, null]);
    const twin = await take(one);
    await publish(one, twin);
    await settle(one, twin, UNKNOWN_END);
    await checkChains(one);
  });
}
