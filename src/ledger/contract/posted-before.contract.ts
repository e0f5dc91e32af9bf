// Posts that an earlier program made: what they stand against, and on which day they count (3-semantics 3.4, 3.6).
import assert from "node:assert/strict";
import { type Instant, instant, millis } from "../../core/ids.ts";
import type { JobSpec } from "../../core/job.ts";
import type { RunSettings } from "../../core/settings.ts";
import type { CampaignLedger, PastOutcome } from "../ledger.ts";
import {
  account,
  ask,
  attempt,
  begin,
  type Case,
  HOUR,
  job,
  limited,
  media,
  NOON,
  openRun,
  POSTED,
  REJECTED,
  ref,
  SLOT,
  settings,
  settle,
  settleNoGo,
  states,
  take,
  takeIn,
  view,
  type World,
} from "./world.contract.ts";

const madeAt = (at: Instant | null): PastOutcome => ({ state: "success", at, url: "https://example.test/p/0" });
const LONG_AGO = madeAt((NOON - 48 * HOUR) as Instant);
const OLD = "/media/old.mp4";

/** Takes jobs in that an earlier program has posted, all of them then. */
async function takeInPosted(c: CampaignLedger, specs: readonly JobSpec[], past: PastOutcome = LONG_AGO) {
  await takeIn(c, specs, { past: Object.fromEntries(specs.map((spec) => [spec.id, past])) });
}

/** Another account posts the file, so that it is read. */
async function read(c: CampaignLedger, path: string, hash: string): Promise<void> {
  const name = `reader of ${path} ${hash}`;
  await takeIn(c, [job(name, { account: name, media: path, priority: 9 })]);
  await attempt(c, POSTED, settings(), hash);
}

/** Tries the next job, whose file has this hash: it must be a duplicate. */
async function isDuplicate(c: CampaignLedger, hash: string): Promise<void> {
  const claim = await take(c);
  assert.deepEqual(await c.claims.recordMedia(ref(claim), media(hash)), { go: false, reason: "duplicate" });
  await settleNoGo(c, claim, "duplicate");
}

export function postedBeforeCases(that: Case): void {
  that("a post made before is known by its hash once another account has had its file read", async ({ one }) => {
    await takeInPosted(one, [job("old")]);
    await begin(one, []);
    await read(one, OLD, "h1");
    await takeIn(one, [job("copy")]);
    await isDuplicate(one, "h1");
  });

  that("a post made before is known by its hash if its file was read before it came in", async ({ one }) => {
    await begin(one, []);
    await read(one, OLD, "h1");
    await takeInPosted(one, [job("old")]);
    await takeIn(one, [job("copy")]);
    await isDuplicate(one, "h1");
  });

  that("a post made before is known by its path even when its file is another one now", knownByBoth);

  that("two posts of one file, made before under two paths, are kept", async ({ one }) => {
    await takeInPosted(one, [job("old"), job("older")]);
    await begin(one, []);
    await read(one, OLD, "h1");
    await read(one, "/media/older.mp4", "h1");
    await takeInPosted(one, [job("oldest", { media: OLD })]);
    await takeIn(one, [job("copy")]);
    await isDuplicate(one, "h1");
  });

  unreadCases(that);
  dayCases(that);
  accountCases(that);
}

function unreadCases(that: Case): void {
  that(
    "a post made before whose file nobody has read is read where it may be the same file",
    async ({ one, files }) => {
      await takeInPosted(one, [job("old"), job("other"), job("gone")]);
      files.set(OLD, media("h1")).set("/media/other.mp4", { ...media("h1"), size: 11 });
      await begin(one, [job("new"), job("copy"), job("big")]);
      const claim = await take(one);
      assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h0")), { go: true });
      await settle(one, claim, REJECTED);
      await isDuplicate(one, "h1");
      const big = await take(one);
      const found = { ...media("h3"), size: 11 };
      assert.deepEqual(await one.claims.recordMedia(ref(big), found), { go: true }, "of the same size is not the same");
    },
  );

  that("a file that another account has had read is read again for an account with unread posts", async (w) => {
    const { one, files } = w;
    await takeInPosted(one, [job("old")]);
    files.set(OLD, media("h1"));
    await begin(one, []);
    await read(one, "/media/copy.mp4", "h1");
    await takeIn(one, [job("copy")]);
    const claim = await take(one, settings(), { ...SLOT, asOpaque: true });
    assert.deepEqual([claim.media, claim.opaque], [null, false]);
    assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h1")), { go: false, reason: "duplicate" });
  });

  that("posts of an earlier program that came in during a run are looked at too", async ({ one, files }) => {
    await takeInPosted(one, [job("other")]);
    await begin(one, [job("new")]);
    const claim = await take(one);
    assert.deepEqual(await one.claims.recordMedia(ref(claim), media("h0")), { go: true });
    await settle(one, claim, REJECTED);
    await takeInPosted(one, [job("old")]);
    files.set(OLD, media("h1"));
    await takeIn(one, [job("copy")]);
    await isDuplicate(one, "h1");
  });
}

