// The rules as 3-semantics has them, written down a second time and plainly. Nothing of the product is used here.

export type Told = "posted" | "refused" | "no_go" | "never_ran" | "nothing";

/** How many jobs stand where, at the end of a pass or at rest. */
export type Standing = {
  mayBeTried: number;
  settling: number;
  spent: number;
  unconfirmed: number;
  hopeless: number;
  notDue: number;
  held: number;
};

/** Table 3.2 (3), without its first two rows. */
export function resultAfterPass(s: Standing, pass: number, most: number): string {
  if (s.mayBeTried + s.settling > 0 && pass < most) return "retryable_remaining";
  if (s.mayBeTried > 0) return "max_passes_reached";
  return resultOfRest(s);
}

function resultOfRest(s: Standing): string {
  if (s.spent > 0) return "retries_exhausted";
  if (s.unconfirmed > 0) return "unconfirmed_remaining";
  if (s.hopeless > 0) return "only_non_retryable";
  if (s.notDue + s.held > 0) return "deferred";
  return "all_complete";
}

/** With nothing to try: what might be tried, yet not here, counts as not due. */
export function resultAtRest(s: Standing, passes: number): string {
  const result = resultOfRest({ ...s, notDue: s.notDue + s.mayBeTried });
  return result === "all_complete" && passes === 0 ? "no_jobs" : result;
}

/** 2-contract 2.2. */
export function exitCode(result: string, unconfirmed: number, firstStop: "signal" | "command" | null): number {
  if (result === "interrupted") return firstStop === "signal" ? 130 : 143;
  if (result === "halted") return 7;
  if (unconfirmed > 0) return 6;
  const codes: Record<string, number> = {
    max_passes_reached: 5,
    retries_exhausted: 5,
    unconfirmed_remaining: 6,
    only_non_retryable: 3,
    deferred: 8,
    no_jobs: 4,
    no_accounts: 4,
    all_complete: 0,
  };
  return codes[result] ?? -1;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const known = new Map<string, string>();

/** The day on the wall of a zone. */
export function dayOn(wall: number, zone: string): string {
  const key = `${zone} ${Math.floor(wall / 900_000)}`; // zones change by quarters of an hour
  const day = known.get(key);
  if (day !== undefined) return day;
  if (known.size > 50_000) known.clear();
  const fresh = format(zone).format(wall).slice(0, 10);
  known.set(key, fresh);
  return fresh;
}

/** Minutes after midnight on the wall of a zone. */
export function minuteOn(wall: number, zone: string): number {
  const time = format(zone).format(wall).slice(-5);
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function format(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (found === undefined) {
    const two = "2-digit" as const;
    found = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone,
      year: "numeric",
      month: two,
      day: two,
      hour: two,
      minute: two,
    });
    formats.set(zone, found);
  }
  return found;
}
