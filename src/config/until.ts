import { type Instant, instant, later } from "../core/ids.ts";
import { err, ok, type Result } from "../core/result.ts";
import { parseDuration } from "./duration.ts";

const ALLOWED =
  "must be a time in the future: 2h (from now), 18:30 (today or tomorrow, this machine's clock) or 2026-11-24T18:30";

/** Reads an end time as of `now`: a duration, a time of day here, or an ISO date and time (local unless it names an offset). */
export function parseUntil(text: string, now: Instant): Result<Instant, string> {
  const at = readUntil(text.trim(), now);
  return at !== null && at > now ? ok(at) : err(ALLOWED);
}

function readUntil(text: string, now: Instant): Instant | null {
  const clock = /^(\d{1,2}):(\d{2})$/.exec(text);
  if (clock !== null) return nextTime(Number(clock[1]), Number(clock[2]), now);
  if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)) {
    const at = Date.parse(text.replace(" ", "T"));
    return Number.isNaN(at) ? null : instant(at);
  }
  const duration = parseDuration(text);
  return duration === null ? null : later(now, duration);
}

function nextTime(hour: number, minute: number, now: Instant): Instant | null {
  if (hour > 23 || minute > 59) return null;
  const at = new Date(now);
  at.setHours(hour, minute, 0, 0);
  if (at.getTime() <= now) at.setDate(at.getDate() + 1);
  return instant(at.getTime());
}
