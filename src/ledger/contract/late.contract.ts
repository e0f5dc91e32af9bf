// Twins, and reports that come late (3-semantics 3.4).
import assert from "node:assert/strict";
import { jobId, type Millis } from "../../core/ids.ts";
import type { JobSpec } from "../../core/job.ts";
import {
  ask,
  attempt,
  begin,
  type Case,
  job,
  LOST,
  lastOf,
  limited,
  media,
  NOON,
  POSTED,
  publish,
  REJECTED,
  ref,
  SLOT,
  STOPPED,
  settings,
  settle,
  settleNoGo,
  states,
  take,
  takeIn,
  typesOf,
  UNKNOWN_END,
  view,
  type World,
} from "./world.contract.ts";

const copy = { media: "/media/copy.mp4" };

export function twinCases(that: Case): void {
  that("open jobs that would repeat a post are known beforehand, by hash and by path", knowsTwins);

  that("a twin is skipped when the first turns out posted", async (w) => {
    await behindTwin(w);
    const [first] = await w.one.looks.list();
    await w.one.looks.record(first?.attempt ?? assert.fail("nothing to look at"), "posted", { next: "posted" });
    await playOut(w);
    assert.deepEqual(await states(w.one), { a: "success", b: "skipped" });
  });

  that("a twin goes on when the first turns out not posted", async (w) => {
    await behindTwin(w);
    const [first] = await w.one.looks.list();
    await w.one.looks.record(first?.attempt ?? assert.fail("nothing to look at"), "absent", { next: "not_posted" });
    assert.equal((await view(w.one, "b")).job.state, "pending");
    assert.equal(await ask(w.one), "b");
  });

  that("a twin whose first settles while its refusal is under way is not left behind", async (w) => {
    const { one } = w;
    await begin(one, [job("a"), job("b", copy)]);
    await attempt(one, UNKNOWN_END, settings(), "h1");
    const claim = await take(one);
    await one.claims.recordMedia(ref(claim), media("h1"));
    await one.desk.markPosted([jobId("a")], "olga", null);
    await settleNoGo(one, claim, "twin_unconfirmed");
    assert.deepEqual(typesOf(w.events, "job.held"), [], "it does not say that it is held");
    await playOut(w);
    assert.deepEqual(await states(one), { a: "success", b: "skipped" });
  });

  that("a twin of a held account waits for that, when what it waited for is settled", async (w) => {
    const { one, ledger } = w;
    await behindTwin(w);
    await ledger.accounts.hold({ name: "anna", platform: "default" }, "olga", "?");
    await one.desk.markNotPosted([jobId("a")], "olga");
    assert.deepEqual(await states(one), { a: "held", b: "held" });
    const facts = await one.runs.facts(settings().retry, false);
    assert.deepEqual([facts.retryable, facts.nonRetryable], [0, 2]);
  });

  that(
    "a silent poster that spoke and got lost is unconfirmed, though its twin was marked posted meanwhile",
    async (w) => {
      const { one } = w;
      await begin(one, [job("a"), job("b", copy)]);
      const first = await take(one);
      await one.claims.recordMedia(ref(first), media("h1"));
      await settle(one, first, LOST);
      const claim = await take(one, settings(), { ...SLOT, asOpaque: true });
      assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: true });
      await one.claims.spoke(ref(claim));
      await one.desk.markPosted([jobId("a")], "olga", null);
      assert.equal(await settle(one, claim, UNKNOWN_END), "ok");
      assert.deepEqual(await states(one), { a: "success", b: "unconfirmed" });
      await one.desk.markPosted([jobId("b")], "olga", null);
      assert.deepEqual(await states(one), { a: "success", b: "success" });
    },
  );

  that("a twin stays held while another post of its account settles", async ({ one }) => {
    await begin(one, [job("a"), job("b", { media: job("a").media }), job("c")]);
    await attempt(one, UNKNOWN_END, settings(), "h1");
    const claim = await take(one);
    await settleNoGo(one, claim, "twin_unconfirmed");
    await attempt(one, POSTED);
    assert.deepEqual(await states(one), { a: "unconfirmed", b: "held", c: "success" });
  });

  that("a twin in another campaign is freed as well", async ({ one, fixture }) => {
    const two = (await fixture.second()).campaign("two");
    await begin(one, [job("a")]);
    await begin(two, [job("b", copy)]);
    await attempt(one, UNKNOWN_END, settings(), "h1");
    const claim = await take(two);
    await two.claims.recordMedia(ref(claim), media("h1"));
    await settleNoGo(two, claim, "twin_unconfirmed");
    await one.desk.markNotPosted([jobId("a")], "olga");
    assert.deepEqual(await states(two), { b: "pending" });
  });
}

