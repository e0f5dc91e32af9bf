// Readers of single values: text in, a value or what is allowed out.
import type { Window } from "../core/calendar.ts";
import type { Millis } from "../core/ids.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { HaltRule } from "../core/settings.ts";
import { parseDuration, showDuration } from "./duration.ts";

/** The error says what is allowed, fit to stand after "is ...: ". */
export type Parse<T> = (text: string) => Result<T, string>;

export const whole =
  (min: number, max: number): Parse<number> =>
  (text) => {
    const n = /^\d{1,16}$/.test(text.trim()) ? Number(text) : Number.NaN;
    return n >= min && n <= max ? ok(n) : err(`must be a whole number from ${min} to ${max}`);
  };

export const decimal =
  (min: number, max: number): Parse<number> =>
  (text) => {
    const n = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
    return n >= min && n <= max ? ok(n) : err(`must be a number from ${min} to ${max}`);
  };

export const duration =
  (min: Millis, max: Millis): Parse<Millis> =>
  (text) => {
    const d = parseDuration(text);
    if (d !== null && d >= min && d <= max) return ok(d);
    return err(
      `must be a time from ${showDuration(min)} to ${showDuration(max)}, such as 30 (seconds), 500ms, 5m or 2h`,
    );
  };

export const word =
  <const W extends string>(...words: W[]): Parse<W> =>
  (text) => {
    const found = words.find((w) => w === text);
    return found === undefined ? err(`must be one of ${words.join(", ")}`) : ok(found);
  };

export const text: Parse<string> = (text) =>
  text.trim() === "" || text.includes("\0") ? err("must be a text that is not empty") : ok(text);

const YES = ["true", "1", "yes", "on"];
const NO = ["false", "0", "no", "off"];
export const yesNo: Parse<boolean> = (text) => {
  const lower = text.trim().toLowerCase();
  if (YES.includes(lower)) return ok(true);
  return NO.includes(lower) ? ok(false) : err("must be true or false");
};

/** How often a failure of unknown cause is tried again; `true` = the usual 2. */
export const unknownRetries: Parse<number> = (text) => {
  const asBoolean = text === "true" ? ok(2) : text === "false" ? ok(0) : null;
  return asBoolean ?? whole(0, 1000)(text);
};

export const campaignName: Parse<string> = (text) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)
    ? ok(text)
    : err("must be 1 to 64 letters, digits, dots, dashes or underscores, and begin with a letter or digit");

export const halt: Parse<HaltRule> = (text) => {
  if (text === "never") return ok(null);
  const match = /^(now|soon),fail=(\d{1,9})(%?)$/.exec(text.replaceAll(" ", ""));
  const fail = Number(match?.[2]);
  const unit = match?.[3] === "%" ? "percent" : "count";
  if (match === null || fail < 1 || (unit === "percent" && fail > 100)) {
    return err("must be now or soon, then fail=N (1 or more) or fail=N% (1% to 100%), such as soon,fail=10%; or never");
  }
  return ok({ when: match[1] === "now" ? "now" : "soon", fail, unit });
};

/** What phones on adb there are is told by the config file alone. */
type DevicesSaid = { provider: "none" | "adb" | "geelark" | "stf" } | { provider: "simulated"; count: number };
export const devices: Parse<DevicesSaid> = (text) => {
  if (text === "none" || text === "adb" || text === "geelark" || text === "stf") return ok({ provider: text });
  const count = Number(/^simulated:(\d{1,4})$/.exec(text)?.[1]);
  if (count >= 1 && count <= 500) return ok({ provider: "simulated", count });
  return err("must be none, adb, geelark, stf or simulated:N, N from 1 to 500");
};

export const renderer: Parse<"auto" | "lines" | "json" | "silent"> = (text) =>
  text === "live"
    ? err("is not in this version yet; auto, lines, json and silent are")
    : word("auto", "lines", "json", "silent")(text);

export const zone: Parse<string> = (text) => {
  try {
    Intl.DateTimeFormat("en", { timeZone: text });
    return ok(text);
  } catch {
    // A RangeError: the only thing it throws for a string.
    return err("must be a time zone such as Europe/Berlin or UTC");
  }
};

export const window: Parse<Window> = (text) => {
  const match = /^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/.exec(text.trim());
  const [h1, m1, h2, m2] = (match ?? []).slice(1).map(Number);
  const from = minuteOf(h1, m1);
  const to = minuteOf(h2, m2);
  if (from === null || to === null || from === 1440 || from === to) {
    return err("must be two times of day that differ, such as 08:00-22:00 (22:00-06:00 passes midnight)");
  }
  return ok({ from, to });
};

function minuteOf(hour: number | undefined, minute: number | undefined): number | null {
  if (hour === undefined || minute === undefined || minute > 59) return null;
  const at = hour * 60 + minute;
  return at <= 1440 ? at : null;
}

/** A scenario's file, `file: null` where a bare yes stands; `null`: no simulation. */
export const simulation: Parse<{ file: string | null } | null> = (given) => {
  const asBoolean = yesNo(given);
  if (asBoolean.ok) return ok(asBoolean.value ? { file: null } : null);
  const file = text(given);
  return file.ok ? ok({ file: file.value }) : file;
};

/** One or more files, a line each (a flag given twice is joined so). */
export const files: Parse<string[]> = (text) => {
  const list = text.split("\n").map((line) => line.trim());
  return text.includes("\0") || (text !== "" && list.includes(""))
    ? err("must be the name of a file")
    : ok(list.filter((f) => f !== ""));
};

/** One or more `FROM=TO`, a line each (a flag given twice is joined so). */
export const mediaMap: Parse<{ from: string; to: string }[]> = (text) => {
  const maps: { from: string; to: string }[] = [];
  for (const line of text.split("\n").filter((l) => l.trim() !== "")) {
    const cut = line.indexOf("=");
    if (cut < 1 || cut === line.length - 1) return err("must be FROM=TO, such as 'C:\\vids=/mnt/vids'");
    maps.push({ from: line.slice(0, cut), to: line.slice(cut + 1) });
  }
  return ok(maps);
};

/** A name of an account or platform. */
export const name: Parse<string> = (text) =>
  text.trim() === "" || text.length > 200 || /\p{Cc}/u.test(text)
    ? err("must be a name of 1 to 200 characters, none of them control characters")
    : ok(text.trim());
