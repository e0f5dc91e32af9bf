// What a config says of accounts holds until another config says otherwise (3-semantics 3.6): at the claim, at the go, and for phones.
import assert from "node:assert/strict";
import { instant, later, millis } from "../../core/ids.ts";
import type { AccountSettings, RunSettings } from "../../core/settings.ts";
import {
  account,
  ask,
  attempt,
  begin,
  type Case,
  HOUR,
  job,
  media,
  NOON,
  nextPass,
  openRun,
  POSTED,
  publish,
  ref,
  refuses,
  SLOT,
  settings,
  settle,
  take,
  takeIn,
  type World,
} from "./world.contract.ts";

const on = (device: string) => ({ ...SLOT, device, phones: [] });

/** A config with a daily limit for all, in UTC, and this entry for `anna`. */
const listing = (daily: number, anna: Partial<AccountSettings> = {}): RunSettings =>
  settings({
    limits: { daily, minGapMs: millis(0), timezone: "UTC", window: null },
    knownAccounts: [account("anna", anna)],
  });

/** Ends the run, whatever is left, and starts another one with this config. */
async function startWith({ one }: World, given: RunSettings): Promise<void> {
  await one.runs.finish("deferred", 8);
  await openRun(one, given);
  await one.runs.openPass(3);
}

export function configCases(that: Case): void {
  that("a limit taken out of the config is gone, at the claim and at the go", async (w) => {
    const before = listing(3, { dailyLimit: 1 });
    await begin(w.one, [job("a"), job("b")], before);
    await attempt(w.one, POSTED, before);
    assert.equal(await ask(w.one, before), "none");
    await startWith(w, listing(3));
    await attempt(w.one, POSTED, listing(3));
    assert.deepEqual((await w.ledger.accounts.list())[0]?.settings, account("anna"));
  });

  that("a silent poster's go reckons the limit as its claim did, whatever another config says meanwhile", async (w) => {
    const given = listing(3);
    await begin(w.one, [job("a"), job("b")], given);
    await attempt(w.one, POSTED, given);
    await takeIn(w.one, [], { accounts: [account("anna", { dailyLimit: 1 })] });
    const claim = await take(w.one, given, { ...SLOT, asOpaque: true });
    assert.deepEqual(await w.one.claims.recordMedia(ref(claim), media("h2")), { go: true });
  });

  that("a zone taken out of the config is gone, at the claim and at the go", async (w) => {
    const before = listing(1, { timezone: "America/New_York" });
    w.setClock(later(NOON, millis(10 * HOUR)));
    await begin(w.one, [job("a"), job("b")], before);
    await attempt(w.one, POSTED, before);
    w.setClock(instant(Date.UTC(2026, 10, 24, 1))); // the next day in UTC, in New York the same
    assert.equal(await ask(w.one, before), "none");
    await startWith(w, listing(1));
    await attempt(w.one, POSTED, listing(1));
  });

  that("an account whose phone is taken out of the config posts from any", async (w) => {
    const before = listing(0, { device: "phone-1" });
    await begin(w.one, [job("a"), job("b")], before);
    assert.equal(await ask(w.one, before, on("phone-2")), "none");
    await startWith(w, listing(0));
    assert.deepEqual([...(await w.one.claims.demand()).boundTo], []);
    assert.equal(await ask(w.one, listing(0), on("phone-2")), "a");
  });

  that("what a job file says of an account stays where no config lists it", async ({ one, ledger }) => {
    const known = account("anna", { timezone: "Asia/Tokyo", dailyLimit: 2 });
    await takeIn(one, [job("a", { account: null })], { accounts: [known] });
    await takeIn(one, [], { accounts: [account("anna")] });
    await openRun(one);
    await one.runs.deal([account("anna")]);
    assert.deepEqual((await ledger.accounts.list())[0]?.settings, known);
  });

  that("each campaign goes by the limit of its own config", async ({ one, fixture }) => {
    const two = (await fixture.second()).campaign("two");
    const [strict, free] = [listing(3, { dailyLimit: 1 }), listing(3)];
    await begin(one, [job("a"), job("b")], strict);
    await begin(two, [job("c"), job("d")], free);
    await attempt(one, POSTED, strict);
    await attempt(two, POSTED, free);
    assert.equal(await ask(one, strict), "none");
    const claim = await take(two, free);
    await publish(two, claim, free);
    await settle(two, claim, POSTED);
  });

  that("a run that binds an account to a phone keeps it, whatever another config says", async ({ one, fixture }) => {
    const two = (await fixture.second()).campaign("two");
    const [bound, free] = [listing(0, { device: "phone-1" }), listing(0)];
    await begin(one, [job("a"), job("b")], bound);
    await begin(two, [], free);
    await refuses(one, bound, on("phone-2"));
    const claim = await take(one, bound, on("phone-1"));
    await settle(one, claim, POSTED);
    await nextPass(one, bound); // the account takes its place in the order anew
    await refuses(one, bound, on("phone-2"));
    await one.runs.finish("deferred", 8);
    await two.runs.finish("no_jobs", 4);
    await begin(two, [job("c")], free);
    assert.equal(await ask(two, free, on("phone-2")), "c");
  });
}