export function lateCases(that: Case): void {
  that("a report with an old fence is refused as late, and said", async ({ one, events }) => {
    await begin(one, [job("a")]);
    const old = await take(one);
    await settle(one, old, STOPPED);
    const newer = await take(one);
    assert.equal(await settle(one, old, LOST), "late");
    assert.deepEqual(await states(one), { a: "claimed" });
    const last = lastOf(events, "attempt.finished");
    assert.deepEqual([last.outcome, last.attempt], ["late", old.attempt]);
    assert.equal((await view(one, "a")).attempts[0]?.phase, "cancelled");
    assert.equal(await settle(one, newer, POSTED), "ok");
  });

  that("a late report of a failure settles nothing: an unconfirmed job stays so, whatever it says", async (w) => {
    const { one, events } = w;
    await begin(one, [job("a")], limited(1));
    const claim = await take(one, limited(1));
    await publish(one, claim, limited(1));
    await settle(one, claim, UNKNOWN_END);
    for (const said of [LOST, STOPPED, REJECTED]) assert.equal(await settle(one, claim, said), "late");
    assert.equal(typesOf(events, "attempt.finished").length, 4);
    const { job: a, attempts } = await view(one, "a");
    assert.deepEqual([a.state, attempts[0]?.phase, attempts[0]?.charge], ["unconfirmed", "unconfirmed", null]);
    assert.equal((await one.looks.list()).length, 1);
    assert.equal(await ask(one, limited(1)), "none");
  });

  that("an orchestrator that another one has followed writes nothing more", async ({ one, fixture }) => {
    await one.runs.reign();
    await begin(one, [job("a"), job("b", { account: "bert" })]);
    const claim = await take(one);
    const next = (await fixture.second()).campaign("one");
    await next.runs.reign();
    assert.deepEqual([await one.runs.reigns(), await next.runs.reigns()], [false, true]);
    const fenced = { name: "LedgerError", code: "fenced" };
    await assert.rejects(one.claims.markPublishing(ref(claim), { baseline: null }, settings()), fenced);
    await assert.rejects(settle(one, claim, POSTED), fenced);
    await assert.rejects(one.claims.claim(SLOT, settings()), fenced);
    await assert.rejects(one.runs.finish("interrupted", 130), fenced);
    assert.deepEqual(await states(next), { a: "claimed", b: "pending" });
    assert.equal(await settle(next, claim, POSTED), "ok");
  });

  that("each campaign has its own orchestrator, and people at the desk need not be one", async ({ one, fixture }) => {
    await one.runs.reign();
    await begin(one, [job("a")]);
    const other = (await fixture.second()).campaign("two");
    await other.runs.reign();
    const desk = (await fixture.second()).campaign("one").desk;
    assert.deepEqual((await desk.hold([jobId("a")], "olga", "wait")).done, [jobId("a")]);
    assert.equal(await ask(one), "none");
  });

  that("a late posted is a post made: the newer attempt of that job gets no go", async ({ one }) => {
    await begin(one, [job("a")]);
    const old = await take(one);
    await one.claims.recordMedia(ref(old), media("h1"));
    await settle(one, old, STOPPED);
    const newer = await take(one);
    await one.claims.recordMedia(ref(newer), media("h1"));
    assert.equal(await settle(one, old, POSTED), "late");
    const answer = await one.claims.markPublishing(ref(newer), { baseline: null }, settings());
    assert.deepEqual(answer, { go: false, reason: "duplicate" });
  });

  that("a late posted stops even a job that may repeat a post", async ({ one }) => {
    await begin(one, [job("a", { allowRepost: true })]);
    const old = await take(one);
    await one.claims.recordMedia(ref(old), media("h1"));
    await settle(one, old, STOPPED);
    const newer = await take(one);
    assert.equal(await settle(one, old, POSTED), "late");
    assert.deepEqual(await one.claims.recordMedia(ref(newer), media("h1")), { go: false, reason: "duplicate" });
  });

  that("a late posted keeps its place in the daily limit", async ({ one }) => {
    await begin(one, [job("a"), job("b")], limited(1));
    const old = await take(one, limited(1));
    await one.claims.recordMedia(ref(old), media("h1"));
    await settle(one, old, STOPPED);
    await settle(one, old, POSTED);
    assert.equal(await ask(one, limited(1)), "none");
  });

  that("proof that comes late settles an unconfirmed job", async ({ one }) => {
    await begin(one, [job("a")]);
    const claim = await take(one);
    await publish(one, claim);
    await settle(one, claim, UNKNOWN_END);
    assert.equal(await settle(one, claim, POSTED), "late");
    assert.deepEqual(await states(one), { a: "success" });
    assert.deepEqual(await one.looks.list(), []);
  });

  that("the same report twice is one post", async ({ one, events }) => {
    await begin(one, [job("a"), job("b")], limited(2));
    const claim = await take(one, limited(2));
    await publish(one, claim, limited(2));
    assert.equal(await settle(one, claim, POSTED), "ok");
    assert.equal(await settle(one, claim, POSTED), "late");
    const finished = typesOf(events, "attempt.finished");
    assert.equal(finished.filter((e) => e.type === "attempt.finished" && e.outcome === "posted").length, 1);
    assert.equal(await ask(one, limited(2)), "b");
  });
}

