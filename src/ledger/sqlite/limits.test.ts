// Two campaigns on one ledger, two handles as of two processes, accounts in zones with clock changes, a clock that is set on and
// back: whatever happens in whatever order, no account gets more posts than its limit on a local day. Counted here by other means
// than the ledger's: days by Intl, posts as they got their go.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { openCalendar } from "../../calendar/temporal-calendar.ts";
import { type Instant, instant, type Millis, millis } from "../../core/ids.ts";
import { decideSettlement } from "../../core/retry.ts";
import type { RunSettings } from "../../core/settings.ts";
import {
  account,
  job,
  openRun,
  POSTED,
  publish,
  ref,
  settings,
  takeIn,
  UNKNOWN_END,
} from "../contract/world.contract.ts";
import type { CampaignLedger, Ledger } from "../ledger.ts";
import { openSqliteLedger } from "./sqlite-ledger.ts";

const LIMIT = 2;
const GAPS = [0, 20 * 60_000].map(millis);
/** Clocks change in each of them near one of STARTS, at another hour; Lord Howe's by half an hour. */
const ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "UTC"];
const NAMES = ZONES.map((_, i) => `a${i}`);
const STARTS = [
  "2026-03-28T20:00Z",
  "2026-10-24T20:00Z",
  "2026-03-08T04:00Z",
  "2026-11-01T03:00Z",
  "2026-04-04T12:00Z",
];
const CAMPAIGNS = ["one", "two"];
const givenWith = (minGapMs: Millis) =>
  settings({
    limits: { daily: LIMIT, minGapMs, timezone: "UTC", window: null },
    knownAccounts: NAMES.map((name, i) => account(name, { timezone: ZONES[i] ?? null })),
  });

type Step = { deed: "post" | "unsure" | "on" | "back" | "wake"; campaign: number; by: number };
const step: fc.Arbitrary<Step> = fc.record({
  deed: fc.constantFrom("post", "post", "post", "post", "unsure", "on", "on", "back", "back", "wake"),
  campaign: fc.nat(1),
  by: fc.nat(9 * 60),
});
const course = fc.record({
  start: fc.constantFrom(...STARTS),
  gap: fc.constantFrom(...GAPS),
  steps: fc.array(step, { minLength: 40, maxLength: 110 }),
});

test("two campaigns that share accounts never exceed a limit, over clock changes and a clock that is set", async () => {
  await fc.assert(fc.asyncProperty(course, play), { numRuns: 40 });
});

async function play({ start, gap, steps }: { start: string; gap: Millis; steps: Step[] }): Promise<void> {
  const given = givenWith(gap);
  const folder = mkdtempSync(join(tmpdir(), "limits-"));
  let now = instant(Date.parse(start));
  const open = () =>
    openSqliteLedger(join(folder, "ledger.db"), "create", { calendar: openCalendar(), now: () => now });
  const ledgers: Ledger[] = [await open(), await open()];
  try {
    const count = new Count();
    const campaigns = CAMPAIGNS.map((name, i) => (ledgers[i] as Ledger).campaign(name));
    for (const c of campaigns) await begin(c, given);
    for (const { deed, campaign, by } of steps) {
      const c = campaigns[campaign] as CampaignLedger;
      count.sees(now);
      if (deed === "on") now = instant(now + by * 60_000);
      else if (deed === "back") now = instant(now - by * 60_000);
      else if (deed === "wake") await c.runs.wake();
      else await post(c, { now, given, count, isSure: deed === "post" });
    }
    count.check();
  } finally {
    for (const ledger of ledgers) await ledger.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function begin(c: CampaignLedger, given: RunSettings): Promise<void> {
  const specs = NAMES.flatMap((name) =>
    Array.from({ length: 12 }, (_, i) => job(`${c.name}-${name}-${i}`, { account: name })),
  );
  await takeIn(c, specs, { accounts: given.knownAccounts });
  await openRun(c, given);
  await c.runs.openPass(3);
}

async function post(
  c: CampaignLedger,
  { now, given, count, isSure }: { now: Instant; given: RunSettings; count: Count; isSure: boolean },
): Promise<void> {
  const answer = await c.claims.claim({ worker: 1, device: null, asOpaque: false }, given);
  if (answer.next !== "claimed") return;
  const { claim } = answer;
  await publish(c, claim, given);
  count.posts(claim.job.account ?? "", now);
  assert.equal(
    await c.claims.settle(ref(claim), decideSettlement(isSure ? POSTED : UNKNOWN_END, claim.spent, now)),
    "ok",
  );
}

/** Posts by account, counted without the ledger. */
class Count {
  readonly #posts = new Map<string, { at: Instant; day: string }[]>();
  readonly #daysSeen = new Map<string, Set<string>>(NAMES.map((name) => [name, new Set()]));

  sees(now: Instant): void {
    for (const [i, name] of NAMES.entries()) this.#daysSeen.get(name)?.add(dayOf(now, ZONES[i] ?? "UTC"));
  }
  posts(name: string, at: Instant): void {
    const before = this.#posts.get(name) ?? [];
    // a clock set back does not bring an earlier day back
    const newest = before.at(-1)?.day ?? "";
    const day = dayOf(at, ZONES[NAMES.indexOf(name)] ?? "UTC");
    this.#posts.set(name, [...before, { at, day: day > newest ? day : newest }]);
  }
  check(): void {
    for (const [name, posts] of this.#posts) {
      const days = new Map<string, number>();
      for (const { day } of posts) days.set(day, (days.get(day) ?? 0) + 1);
      for (const [day, n] of days) assert.ok(n <= LIMIT, `${name} has ${n} posts on ${day}`);
      assert.ok(
        posts.length <= LIMIT * (this.#daysSeen.get(name)?.size ?? 0),
        `${name} has more posts than its days allow`,
      );
    }
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();
function dayOf(at: Instant, zone: string): string {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone: zone });
  formats.set(zone, format);
  return format.format(at);
}
