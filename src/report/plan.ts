// `plan`: who would post what, and what holds the rest back.
import { harmless } from "./harmless.ts";
import { count, moment, type Style, table, tellingTable } from "./words.ts";

/** `post`: in the coming pass. `skip`: posted before. `hold`: a person, its account, or an unconfirmed twin. `defer`: not due. `fail`: too late. */
export type PlanAction = "post" | "skip" | "hold" | "defer" | "fail";

export type PlanRow = {
  job: string;
  /** `null`: no account has room for it. */
  account: string | null;
  media: string;
  /** The only device its account posts from; `null` = any. */
  device: string | null;
  action: PlanAction;
  /** `daily_limit`, `duplicate`, `account_held`, ...; `null` for `post`. */
  reason: string | null;
  /** When it is posted or becomes due, ms since the epoch; `null` = not by the clock. */
  at: number | null;
};

export type Plan = {
  campaign: string;
  workers: number;
  rows: PlanRow[];
  counts: Record<PlanAction, number>;
  /** Jobs outside `--accounts`; in no row. */
  outOfScope: number;
  /** What no run takes up by itself; in no row. */
  left: { posted: number; failed: number; unconfirmed: number; running: number };
  /** Days of posting that the jobs behind a daily limit still need, at most; 0 = none. */
  days: number;
  warnings: string[];
};

type Group = { action: PlanAction; reason: string; jobs: number; accounts: number; firstAt: number | null };

/** What holds the rest back, most jobs first. */
function groupsOf(rows: readonly PlanRow[]): Group[] {
  const groups = new Map<string, Group & { names: Set<string | null> }>();
  for (const { action, reason, account, at } of rows) {
    if (action === "post") continue;
    const key = `${action} ${reason}`;
    const group = groups.get(key) ?? {
      action,
      reason: reason ?? "",
      jobs: 0,
      accounts: 0,
      firstAt: null,
      names: new Set(),
    };
    groups.set(key, group);
    group.jobs++;
    if (account !== null) group.names.add(account);
    if (at !== null) group.firstAt = Math.min(group.firstAt ?? at, at);
  }
  return [...groups.values()]
    .map(({ names, ...group }) => ({ ...group, accounts: names.size }))
    .sort((a, b) => b.jobs - a.jobs);
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** The wire form: one object. */
export function planJson(plan: Plan, now: number): object {
  return {
    v: 1,
    type: "plan",
    ts: new Date(now).toISOString(),
    run: "-",
    campaign: plan.campaign,
    workers: plan.workers,
    ...plan.counts,
    total: plan.rows.length,
    out_of_scope: plan.outOfScope,
    left: plan.left,
    days: plan.days,
    held_back: groupsOf(plan.rows).map(({ firstAt, ...group }) => ({ ...group, first_at: iso(firstAt) })),
    warnings: plan.warnings,
    rows: plan.rows.map((row) => ({ ...row, at: iso(row.at) })),
  };
}

const LONGEST_PATH = 48;
const WORDS: Record<PlanAction, string> = { post: "post", skip: "skip", hold: "hold", defer: "later", fail: "fail" };

/**
 * A table of the rows, at most `limit`, what holds the rest back, and the sums.
 *
 * @param style.folder  media in it are shown by their way from there
 */
export function planLines(plan: Plan, style: Style & { folder: string }, limit: number): string[] {
  const rows = plan.rows.slice(0, limit).map((row) => cells(row, style.folder));
  const hidden = plan.rows.length - rows.length;
  const columns = ["", "JOB", "ACCOUNT", "DEVICE", "MEDIA", "WHEN AND WHY"];
  const groups = groupsOf(plan.rows);
  return [
    ...(rows.length > 0 ? tellingTable(columns, rows, { DEVICE: "any" }) : []),
    ...(hidden > 0 ? [`... and ${count(hidden, "more job")}; all: ${style.prefix} plan --verbose, or --json`] : []),
    ...(groups.length > 0 ? ["Held back:", ...table(groups.map(groupCells))] : []),
    ...leftLines(plan, style),
    sums(plan),
    ...plan.warnings.map((text) => `warning: ${harmless(text)}`),
  ];
}

function cells(row: PlanRow, folder: string): string[] {
  const { action, job, account, device, media } = row;
  return [
    WORDS[action],
    harmless(job),
    harmless(account ?? "(no account)"),
    harmless(device ?? "any"),
    briefPath(media.startsWith(`${folder}/`) ? media.slice(folder.length + 1) : media),
    why(row),
  ];
}

function why({ action, reason, at }: PlanRow): string {
  if (action === "post") return at === null ? "now" : `at ${moment(at)}, after the gap`;
  const due = at === null ? "" : `, due ${moment(at)}`;
  return `${words(reason ?? "")}${due}`.replace(/^, /, "");
}

/** Of a long path the end tells more. */
function briefPath(path: string): string {
  const letters = Array.from(harmless(path));
  return letters.length <= LONGEST_PATH ? letters.join("") : `...${letters.slice(3 - LONGEST_PATH).join("")}`;
}

const words = (reason: string) => harmless(reason).replaceAll("_", " ");

function groupCells({ action, reason, jobs, accounts, firstAt }: Group): string[] {
  const due = firstAt === null ? "" : `first due ${moment(firstAt)}`;
  return [
    `  ${WORDS[action]}`,
    words(reason),
    count(jobs, "job"),
    accounts === 0 ? "" : count(accounts, "account"),
    due,
  ];
}

function leftLines({ left, days }: Plan, { prefix }: Style): string[] {
  const { failed, unconfirmed, running } = left;
  return [
    ...(days > 0 ? [`At these daily limits the rest takes at least ${count(days, "more day")}.`] : []),
    ...(failed > 0
      ? [
          `${count(failed, "failed job")} ${failed === 1 ? "stays as it is" : "stay as they are"}: ${prefix} jobs list --status failed`,
        ]
      : []),
    ...(unconfirmed > 0 ? [`${count(unconfirmed, "post")} may be live: ${prefix} jobs list --status unconfirmed`] : []),
    ...(running > 0 ? [`${count(running, "job")} being attempted now.`] : []),
  ];
}

function sums(plan: Plan): string {
  const { post, skip, hold, defer, fail } = plan.counts;
  const late = fail === 0 ? "" : `, ${fail} too late`;
  const scope = plan.outOfScope === 0 ? "" : `, ${plan.outOfScope} out of scope`;
  return `${count(post, "job")} would be posted by ${count(plan.workers, "worker")}; ${defer} later, ${hold} held, ${skip} skipped${late}${scope}. Nothing was written.`;
}