/** `a` is unconfirmed, `b` is held behind it. */
async function behindTwin({ one }: World): Promise<void> {
  await begin(one, [job("a"), job("b", copy)]);
  await attempt(one, UNKNOWN_END, settings(), "h1");
  const claim = await take(one);
  await one.claims.recordMedia(ref(claim), media("h1"));
  await settleNoGo(one, claim, "twin_unconfirmed");
  assert.deepEqual(await states(one), { a: "unconfirmed", b: "held" });
}

/** Tries what may be tried; the media of each has the same hash. */
async function playOut({ one, pass }: World): Promise<void> {
  pass(1 as Millis);
  for (;;) {
    const answer = await one.claims.claim(SLOT, settings());
    if (answer.next !== "claimed") return;
    const go = await one.claims.recordMedia(ref(answer.claim), media("h1"));
    assert.equal(go.go, false, "a second go for one post");
    if (!go.go) await settleNoGo(one, answer.claim, go.reason);
  }
}

async function knowsTwins({ one, ledger }: World): Promise<void> {
  const path = (name: string, more: Partial<JobSpec> = {}) => ({ media: `/media/${name}.mp4`, ...more });
  await begin(one, [job("a", path("made")), job("b", path("lost"))]);
  await attempt(one, POSTED, settings(), "h-made");
  await attempt(one, UNKNOWN_END, settings(), "h-lost");
  const two = ledger.campaign("two");
  await begin(two, [
    job("again", path("made")),
    job("unsure", path("lost")),
    job("on-purpose", path("made", { allowRepost: true })),
    job("new", path("new")),
    job("other", path("made", { account: "bert" })),
    job("by-path", path("old")),
  ]);
  await takeIn(one, [job("old", path("old"))], { past: { old: { state: "success", at: NOON, url: null } } });
  const found = (await two.views.twins()).map(({ job, twin }) => [job, twin]).sort();
  const { again } = await states(two);
  // what an import could leave out by itself is open no more
  const left = again === "skipped" ? [] : [["again", "duplicate"]];
  assert.deepEqual(found, [...left, ["by-path", "duplicate"], ["unsure", "unconfirmed"]]);
}
