// People at the desk, often from another process than the one that runs.
import assert from "node:assert/strict";
import type { Claim } from "../../core/claim.ts";
import { type JobId, jobId, later } from "../../core/ids.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { CampaignLedger, DeskReport } from "../ledger.ts";
import {
  account,
  ask,
  attempt,
  begin,
  type Case,
  failure,
  HOUR,
  job,
  LOST,
  lastOf,
  limited,
  nextPass,
  POSTED,
  publish,
  REJECTED,
  STOPPED,
  SUSPENDED,
  settings,
  settle,
  states,
  take,
  takeIn,
  typesOf,
  UNKNOWN_END,
  view,
  type World,
} from "./world.contract.ts";

const ANNA = { name: "anna", platform: "default" };
const of = (name: string) => ({ account: name });
const ids = (...list: string[]): JobId[] => list.map(jobId);
const refusedIds = (r: DeskReport) => r.refused.map((x) => x.job).sort();

export function deskCases(that: Case): void {
  that(
    "retry takes failed jobs with fresh budgets, never unconfirmed, posted, running or held ones",
    async ({ one, fixture }) => {
      const ends = { lost: LOST, rejected: REJECTED, unsure: UNKNOWN_END, posted: POSTED, banned: SUSPENDED };
      await begin(one, [
        ...Object.keys(ends).map((id) => job(id, of(id))),
        job("waits", of("banned")),
        job("runs", of("runs")),
      ]);
      for (const end of Object.values(ends)) await attempt(one, end);
      assert.equal(await ask(one), "runs");
      const desk = (await fixture.second()).campaign("one").desk;
      const report = await desk.retry(
        ids("lost", "rejected", "unsure", "posted", "banned", "waits", "runs", "nobody"),
        "olga",
      );
      assert.deepEqual(report.done, ids("lost", "rejected"));
      assert.deepEqual(refusedIds(report), ["banned", "nobody", "posted", "runs", "unsure", "waits"]);
      for (const { why } of report.refused) assert.ok(why.length > 0);
      const now = await states(one);
      assert.deepEqual([now.lost, now.rejected, now.unsure, now.waits], ["pending", "pending", "unconfirmed", "held"]);
      assert.deepEqual((await take(one)).spent, { infrastructure: 0, unknown: 0, rateLimits: 0 });
    },
  );

  that("a job that an earlier program saw fail is retried when a person says so", async ({ one }) => {
    await takeIn(one, [job("a")], { past: { a: { state: "failed", message: "connection reset" } } });
    assert.deepEqual((await one.desk.retry(ids("a"), "olga")).done, ids("a"));
    await begin(one, []);
    assert.equal(await ask(one), "a");
  });

  that("a held job waits until it is released", async ({ one, fixture, events }) => {
    await begin(one, [job("a"), job("b", of("bert"))]);
    assert.deepEqual((await one.desk.hold(ids("a"), "olga", "wrong caption")).done, ids("a"));
    const held = lastOf(events, "job.held");
    assert.deepEqual([held.job, held.by], ["a", "person"]);
    assert.match(held.reason, /wrong caption/);
    assert.equal((await view(one, "a")).job.heldBy, "person");
    assert.equal(await ask(one), "b");
    assert.equal(await nextPass(one), 0);
    const desk = (await fixture.second()).campaign("one").desk;
    assert.deepEqual((await desk.release(ids("a"), "ivan")).done, ids("a"));
    assert.equal(await ask(one), "a");
  });

  that("hold refuses what is running, posted or unconfirmed", async ({ one }) => {
    await begin(one, [job("unsure", of("u")), job("posted", of("p")), job("runs", of("r"))]);
    await attempt(one, UNKNOWN_END);
    await attempt(one, POSTED);
    await take(one);
    const report = await one.desk.hold(ids("unsure", "posted", "runs"), "olga", "wait");
    assert.deepEqual([report.done, refusedIds(report)], [[], ["posted", "runs", "unsure"]]);
  });

  that("release takes only what a person held", async ({ one }) => {
    await begin(one, [job("a"), job("b"), job("c", of("carl"))]);
    await attempt(one, SUSPENDED);
    const report = await one.desk.release(ids("b", "c"), "olga");
    assert.deepEqual([report.done, refusedIds(report)], [[], ["b", "c"]]);
    assert.equal((await states(one)).b, "held");
  });

  that("a job marked posted is a success with its link, and a post made", async ({ one, fixture, events }) => {
    await begin(one, [job("a"), job("b", { media: "/media/copy.mp4" })], limited(2));
    await attempt(one, UNKNOWN_END, limited(2), "h1");
    const desk = (await fixture.second()).campaign("one").desk;
    assert.deepEqual((await desk.markPosted(ids("a"), "olga", "https://example.test/p/9")).done, ids("a"));
    const { job: a } = await view(one, "a");
    assert.deepEqual([a.state, a.url], ["success", "https://example.test/p/9"]);
    const claim = await take(one, limited(2));
    const answer = await one.claims.recordMedia(claim, { size: 10, mtimeMs: 1, hash: "h1" });
    assert.deepEqual(answer, { go: false, reason: "duplicate" });
    assert.equal(typesOf(events, "job.verified").length, 0, "a handle tells its own commits");
  });

  that("a failed job may be marked posted; one that is posted or runs may not", async ({ one, events }) => {
    await begin(one, [job("lost", of("l")), job("posted", of("p")), job("runs", of("r"))]);
    await attempt(one, LOST);
    await attempt(one, POSTED);
    await take(one);
    const report = await one.desk.markPosted(ids("lost", "posted", "runs"), "olga", null);
    assert.deepEqual([report.done, refusedIds(report)], [ids("lost"), ["posted", "runs"]]);
    assert.deepEqual([lastOf(events, "job.verified").by, lastOf(events, "job.verified").result], ["person", "posted"]);
    assert.equal((await view(one, "lost")).job.state, "success");
  });

  that("an open job that was posted elsewhere is marked so: a post like any other", async ({ one, ledger }) => {
    const twin = job("twin", { media: job("a").media });
    await begin(one, [job("a"), twin, job("c", of("c")), job("nobody", { account: null })]);
    await one.desk.hold(ids("c"), "olga", "?");
    const report = await one.desk.markPosted(ids("a", "c", "nobody"), "olga", "https://example.test/p/9");
    assert.deepEqual([report.done, refusedIds(report)], [ids("a", "c"), ["nobody"]]);
    const { job: a } = await view(one, "a");
    assert.deepEqual([a.state, a.url], ["success", "https://example.test/p/9"]);
    assert.equal((await ledger.accounts.list()).find(({ name }) => name === "anna")?.postsToday, 1);
    assert.equal(await ask(one), "none");
    assert.deepEqual(await states(one), { a: "success", twin: "skipped", c: "success", nobody: "pending" });
  });

  that("a job marked not posted is pending again, uncharged, its limit given back", async ({ one }) => {
    await begin(one, [job("a")], limited(1));
    await attempt(one, UNKNOWN_END, limited(1));
    const report = await one.desk.markNotPosted(ids("a"), "olga");
    assert.deepEqual(report.done, ids("a"));
    const claim = await take(one, limited(1));
    assert.equal(claim.spent.infrastructure, 0);
    assert.deepEqual((await one.desk.markNotPosted(ids("a"), "olga")).done, []);
    await settle(one, claim, STOPPED);
    const next = await attempt(one, POSTED, limited(1));
    assert.equal(next.job.id, "a");
  });

  that("two people at once do it once", async ({ one, fixture, events }) => {
    const other = (await fixture.second()).campaign("one");
    await begin(one, [job("a")]);
    await attempt(one, UNKNOWN_END);
    const reports = await Promise.all([
      one.desk.markPosted(ids("a"), "olga", null),
      other.desk.markNotPosted(ids("a"), "ivan"),
    ]);
    assert.equal(reports.flatMap((r) => r.done).length, 1);
    assert.equal(reports.flatMap((r) => r.refused).length, 1);
    assert.ok(typesOf(events, "job.verified").length <= 1);
  });

  accountCases(that);
  handleCases(that);
}

