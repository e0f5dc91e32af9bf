// The intent before the tap (3-semantics 3.4): who gets a go, and who does not.
import assert from "node:assert/strict";
import type { Claim } from "../../core/claim.ts";
import { instant, later, millis } from "../../core/ids.ts";
import type { Reached } from "../../core/poster-end.ts";
import type { CampaignLedger } from "../ledger.ts";
import {
  ask,
  attempt,
  begin,
  type Case,
  HOUR,
  job,
  LOST,
  limited,
  media,
  NOON,
  POSTED,
  publish,
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

const OPAQUE = { ...SLOT, asOpaque: true };
const INTENT = { baseline: null };

async function reached(c: CampaignLedger): Promise<Reached[]> {
  return (await c.runs.openAttempts()).map((a) => a.reached);
}

/** The file is known from an attempt of another account, which did not post it. */
async function makeKnown(c: CampaignLedger, path: string, hash: string): Promise<void> {
  await takeIn(c, [job("scout", { account: "scout", media: path, priority: 9 })]);
  const claim = await take(c);
  await c.claims.recordMedia(ref(claim), media(hash));
  await settle(c, claim, STOPPED);
  await c.desk.hold([claim.job.id], "test", "out of the way");
}

export function intentCases(that: Case): void {
  that("a silent poster's intent stands with the claim when its media is known", async ({ one }) => {
    await begin(one, [job("a")]);
    await makeKnown(one, "/media/a.mp4", "h1");
    const claim = await take(one, settings(), OPAQUE);
    assert.equal(claim.opaque, true);
    assert.deepEqual(claim.media, media("h1"));
    assert.deepEqual(await reached(one), ["opaque"]);
  });

  that("a silent poster's intent comes with its media when that was not known", async ({ one }) => {
    await begin(one, [job("a")]);
    const claim = await take(one, settings(), OPAQUE);
    assert.deepEqual([claim.opaque, claim.media], [false, null]);
    assert.deepEqual(await reached(one), ["before"]);
    assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: true });
    assert.deepEqual(await reached(one), ["opaque"]);
  });

  that("a silent poster's intent counts for the day on which its media is known", async ({ one, setClock }) => {
    const tomorrow = instant(Date.UTC(2026, 10, 24));
    await begin(one, [job("a"), job("b")], limited(1));
    setClock(later(tomorrow, millis(-1)));
    const claim = await take(one, limited(1), OPAQUE);
    setClock(tomorrow);
    assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: true });
    await settle(one, claim, POSTED);
    assert.equal(await ask(one, limited(1)), "none");
    assert.deepEqual(await states(one), { a: "success", b: "deferred" });
  });

  that("a silent poster gets no go for a day that is full by the time its media is known", async ({ one }) => {
    await begin(one, [job("a")], limited(1));
    const claim = await take(one, limited(1), OPAQUE);
    await takeIn(one, [job("old")], { past: { old: { state: "success", at: NOON, url: null } } });
    assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: false, reason: "limit" });
    assert.deepEqual(await reached(one), ["before"]);
  });

  that("the first word of a poster withdraws its opaque intent", async ({ one, ledger }) => {
    await begin(one, [job("a"), job("b", { account: "bert" })]);
    const claim = await take(one, settings(), OPAQUE);
    await one.claims.recordMedia(ref(claim), media("h1"));
    await one.claims.spoke(ref(claim));
    assert.equal(await ask(one), "b");
    assert.equal((await ledger.accounts.list()).find((x) => x.name === "anna")?.postsToday, 0);
    assert.deepEqual((await reached(one)).sort(), ["before", "before"]);
    await publish(one, claim);
    assert.deepEqual((await reached(one)).sort(), ["before", "publishing"]);
  });

  that("a poster that asks has no intent before it asks", async ({ one }) => {
    await begin(one, [job("a")]);
    const claim = await take(one);
    await one.claims.recordMedia(ref(claim), media("h1"));
    assert.deepEqual(await reached(one), ["before"]);
  });

  that("an intent is on record for every other process before the answer", async ({ one, fixture, events }) => {
    await begin(one, [job("a")]);
    const claim = await take(one, settings(), { ...SLOT, device: "phone-1" });
    await one.claims.step(ref(claim), "uploading");
    await publish(one, claim);
    const other = (await fixture.second()).campaign("one");
    const [open] = await other.runs.openAttempts();
    assert.deepEqual(
      [open?.attempt, open?.fence, open?.job, open?.account, open?.reached, open?.device],
      [claim.attempt, claim.fence, claim.job.id, "anna", "publishing", "phone-1"],
    );
    assert.equal(typesOf(events, "attempt.publishing").length, 1);
    assert.equal((await view(other, "a")).attempts[0]?.phase, "publishing");
  });

  that("an intent is there after kill -9", async ({ one, fixture }) => {
    await begin(one, [job("a")]);
    await publish(one, await take(one));
    const again = (await fixture.reopen()).campaign("one");
    assert.deepEqual(await reached(again), ["publishing"]);
  });

  that("a remembered file is handed to the next claim of any account", async ({ one }) => {
    await begin(one, [job("a", { media: "/media/x.mp4" })]);
    await attempt(one, POSTED, settings(), "h1");
    await takeIn(one, [job("b", { media: "/media/x.mp4", account: "bert" })]);
    assert.deepEqual((await take(one)).media, media("h1"));
  });

  refusals(that);
}

