// Taking jobs in (2-contract 2.4, 3-semantics 3.4 "Duplicates").
import assert from "node:assert/strict";
import { type Instant, jobId } from "../../core/ids.ts";
import type { PastOutcome } from "../ledger.ts";
import {
  account,
  allJobs,
  ask,
  attempt,
  begin,
  type Case,
  HOUR,
  job,
  limited,
  NOON,
  nextPass,
  openRun,
  POSTED,
  REJECTED,
  SUSPENDED,
  settings,
  states,
  take,
  takeIn,
  typesOf,
  UNKNOWN_END,
  view,
  type World,
} from "./world.contract.ts";

const row = (spec: ReturnType<typeof job>, line: number, file = "jobs.jsonl") => ({ spec, file, line, past: null });

export function intakeCases(that: Case): void {
  that("nothing of an intake is in the campaign before it is committed", nothingBeforeCommit);
  that("taking the same jobs in again changes nothing", idempotent);

  that("one id with two contents in one intake is a conflict that names both places", async ({ one }) => {
    const tray = await one.intake.open();
    assert.deepEqual(await tray.add([row(job("a"), 1), row(job("a"), 2)]), []);
    const conflicts = await tray.add([row(job("a", { caption: "other" }), 7, "more.csv")]);
    assert.deepEqual(conflicts, [
      { file: "more.csv", line: 7, id: jobId("a"), earlier: { file: "jobs.jsonl", line: 1 } },
    ]);
    await tray.discard();
  });

  that("free data in another order is the same content", async ({ one }) => {
    await takeIn(one, [job("a", { data: { x: 1, y: { p: 1, q: 2 } } })]);
    const again = await takeIn(one, [job("a", { data: { y: { q: 2, p: 1 }, x: 1 } })]);
    assert.equal(again.known, 1);
  });

  that("a row said twice is one job, and is counted as said twice", async ({ one }) => {
    const report = await takeIn(one, [job("a"), job("b"), job("a")]);
    assert.deepEqual([report.added, report.known, report.repeated], [2, 0, 1]);
  });

  that("a job that one file calls pending and another one posted, in one intake, is a post made", postedInOne);

  that("a new caption of an untried job is taken over", async ({ one }) => {
    await takeIn(one, [job("a"), job("b")]);
    const report = await takeIn(one, [job("a", { caption: "better" }), job("b")]);
    assert.deepEqual([report.added, report.known, report.updated, report.unchanged], [0, 1, [jobId("a")], []]);
    assert.equal((await view(one, "a")).spec.caption, "better");
  });

  that("a new priority of an untried job takes its place in the order", async ({ one }) => {
    await begin(one, [job("a"), job("b", { account: "bert" })]);
    await takeIn(one, [job("b", { account: "bert", priority: 5 })]);
    assert.equal((await take(one)).job.id, "b");
  });

  that("a new caption of a posted job leaves it alone", async ({ one }) => {
    await begin(one, [job("a")]);
    await attempt(one, POSTED);
    const report = await takeIn(one, [job("a", { caption: "better" })]);
    assert.deepEqual([report.updated, report.unchanged], [[], [jobId("a")]]);
    assert.equal((await view(one, "a")).spec.caption, "caption of a");
    assert.deepEqual(await states(one), { a: "success" });
  });

  that("a tried job keeps its content even though it failed", async ({ one }) => {
    await begin(one, [job("a")]);
    await attempt(one, REJECTED);
    const report = await takeIn(one, [job("a", { caption: "better" })]);
    assert.deepEqual(report.unchanged, [jobId("a")]);
    assert.deepEqual(await states(one), { a: "failed" });
  });

  that("the daily limit of a job file stays with its campaign until another file names one", keepsDailyLimit);

  that("a job that succeeded before is a post made: its path is a duplicate for the account", pastSuccess);

  that("a post made before counts on the local day it was completed", async ({ one }) => {
    const past = { old: { state: "success" as const, at: NOON, url: null } };
    await takeIn(one, [job("old"), job("new")], { past, accounts: [account("anna", { timezone: "UTC" })] });
    await openRun(one, limited(1));
    await one.runs.openPass(3);
    assert.equal(await ask(one, limited(1)), "none");
    assert.equal((await view(one, "new")).job.wakeReason, "daily_limit");
  });

  that("a post made yesterday leaves today's limit alone", async ({ one }) => {
    const past = { old: { state: "success" as const, at: (NOON - 24 * HOUR) as Instant, url: null } };
    await takeIn(one, [job("old"), job("new")], { past, accounts: [account("anna", { timezone: "UTC" })] });
    await openRun(one, limited(1));
    await one.runs.openPass(3);
    assert.equal(await ask(one, limited(1)), "new");
  });

  that("a job that another program has posted since it came in is a post made, and is not tried", async ({ one }) => {
    await takeIn(one, [job("a"), job("b")], { past: { b: { state: "failed", message: "connection reset" } } });
    const made = { state: "success" as const, at: NOON, url: null };
    const report = await takeIn(one, [job("a"), job("b")], { past: { a: made, b: made } });
    assert.deepEqual([report.updated, report.known], [["a", "b"], 0]);
    assert.deepEqual(await states(one), { a: "success", b: "success" });
    await openRun(one, limited(2));
    await one.runs.openPass(3);
    await takeIn(one, [job("c", { media: "/media/a.mp4" }), job("d")]);
    assert.equal((await states(one)).c, "skipped");
    assert.equal(await ask(one, limited(2)), "none");
    assert.equal((await view(one, "d")).job.wakeReason, "daily_limit");
  });

  that("a job that was dealt keeps its account when its caption is edited", async ({ one }) => {
    await takeIn(one, [job("a", { account: null })]);
    await openRun(one);
    await one.runs.deal([account("bert")]);
    const report = await takeIn(one, [job("a", { account: null, caption: "better" })]);
    assert.deepEqual([report.updated, (await view(one, "a")).job.account], [["a"], "bert"]);
  });

  that("a job moved to another account is not held with its old one any more", async ({ one, ledger }) => {
    await begin(one, [job("a"), job("b"), job("c")]);
    await attempt(one, SUSPENDED);
    await takeIn(one, [job("b", { account: "bert" }), job("c", { caption: "better" })]);
    assert.deepEqual(await states(one), { a: "failed", b: "pending", c: "held" });
    assert.equal(await ask(one), "b");
    await ledger.accounts.release({ name: "anna", platform: "default" }, "olga", true);
    assert.deepEqual(await states(one), { a: "failed", b: "claimed", c: "pending" });
  });

  that("a job moved to another account, or to another file, is not held behind its twin any more", movesTwins);

  that("a job that failed before comes in as failed and no new run takes it up", pastFailed);

  that("--retry-all-failed takes imported failures up", async ({ one }) => {
    const past = { a: { state: "failed" as const, message: "connection reset" } };
    await takeIn(one, [job("a")], { past });
    await openRun(one, settings({ retryAllFailed: true }));
    assert.deepEqual(await states(one), { a: "pending" });
  });

  that("a media file for more than five accounts is reported, once", async ({ one }) => {
    const accounts = ["a", "b", "c", "d", "e", "f"];
    const wide = accounts.map((a) => job(`wide-${a}`, { account: a, media: "/media/wide.mp4" }));
    const five = accounts.slice(1).map((a) => job(`five-${a}`, { account: a, media: "/media/five.mp4" }));
    const report = await takeIn(one, [...wide, ...five]);
    assert.deepEqual(report.widespread, [{ media: "/media/wide.mp4", accounts: 6 }]);
  });

  that("a discarded intake leaves nothing", async ({ one, ledger }) => {
    const tray = await one.intake.open();
    await tray.add([row(job("a"), 1)]);
    await tray.discard();
    assert.deepEqual(await allJobs(one), []);
    assert.deepEqual(await ledger.accounts.list(), []);
  });

  that("the same id in two campaigns is two jobs", async ({ one, ledger }) => {
    const two = ledger.campaign("two");
    await takeIn(one, [job("a")]);
    await takeIn(two, [job("a", { caption: "other" })]);
    assert.equal((await view(one, "a")).spec.caption, "caption of a");
    assert.equal((await view(two, "a")).spec.caption, "other");
  });

  that("accounts that jobs or files name are known", async ({ one, ledger }) => {
    await takeIn(one, [job("a")], { accounts: [account("bert", { timezone: "Asia/Tokyo", dailyLimit: 2 })] });
    const list = await ledger.accounts.list();
    assert.deepEqual(list.map((a) => a.name).sort(), ["anna", "bert"]);
    assert.deepEqual(await one.views.accounts(), [account("bert", { timezone: "Asia/Tokyo", dailyLimit: 2 })]);
    const bert = list.find((a) => a.name === "bert");
    assert.deepEqual([bert?.settings.timezone, bert?.settings.dailyLimit, bert?.state], ["Asia/Tokyo", 2, "ok"]);
  });
}