function accountCases(that: Case): void {
  that("an account is held by a person and released once, with its jobs", async ({ one, fixture, ledger, events }) => {
    await begin(one, [job("a"), job("b"), job("c", of("bert"))]);
    const other = await fixture.second();
    assert.equal(await ledger.accounts.hold({ name: "nobody", platform: "default" }, "olga", "?"), null);
    assert.deepEqual(await ledger.accounts.hold(ANNA, "olga", "phone call"), { jobs: 2 });
    assert.deepEqual(await states(one), { a: "held", b: "held", c: "pending" });
    const anna = (await other.accounts.list()).find((a) => a.name === "anna");
    assert.deepEqual([anna?.state, anna?.hold?.by, anna?.hold?.reason], ["held", "person", "phone call"]);
    assert.equal(lastOf(events, "account.held").jobs_held, 2);
    const answers = await Promise.all([
      other.accounts.release(ANNA, "ivan", false),
      ledger.accounts.release(ANNA, "olga", false),
    ]);
    assert.equal(answers.filter((a) => a?.released).length, 1);
    assert.deepEqual(await states(one), { a: "pending", b: "pending", c: "pending" });
    assert.equal(await ledger.accounts.release({ name: "nobody", platform: "default" }, "olga", false), null);
  });

  that("an account held twice is held once", async ({ ledger, one, events }) => {
    await takeIn(one, [job("a")]);
    await ledger.accounts.hold(ANNA, "olga", "phone call");
    await ledger.accounts.hold(ANNA, "ivan", "me too");
    assert.equal(typesOf(events, "account.held").length, 1);
    assert.equal((await ledger.accounts.list())[0]?.hold?.reason, "phone call");
  });

  that(
    "an account is not released before its cooldown is over, unless forced",
    async ({ one, ledger, pass, events }) => {
      await begin(one, [job("a"), job("b"), job("c", of("bert")), job("d", of("bert"))]);
      const blocked = { phase: "failed" as const, failure: failure("account", "action_blocked", { cooldownMs: HOUR }) };
      await attempt(one, blocked);
      await attempt(one, blocked);
      const early = await ledger.accounts.release(ANNA, "olga", false);
      assert.equal(early?.released, false);
      assert.equal((await states(one)).b, "held");
      assert.deepEqual(await ledger.accounts.release(ANNA, "olga", true), { released: true, jobs: 1 });
      assert.equal(lastOf(events, "account.released").jobs_released, 1);
      pass(HOUR);
      assert.deepEqual(await ledger.accounts.release({ ...ANNA, name: "bert" }, "olga", false), {
        released: true,
        jobs: 1,
      });
      assert.deepEqual(await states(one), { a: "failed", b: "pending", c: "failed", d: "pending" });
    },
  );

  that("releasing an account frees neither what a person held nor what is unconfirmed", async ({ one, ledger }) => {
    await begin(one, [job("a"), job("b")]);
    await attempt(one, UNKNOWN_END);
    await one.desk.hold(ids("b"), "olga", "wait");
    await ledger.accounts.hold(ANNA, "olga", "phone call");
    await ledger.accounts.release(ANNA, "olga", false);
    assert.deepEqual(await states(one), { a: "unconfirmed", b: "held" });
  });

  that(
    "a job whose account is held while it is in flight comes home to its account",
    async ({ one, ledger, events }) => {
      await begin(one, [job("a")]);
      const claim = await take(one);
      await ledger.accounts.hold(ANNA, "olga", "wait");
      await settle(one, claim, STOPPED);
      assert.equal((await view(one, "a")).job.heldBy, "account");
      assert.deepEqual([lastOf(events, "job.held").job, lastOf(events, "job.held").by], ["a", "account"]);
      await ledger.accounts.release(ANNA, "olga", false);
      assert.deepEqual(await states(one), { a: "pending" });
    },
  );

  that("a job released while its account is held is not tried", async ({ one, ledger }) => {
    await begin(one, [job("a")]);
    await one.desk.hold(ids("a"), "olga", "wait");
    await ledger.accounts.hold(ANNA, "olga", "phone call");
    await one.desk.release(ids("a"), "olga");
    assert.equal(await ask(one), "none");
    await ledger.accounts.release(ANNA, "olga", false);
    assert.equal(await ask(one), "a");
  });

  that("accounts show what they have posted today and what is left", async ({ one, ledger, pass }) => {
    await begin(one, [job("a"), job("b"), job("c")]);
    await attempt(one, POSTED);
    pass(HOUR);
    await attempt(one, UNKNOWN_END);
    const anna = (await ledger.accounts.list())[0];
    assert.deepEqual([anna?.postsToday, anna?.pending, anna?.unconfirmed, anna?.held], [2, 1, 1, 0]);
    assert.ok(anna?.lastPostAt !== null);
  });

  that("accounts show when they may post next, by limit, window, gap and the jobs' own times", showsNextTurn);
}

