// `plan`: who would post what, and what holds the rest back.
import { brief, harmless } from "./harmless.ts";
import { count, moment, type Style, table } from "./words.ts";

/** `post`: in the coming pass. `skip`: posted before. `hold`: a person, its account, or an unconfirmed twin. `defer`: not due. */
export type PlanAction = "post" | "skip" | "hold" | "defer";

export type PlanRow = {
  job: string;
  /** `null`: no account has room for it. */
  account: string | null;
  media: string;
  action: PlanAction;
  /** `daily_limit`, `duplicate`, `account_held`, ...; `null` for `post`. */
  reason: string | null;
  /** When a deferred job becomes due, ms since the epoch; `null` = not by the clock. */
  at: number | null;
};

export type Plan = {
  campaign: string;
  workers: number;
  rows: PlanRow[];
  counts: Record<PlanAction, number>;
  /** Jobs outside `--accounts`; in no row. */
  outOfScope: number;
  warnings: string[];
};

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
    warnings: plan.warnings,
    rows: plan.rows.map((row) => ({ ...row, at: row.at === null ? null : new Date(row.at).toISOString() })),
  };
}

const WORDS: Record<PlanAction, string> = { post: "post", skip: "skip", hold: "hold", defer: "later" };

/** A table of the rows, at most `limit`, and the sums. */
export function planLines(plan: Plan, style: Style, limit: number): string[] {
  const rows = plan.rows
    .slice(0, limit)
    .map((row) => [
      WORDS[row.action],
      harmless(row.job),
      harmless(row.account ?? "(no account)"),
      brief(row.media, 50),
      why(row),
    ]);
  const hidden = plan.rows.length - rows.length;
  return [
    ...(rows.length > 0 ? table([["", "JOB", "ACCOUNT", "MEDIA", "WHY"], ...rows]) : []),
    ...(hidden > 0 ? [`... and ${count(hidden, "more job")}; all: ${style.prefix} plan --json`] : []),
    sums(plan),
    ...plan.warnings.map((text) => `warning: ${harmless(text)}`),
  ];
}

function why(row: PlanRow): string {
  const until = row.at === null ? "" : `, due ${moment(row.at)}`;
  return `${harmless(row.reason ?? "").replaceAll("_", " ")}${until}`.replace(/^, /, "");
}

function sums(plan: Plan): string {
  const { post, skip, hold, defer } = plan.counts;
  const scope = plan.outOfScope === 0 ? "" : `, ${plan.outOfScope} out of scope`;
  return `${count(post, "job")} would be posted by ${count(plan.workers, "worker")}; ${defer} later, ${hold} held, ${skip} skipped${scope}. Nothing was written.`;
}