async function nothingBeforeCommit({ one, fixture }: World): Promise<void> {
  const tray = await one.intake.open();
  await tray.add([row(job("a"), 1)]);
  assert.deepEqual(await allJobs(one), []);
  const other = (await fixture.second()).campaign("one");
  assert.deepEqual(await allJobs(other), []);
  const report = await tray.commit([], null);
  assert.equal(report.added, 1);
  assert.deepEqual(await states(other), { a: "pending" });
  assert.equal((await other.views.counts()).total, 1);
}

async function idempotent({ one }: World): Promise<void> {
  const specs = [job("a"), job("b", { account: null })];
  const first = await takeIn(one, specs);
  assert.deepEqual([first.added, first.known, first.duplicates], [2, 0, 0]);
  const again = await takeIn(one, specs);
  assert.deepEqual([again.added, again.known, again.updated, again.unchanged], [0, 2, [], []]);
  assert.equal((await one.views.counts()).total, 2);
}

async function keepsDailyLimit({ one, ledger, fixture }: World): Promise<void> {
  assert.equal(await one.views.dailyLimit(), null);
  await takeIn(one, [job("a")], { dailyLimit: 4 });
  await takeIn(one, [job("b")]);
  assert.equal(await one.views.dailyLimit(), 4);
  assert.equal(await ledger.campaign("two").views.dailyLimit(), null);
  await takeIn(one, [], { dailyLimit: 0 });
  assert.equal(await (await fixture.second()).campaign("one").views.dailyLimit(), 0);
}

