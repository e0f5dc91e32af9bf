// No phone takes jobs faster by failing than others do by posting: else a broken one runs through a pass's jobs in no time.
import { type Instant, later, type Millis, millis, minutes } from "./ids.ts";

export type Pace = {
  /** How long a post takes, smoothed; `null`: none was made yet. */
  typicalMs: Millis | null;
  /** Phones that rest after a failure. */
  rests: ReadonlyMap<string, Instant>;
};

export type Timed = { device: string; startedAt: Instant; at: Instant; outcome: "posted" | "failed" | "other" };

export const NO_PACE: Pace = { typicalMs: null, rests: new Map() };
/** Share of the newest post. */
const NEWEST = 0.2;
const LONGEST_REST: Millis = minutes(1);

/** Takes in an attempt. After a failure of the infrastructure its phone rests for the remainder of the time that a post takes. */
export function paced(pace: Pace, { device, startedAt, at, outcome }: Timed): Pace {
  if (outcome === "posted")
    return { typicalMs: smoothed(pace.typicalMs, millis(at - startedAt)), rests: without(pace, device) };
  if (outcome === "other" || pace.typicalMs === null) return { ...pace, rests: without(pace, device) };
  const until = later(startedAt, millis(Math.min(LONGEST_REST, pace.typicalMs)));
  return { ...pace, rests: new Map([...without(pace, device), [device, until]]) };
}

/** `null`: now. */
export function restsUntil({ rests }: Pace, device: string, now: Instant): Instant | null {
  const until = rests.get(device) ?? null;
  return until !== null && until > now ? until : null;
}

const smoothed = (before: Millis | null, took: Millis): Millis =>
  before === null ? took : millis(before + (took - before) * NEWEST);

function without({ rests }: Pace, device: string): Pace["rests"] {
  return rests.has(device) ? new Map([...rests].filter(([id]) => id !== device)) : rests;
}