function handleCases(that: Case): void {
  that("the version changes when another process commits", async ({ one, ledger, fixture }) => {
    const other = await fixture.second();
    await begin(one, [job("a")]);
    const before = await ledger.version();
    assert.equal(await ledger.version(), before);
    await other.campaign("one").desk.hold(ids("a"), "olga", "wait");
    assert.notEqual(await ledger.version(), before);
  });

  that("all handles on one ledger give the same id", async ({ ledger, fixture }) => {
    assert.equal((await fixture.second()).id, ledger.id);
    assert.equal((await fixture.reopen()).id, ledger.id);
    assert.match(ledger.id, /\S/);
  });

  that("a listener that has left hears nothing more", async ({ one, ledger }) => {
    const heard: string[] = [];
    const leave = ledger.subscribe((line) => heard.push(line.type));
    await begin(one, [job("a")]);
    assert.deepEqual(heard, ["run.started", "pass.started"]);
    leave();
    await attempt(one, POSTED);
    assert.equal(heard.length, 2);
  });

  that("jobs are listed by state, account, category, cause and id", async ({ one }) => {
    await begin(one, [job("a"), job("b", of("bert")), job("c", of("carl"))]);
    await attempt(one, LOST);
    await attempt(one, REJECTED);
    const list = async (filter: Parameters<typeof one.views.jobs>[0]) =>
      (await one.views.jobs(filter, { limit: 10, after: 0 })).jobs.map((j) => j.id as string);
    assert.deepEqual(await list({ states: ["failed"] }), ["a", "b"]);
    assert.deepEqual(await list({ states: ["pending", "failed"], account: "carl" }), ["c"]);
    assert.deepEqual(await list({ category: "content" }), ["b"]);
    assert.deepEqual(await list({ cause: "device_offline" }), ["a"]);
    assert.deepEqual(await list({ ids: ids("c", "a", "nobody") }), ["a", "c"]);
  });

  that("open jobs are listed in the order they would be claimed", async ({ one }) => {
    await begin(one, [job("a"), job("b", { ...of("bert"), priority: 3 }), job("c", of("carl")), job("d", of("dora"))]);
    await attempt(one, POSTED, settings());
    const first = await one.views.open({ limit: 2, after: 0 });
    assert.deepEqual(first.jobs, [job("a"), job("c", of("carl"))]);
    const rest = await one.views.open({ limit: 2, after: first.next ?? assert.fail("there is more") });
    assert.deepEqual([rest.jobs.map((j) => j.id), rest.next], [["d"], null]);
  });

  that("a job's view tells where it came from", async ({ one }) => {
    await takeIn(one, [job("a")]);
    const { job: a, spec } = await view(one, "a");
    assert.deepEqual(
      [a.source, a.caption, a.media, a.attempts, a.url],
      ["jobs.jsonl:1", spec.caption, spec.media, 0, null],
    );
    assert.deepEqual(spec, job("a"));
  });
}

