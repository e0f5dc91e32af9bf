// No phone takes jobs faster by failing than others do by posting: else a broken one runs through a pass's jobs in no time.
import { type Instant, later, type Millis, millis, minutes, seconds } from "./ids.ts";

export type Pace = {
  /** How long a post takes, smoothed; `null`: none was made yet. */
  typicalMs: Millis | null;
  /** Phones that rest after a failure: until when, and how many it were in a row. */
  rests: ReadonlyMap<string, { until: Instant; failures: number }>;
};

export type Timed = { device: string; startedAt: Instant; at: Instant; outcome: "posted" | "failed" | "other" };

export const NO_PACE: Pace = { typicalMs: null, rests: new Map() };
/** Share of the newest post. */
const NEWEST = 0.2;
const LONGEST_REST: Millis = minutes(1);
/** As long as nobody knows how long a post takes: two seconds, then four times as long with each failure. */
const FIRST_REST: Millis = seconds(2);
const GROWTH = 4;

/** Takes in an attempt. After a failure of the infrastructure its phone rests for the remainder of the time that a post takes. */
export function paced(pace: Pace, { device, startedAt, at, outcome }: Timed): Pace {
  const rests = without(pace, device);
  if (outcome === "posted") return { typicalMs: smoothed(pace.typicalMs, millis(at - startedAt)), rests };
  if (outcome === "other") return { ...pace, rests };
  const failures = (pace.rests.get(device)?.failures ?? 0) + 1;
  const share = pace.typicalMs ?? FIRST_REST * GROWTH ** (failures - 1);
  const until = later(startedAt, millis(Math.min(LONGEST_REST, share)));
  return { ...pace, rests: new Map([...rests, [device, { until, failures }]]) };
}

/** `null`: now. */
export function restsUntil({ rests }: Pace, device: string, now: Instant): Instant | null {
  const until = rests.get(device)?.until ?? null;
  return until !== null && until > now ? until : null;
}

const smoothed = (before: Millis | null, took: Millis): Millis =>
  before === null ? took : millis(before + (took - before) * NEWEST);

function without({ rests }: Pace, device: string): Pace["rests"] {
  return rests.has(device) ? new Map([...rests].filter(([id]) => id !== device)) : rests;
}
