import { type Millis, millis } from "../core/ids.ts";

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const FORM = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/;

/** Reads `30`, `30s`, `5m`, `2h`, `1d` or `500ms`; a bare number is seconds. `null`: not a duration. */
export function parseDuration(text: string): Millis | null {
  const match = FORM.exec(text.trim());
  if (match === null) return null;
  const unit = (match[2] ?? "s") as keyof typeof UNITS;
  return millis(Math.round(Number(match[1]) * UNITS[unit]));
}

/** Writes a duration as `parseDuration` reads it, in the largest unit that shows it whole. */
export function showDuration(duration: Millis): string {
  for (const unit of ["d", "h", "m", "s"] as const) {
    if (duration >= UNITS[unit] && duration % UNITS[unit] === 0) return `${duration / UNITS[unit]}${unit}`;
  }
  return duration === 0 ? "0" : `${duration}ms`;
}