async function showsNextTurn({ one, ledger, now }: World): Promise<void> {
  const window = { from: 22 * 60, to: 23 * 60 };
  const known = [
    account("cleo", { window }),
    account("dora", { dailyLimit: 0 }),
    account("emma", { timezone: "Asia/Tokyo" }),
  ];
  const given = settings({
    limits: { daily: 1, minGapMs: HOUR, timezone: "UTC", window: null },
    knownAccounts: known,
  });
  const names = ["anna", "bert", "cleo", "dora", "emma", "fred", "gwen"];
  const jobs = names.flatMap((n) => [
    job(`${n}1`, of(n)),
    job(`${n}2`, { ...of(n), notBefore: n === "fred" ? later(now(), HOUR) : null }),
  ]);
  await begin(
    one,
    jobs.filter((j) => j.id !== "fred1" && j.id !== "gwen2"),
    given,
  );
  for (const name of ["anna", "dora", "emma", "gwen"]) {
    const claim = await takeOf(one, name, given);
    await publish(one, claim, given);
    await settle(one, claim, POSTED);
  }
  await ledger.accounts.hold({ name: "bert", platform: "default" }, "olga", "wait");
  const at = (iso: string) => Date.parse(iso);
  const list = await ledger.accounts.list(given);
  assert.equal(list[0]?.name, "bert");
  assert.deepEqual(Object.fromEntries(list.map((a) => [a.name, a.nextAt])), {
    anna: at("2026-11-24T00:00:00Z"), // its limit
    bert: null, // held
    cleo: at("2026-11-23T22:00:00Z"), // its window
    dora: at("2026-11-23T13:00:00Z"), // the gap
    emma: at("2026-11-23T15:00:00Z"), // its limit, by its own midnight
    fred: at("2026-11-23T13:00:00Z"), // not before
    gwen: null, // nothing left
  });
  assert.deepEqual(
    [list.find((a) => a.name === "anna")?.limits.daily, list.find((a) => a.name === "dora")?.limits.daily],
    [1, 0],
  );
}

/** The next job of this account; what is given out before it is put back. */
async function takeOf(c: CampaignLedger, name: string, given: RunSettings): Promise<Claim> {
  const others: Claim[] = [];
  for (;;) {
    const claim = await take(c, given);
    if (claim.job.account === name) {
      for (const other of others) await settle(c, other, STOPPED);
      return claim;
    }
    others.push(claim);
  }
}