function refusals(that: Case): void {
  that("a job whose time is over gets no go: it fails as too late", async ({ one, pass }) => {
    const notAfter = later(NOON, HOUR);
    await begin(one, [job("a", { notAfter }), job("b", { account: "bert", notAfter }), job("c", { account: "carl" })]);
    const claim = await take(one);
    assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: true });
    const silent = await take(one, settings(), OPAQUE);
    pass(millis(HOUR + 1));
    const refused = { go: false, reason: "too_late" } as const;
    assert.deepEqual(await one.claims.markPublishing(ref(claim), INTENT, settings()), refused);
    assert.deepEqual(await one.claims.recordMedia(ref(silent), media("h2")), refused);
    assert.deepEqual(await reached(one), ["before", "before"]);
    for (const late of [claim, silent]) assert.equal(await settleNoGo(one, late, "too_late"), "ok");
    assert.equal(await ask(one), "c");
    const { job: a, attempts } = await view(one, "a");
    assert.deepEqual([a.category, a.cause, attempts[0]?.charge], ["content", "too_late", null]);
    assert.deepEqual(await states(one), { a: "failed", b: "failed", c: "claimed" });
  });

  that("an old fence gets no go", async ({ one }) => {
    await begin(one, [job("a")]);
    const old = await take(one);
    await settle(one, old, STOPPED);
    assert.deepEqual(await one.claims.markPublishing(ref(old), INTENT, settings()), { go: false, reason: "fenced" });
    await take(one);
    assert.deepEqual(await one.claims.recordMedia(ref(old), media("h1")), { go: false, reason: "fenced" });
    assert.deepEqual(await one.claims.markPublishing(ref(old), INTENT, settings()), { go: false, reason: "fenced" });
    assert.deepEqual(await reached(one), ["before"]);
  });

  that("a post made already gets no second go: the job is skipped", async ({ one, events }) => {
    await begin(one, [job("a"), job("b", { media: "/media/copy.mp4" })]);
    await attempt(one, POSTED, settings(), "h1");
    const claim = await take(one);
    assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: false, reason: "duplicate" });
    await settleNoGo(one, claim, "duplicate");
    assert.deepEqual(await states(one), { a: "success", b: "skipped" });
    assert.equal(typesOf(events, "job.skipped").length, 1);
  });

  that("another account may post the same file", async ({ one }) => {
    await begin(one, [job("a"), job("b", { account: "bert", media: "/media/copy.mp4" })]);
    await attempt(one, POSTED, settings(), "h1");
    await attempt(one, POSTED, settings(), "h1");
    assert.deepEqual(await states(one), { a: "success", b: "success" });
  });

  that("a post marked by a person meanwhile refuses the go", async ({ one, fixture }) => {
    const two = (await fixture.second()).campaign("two");
    await begin(two, [job("x")]);
    const failed = await take(two);
    await two.claims.recordMedia(ref(failed), media("h1"));
    await settle(two, failed, LOST);
    await begin(one, [job("a")]);
    const claim = await take(one);
    assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: true });
    await two.desk.markPosted([failed.job.id], "olga", null);
    const answer = await one.claims.markPublishing(ref(claim), INTENT, settings());
    assert.deepEqual(answer, { go: false, reason: "duplicate" });
  });

  that("an allowed repost passes", async ({ one }) => {
    await begin(one, [job("a"), job("b", { media: "/media/copy.mp4", allowRepost: true })]);
    await attempt(one, POSTED, settings(), "h1");
    await attempt(one, POSTED, settings(), "h1");
    assert.deepEqual(await states(one), { a: "success", b: "success" });
  });

  that("the twin of an unconfirmed post gets no go and is held behind it", async ({ one, events }) => {
    await begin(one, [job("a"), job("b", { media: "/media/copy.mp4" })]);
    await attempt(one, UNKNOWN_END, settings(), "h1");
    const claim = await take(one);
    const answer = await one.claims.recordMedia(ref(claim), media("h1"));
    assert.deepEqual(answer, { go: false, reason: "twin_unconfirmed" });
    await settleNoGo(one, claim, "twin_unconfirmed");
    assert.deepEqual(await states(one), { a: "unconfirmed", b: "held" });
    assert.equal((await view(one, "b")).job.heldBy, "twin");
    assert.equal(typesOf(events, "job.held").length, 1);
    assert.equal(await ask(one), "none");
  });

  that("an account held meanwhile gets no go", async ({ one, fixture, ledger }) => {
    await begin(one, [job("a")]);
    const claim = await take(one);
    await one.claims.recordMedia(ref(claim), media("h1"));
    await (await fixture.second()).accounts.hold({ name: "anna", platform: "default" }, "olga", "phone call");
    const answer = await one.claims.markPublishing(ref(claim), INTENT, settings());
    assert.deepEqual(answer, { go: false, reason: "account_held" });
    await settleNoGo(one, claim, "account_held");
    assert.deepEqual(await states(one), { a: "held" });
    await ledger.accounts.release({ name: "anna", platform: "default" }, "olga", false);
    assert.deepEqual(await states(one), { a: "pending" });
  });

  that("an account held meanwhile stops a silent poster before it starts", async ({ one, ledger }) => {
    await begin(one, [job("a")]);
    const claim = await take(one, settings(), OPAQUE);
    await ledger.accounts.hold({ name: "anna", platform: "default" }, "olga", "phone call");
    assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: false, reason: "account_held" });
    assert.deepEqual(await reached(one), ["before"]);
  });

  that("a job whose account was released while its refusal was under way goes on", async ({ one, ledger }) => {
    const anna = { name: "anna", platform: "default" };
    await begin(one, [job("a")]);
    const claim = await take(one);
    await ledger.accounts.hold(anna, "olga", "phone call");
    await one.claims.recordMedia(ref(claim), media("h1"));
    await one.claims.markPublishing(ref(claim), INTENT, settings());
    await ledger.accounts.release(anna, "olga", false);
    await settleNoGo(one, claim, "account_held");
    assert.deepEqual(await states(one), { a: "pending" });
  });

  that("a limit reached meanwhile gives no go", limitMeanwhile);
  that("a refused opaque intent leaves no trace in the limit", async ({ one }) => {
    await begin(one, [job("a"), job("b", { media: "/media/copy.mp4" }), job("c")], limited(2));
    await attempt(one, POSTED, limited(2), "h1");
    const claim = await take(one, limited(2), OPAQUE);
    assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: false, reason: "duplicate" });
    await settleNoGo(one, claim, "duplicate");
    assert.equal(await ask(one, limited(2)), "c");
  });

  that("media reported again after the intent turns nothing back", async ({ one }) => {
    await begin(one, [job("a")]);
    const claim = await take(one, settings(), OPAQUE);
    await publish(one, claim);
    await one.claims.recordMedia(ref(claim), media("h2"));
    assert.deepEqual(await reached(one), ["publishing"]);
  });

  that("no attempt gets a second go", async ({ one }) => {
    await begin(one, [job("a")]);
    const claim = await take(one);
    await publish(one, claim);
    const answer = await one.claims.markPublishing(ref(claim), INTENT, settings());
    assert.equal(answer.go, false);
  });

  that("a failed attempt's intent stands in nobody's way", async ({ one }) => {
    await begin(one, [job("a"), job("b", { media: "/media/copy.mp4" })]);
    const claim = await take(one);
    await publish(one, claim, settings(), "h1");
    await settle(one, claim, LOST);
    await attempt(one, POSTED, settings(), "h1");
    assert.deepEqual(await states(one), { a: "failed", b: "success" });
  });
}

/** A person marks a post of another campaign while this attempt is on its way. */
async function limitMeanwhile({ one, fixture }: World): Promise<void> {
  const two = (await fixture.second()).campaign("two");
  await begin(two, [job("x")], limited(0));
  const failed: Claim = await attempt(two, LOST, limited(0));
  await begin(one, [job("a")], limited(1));
  const claim = await take(one, limited(1));
  await one.claims.recordMedia(ref(claim), media("h1"));
  await two.desk.markPosted([failed.job.id], "olga", null);
  const answer = await one.claims.markPublishing(ref(claim), INTENT, limited(1));
  assert.deepEqual(answer, { go: false, reason: "limit" });
  await settleNoGo(one, claim, "limit");
  assert.equal(await ask(one, limited(1)), "none");
  assert.deepEqual(await states(one), { a: "deferred" });
}
