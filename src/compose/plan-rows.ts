// The rows of a plan: every open job with its turn, account by account.
import type { Calendar } from "../core/calendar.ts";
import { type Instant, instant } from "../core/ids.ts";
import type { JobState } from "../core/job.ts";
import type { RunSettings } from "../core/settings.ts";
import { playTurns, type Turn, type TurnJob } from "../core/turns.ts";
import type { AccountView, CampaignLedger, JobView, Ledger } from "../ledger/ledger.ts";
import type { Plan, PlanAction, PlanRow } from "../report/plan.ts";

const PAGE = 1_000;
const STATES: JobState[] = ["pending", "deferred", "held", "skipped"];
const ORDER: PlanAction[] = ["post", "defer", "hold", "fail", "skip"];

type Rows = Pick<Plan, "rows" | "counts" | "outOfScope" | "left" | "days">;

/** Reads what stands open after a run was opened and jobs were dealt; writes nothing. */
export async function planRows(ledger: Ledger, campaign: CampaignLedger, settings: RunSettings): Promise<Rows> {
  const { openCalendar } = await import("../calendar/temporal-calendar.ts");
  const [rules, now] = [{ calendar: openCalendar() }, instant(Date.now())];
  const accounts = new Map((await ledger.accounts.list(settings)).map((a) => [keyOf(a.platform, a.name), a]));
  const rows: PlanRow[] = [];
  let days = 0;
  const { lanes, others } = await readLanes(campaign);
  for (const [key, jobs] of lanes) {
    const account = accounts.get(key);
    if (account === undefined) throw new Error(`job ${jobs[0]?.id} has no account`);
    const played = playLane(account, jobs, { now, ...rules });
    rows.push(...played);
    days = Math.max(days, daysLeft(account, played));
  }
  for (const job of others) rows.push(otherRow(job, accounts.get(keyOf(job.platform, job.account))));
  const counts: Rows["counts"] = { post: 0, skip: 0, hold: 0, defer: 0, fail: 0 };
  for (const { action } of rows) counts[action]++;
  rows.sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action));
  const { success, failed, unconfirmed, claimed, out_of_scope } = await campaign.views.counts();
  const left = { posted: success, failed, unconfirmed, running: claimed };
  return { rows, counts, outOfScope: out_of_scope, left, days };
}

const keyOf = (platform: string, name: string | null) => `${platform}\0${name}`;

type Lanes = { lanes: Map<string, LaneJob[]>; others: JobView[] };
type LaneJob = JobView & { twin: TurnJob["twin"] };

/** Jobs an account could post, best first; the others wait for something else than its turn. */
async function readLanes({ views }: CampaignLedger): Promise<Lanes> {
  const twins = new Map((await views.twins()).map(({ job, twin }) => [job, twin]));
  const lanes: Lanes["lanes"] = new Map();
  const others: JobView[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<typeof views.jobs>> = await views.jobs({ states: STATES }, { limit: PAGE, after });
    for (const job of page.jobs.filter((j) => j.isInScope)) {
      if (job.state !== "pending" || job.account === null || job.wakeAt !== null) others.push(job);
      else {
        const key = keyOf(job.platform, job.account);
        const lane = lanes.get(key) ?? [];
        lanes.set(key, lane);
        lane.push({ ...job, twin: twins.get(job.id) ?? null });
      }
    }
    after = page.next;
  }
  // pages come in the order of coming in, and sorting keeps it
  for (const lane of lanes.values()) lane.sort((a, b) => b.priority - a.priority);
  return { lanes, others };
}

function playLane(
  account: AccountView,
  jobs: readonly LaneJob[],
  { now, calendar }: { now: Instant; calendar: Calendar },
): PlanRow[] {
  const { postsToday, lastPostAt, limits } = account;
  const facts = { isHeld: account.hold !== null, postsToday, lastPostAt };
  const turns = playTurns(now, jobs, facts, { limits, calendar });
  return jobs.map((job, i) => ({ ...common(job, account), ...shown(turns[i] as Turn, now) }));
}

function shown(turn: Turn, now: Instant): Pick<PlanRow, "action" | "reason" | "at"> {
  switch (turn.next) {
    case "post":
      return { action: "post", reason: null, at: turn.at > now ? turn.at : null };
    case "skip":
      return { action: "skip", reason: "duplicate", at: null };
    case "hold":
      return { action: "hold", reason: turn.by, at: null };
    case "defer":
      return { action: "defer", reason: turn.reason, at: turn.until };
    case "too_late":
      return { action: "fail", reason: "too_late", at: null };
  }
}

function otherRow(job: JobView, account: AccountView | undefined): PlanRow {
  const row = common(job, account);
  switch (job.state) {
    case "skipped":
      return { ...row, action: "skip", reason: job.wakeReason ?? "duplicate", at: null };
    case "held":
      return { ...row, action: "hold", reason: job.heldBy, at: null };
    default:
      return { ...row, action: "defer", reason: job.wakeReason ?? "no_account", at: job.wakeAt };
  }
}

const common = (job: JobView, account: AccountView | undefined) => ({
  job: job.id,
  account: job.account,
  media: job.media,
  device: account?.settings.device ?? null,
});

/** Days that an account's jobs behind its daily limit still need. */
function daysLeft({ limits }: AccountView, rows: readonly PlanRow[]): number {
  if (limits.daily === 0) return 0;
  return Math.ceil(rows.filter((r) => r.reason === "daily_limit").length / limits.daily);
}