async function pastSuccess({ one, events }: World): Promise<void> {
  const past = { old: { state: "success" as const, at: (NOON - 48 * HOUR) as Instant, url: "https://example.test/p" } };
  await takeIn(one, [job("old", { media: "/media/x.mp4" })], { past });
  assert.equal((await view(one, "old")).job.url, "https://example.test/p");
  const report = await takeIn(one, [
    job("again", { media: "/media/x.mp4" }),
    job("other-account", { media: "/media/x.mp4", account: "bert" }),
    job("on-purpose", { media: "/media/x.mp4", allowRepost: true }),
  ]);
  assert.deepEqual([report.added, report.duplicates], [3, 1]);
  assert.deepEqual(await states(one), {
    old: "success",
    again: "skipped",
    "other-account": "pending",
    "on-purpose": "pending",
  });
  assert.equal(typesOf(events, "job.skipped").length, 1);
}

async function postedInOne({ one }: World): Promise<void> {
  const made = { state: "success" as const, at: NOON, url: "https://example.test/p" };
  const tray = await one.intake.open();
  const said = (id: string, file: string, past: PastOutcome | null) => ({ spec: job(id), file, line: 1, past });
  const failed = { state: "failed" as const, message: "connection reset" };
  await tray.add([said("a", "state.json", null), said("b", "state.json", made), said("c", "state.json", failed)]);
  await tray.add([said("a", "progress.csv", made), said("b", "progress.csv", null), said("c", "progress.csv", made)]);
  const report = await tray.commit([], null);
  assert.deepEqual([report.added, report.repeated], [3, 3]);
  assert.deepEqual(await states(one), { a: "success", b: "success", c: "success" });
  const { job: a } = await view(one, "a");
  assert.deepEqual([a.url, a.source, (await view(one, "b")).job.source], [made.url, "progress.csv:1", "state.json:1"]);
  await takeIn(one, [job("d", { media: "/media/a.mp4" })]);
  assert.equal((await states(one)).d, "skipped");
}

async function movesTwins({ one }: World): Promise<void> {
  const given = settings({ poster: { kind: "simulated", scenarioFile: null, seed: 1 } });
  const { media } = job("a");
  await begin(one, [job("a"), job("moved", { media }), job("edited", { media }), job("renamed", { media })], given);
  await attempt(one, UNKNOWN_END, given);
  assert.equal(await ask(one, given), "none");
  assert.deepEqual(await states(one), { a: "unconfirmed", moved: "held", edited: "held", renamed: "held" });
  await takeIn(one, [
    job("moved", { media, account: "bert" }),
    job("edited", { media, caption: "better" }),
    job("renamed"),
  ]);
  assert.deepEqual([await ask(one, given), await ask(one, given)].sort(), ["moved", "renamed"]);
  assert.equal(await ask(one, given), "none");
  assert.equal((await states(one)).edited, "held");
}

async function pastFailed({ one }: World): Promise<void> {
  const past = { a: { state: "failed" as const, message: "connection reset" } };
  await takeIn(one, [job("a"), job("b")], { past });
  await openRun(one);
  await one.runs.openPass(3);
  await attempt(one, POSTED);
  assert.equal(await nextPass(one), 0);
  assert.deepEqual(await states(one), { a: "failed", b: "success" });
  const facts = await one.runs.facts(settings().retry, false);
  assert.deepEqual([facts.retryable, facts.exhausted, facts.nonRetryable], [0, 0, 1]);
}
