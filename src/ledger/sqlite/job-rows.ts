// Rows of jobs <-> our types.
import { createHash } from "node:crypto";
import { instant, jobId } from "../../core/ids.ts";
import type { JobSpec, JobState } from "../../core/job.ts";
import { NOTHING_SPENT, type Spent } from "../../core/retry.ts";
import type { AccountSettings } from "../../core/settings.ts";
import { specText } from "../ledger-rules.ts";

/** What SPEC_COLUMNS select. */
export type SpecRow = {
  key: string;
  account_name: string | null;
  platform: string;
  media: string;
  caption: string;
  priority: number;
  pool: string | null;
  not_before: number | null;
  not_after: number | null;
  allow_repost: number;
  data: string;
};

/** Goes with `FROM job j LEFT JOIN account a ON a.id = j.account`. */
export const SPEC_COLUMNS =
  "j.key, a.name AS account_name, j.platform, j.media, j.caption, j.priority, j.pool, j.not_before, j.not_after, j.allow_repost, j.data";

export function specOf(row: SpecRow): JobSpec {
  return {
    id: jobId(row.key),
    account: row.account_name,
    platform: row.platform,
    media: row.media,
    caption: row.caption,
    priority: row.priority,
    pool: row.pool,
    notBefore: row.not_before === null ? null : instant(row.not_before),
    notAfter: row.not_after === null ? null : instant(row.not_after),
    allowRepost: row.allow_repost === 1,
    data: JSON.parse(row.data) as Record<string, unknown>,
  };
}

/** Columns of an account that say what it may do. */
export type AccountRow = {
  platform: string;
  name: string;
  device: string | null;
  timezone: string | null;
  daily_limit: number | null;
  window_from: number | null;
  window_to: number | null;
};

export function accountSettings(row: AccountRow): AccountSettings {
  const { name, platform, device, timezone, daily_limit, window_from, window_to } = row;
  const window = window_from === null || window_to === null ? null : { from: window_from, to: window_to };
  return { name, platform, device, timezone, dailyLimit: daily_limit, window };
}

export type SpentRow = {
  spent_run: number | null;
  spent_infrastructure: number;
  spent_unknown: number;
  spent_rate: number;
};

/** Budgets belong to a run: what another run spent does not count. */
export function spentOf(row: SpentRow, run: number): Spent {
  if (row.spent_run !== run) return NOTHING_SPENT;
  return { infrastructure: row.spent_infrastructure, unknown: row.spent_unknown, rateLimits: row.spent_rate };
}

/** `waiting` and `parked` are ours alone. */
export function shownState(state: string): JobState {
  return state === "waiting" || state === "parked" ? "pending" : (state as JobState);
}

/** Tells whether two descriptions of a job say the same. */
export function specDigest(spec: JobSpec): string {
  return createHash("sha1").update(specText(spec)).digest("base64url");
}

export function captionHash(caption: string): string {
  return `sha256:${createHash("sha256").update(caption).digest("hex")}`;
}