async function knownByBoth({ one }: World): Promise<void> {
  await begin(one, [job("again", { media: OLD })]);
  await takeInPosted(one, [job("old")]);
  await read(one, OLD, "h1");
  await read(one, OLD, "h2");
  const answer = await one.claims.claim(SLOT, settings());
  // a ledger that looks at files has it read once more
  if (answer.next === "claimed") {
    assert.deepEqual(await one.claims.recordMedia(ref(answer.claim), media("h2")), { go: false, reason: "duplicate" });
    await settleNoGo(one, answer.claim, "duplicate");
  }
  assert.equal((await states(one)).again, "skipped");
}

const inZone = (timezone: string, daily: number): RunSettings =>
  settings({ limits: { daily, minGapMs: millis(0), timezone, window: null } });

/** One local day, and two of any zone half the world away. */
const DAYS: [zone: string, made: string, now: string][] = [
  ["Pacific/Kiritimati", "2026-11-23T12:00Z", "2026-11-24T09:00Z"],
  ["Etc/GMT+12", "2026-11-23T13:00Z", "2026-11-24T11:00Z"],
];

function dayCases(that: Case): void {
  for (const [zone, made, now] of DAYS)
    that(`a post made before counts on its day in the campaign's zone: ${zone}`, async ({ one, ledger, setClock }) => {
      const given = inZone(zone, 1);
      setClock(instant(Date.parse(now)));
      await takeInPosted(one, [job("old")], madeAt(instant(Date.parse(made))));
      await begin(one, [job("new")], given);
      assert.equal(await ask(one, given), "none");
      assert.equal((await view(one, "new")).job.wakeReason, "daily_limit");
      assert.equal((await ledger.accounts.list(given))[0]?.postsToday, 1);
    });

  that("a post made before counts at the intent too", async ({ one }) => {
    await begin(one, [job("new")], limited(1));
    const claim = await take(one, limited(1));
    await one.claims.recordMedia(ref(claim), media("h"));
    await takeInPosted(one, [job("old")], madeAt(NOON));
    const answer = await one.claims.markPublishing(ref(claim), { baseline: null }, limited(1));
    assert.deepEqual(answer, { go: false, reason: "limit" });
  });

  that("a post made before whose time nobody knows counts today", async ({ one }) => {
    await takeInPosted(one, [job("old")], madeAt(null));
    await begin(one, [job("new")], limited(1));
    assert.equal(await ask(one, limited(1)), "none");
  });

  that("one post that the files of two campaigns tell of takes one place in the limit", async ({ one, ledger }) => {
    const two = ledger.campaign("two");
    for (const c of [one, two]) await takeInPosted(c, [job("old")], madeAt(NOON));
    assert.equal((await view(two, "old")).job.url, "https://example.test/p/0");
    await begin(one, [job("new"), job("newer")], limited(2));
    await attempt(one, POSTED, limited(2));
    assert.equal(await ask(one, limited(2)), "none");
  });

  that("two posts of one file made before take two places in the limit", async ({ one }) => {
    await takeInPosted(one, [job("old")], madeAt(NOON));
    await takeInPosted(one, [job("twice", { media: OLD })], madeAt((NOON - HOUR) as Instant));
    await begin(one, [job("new")], limited(2));
    assert.equal(await ask(one, limited(2)), "none");
  });
}

function accountCases(that: Case): void {
  that("a job without account that another program has posted since is a post of that account", async ({ one }) => {
    await takeIn(one, [job("x", { account: null })]);
    await takeInPosted(one, [job("x")]);
    assert.equal((await view(one, "x")).job.account, "anna");
    await takeIn(one, [job("y", { media: job("x").media })]);
    assert.deepEqual(await states(one), { x: "success", y: "skipped" });
    const report = await takeIn(one, [job("x")], { past: { x: LONG_AGO } });
    assert.deepEqual([report.known, report.unchanged], [1, []]);
  });

  that("a job that was dealt, and that another account has posted since, is that other account's", async ({ one }) => {
    await takeIn(one, [job("x", { account: null }), job("b", { account: "bert" })]);
    await openRun(one, limited(2));
    await one.runs.deal([account("bert")]);
    assert.equal((await view(one, "x")).job.account, "bert");
    await takeInPosted(one, [job("x")], madeAt(NOON));
    await one.runs.openPass(3);
    assert.equal(await ask(one, limited(1)), "b");
    assert.equal((await view(one, "x")).job.account, "anna");
  });
}
